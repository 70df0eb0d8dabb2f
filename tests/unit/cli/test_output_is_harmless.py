"""What others wrote is printed, and exported, so that nothing runs by it."""

import json
import time

import pytest

from sekkei.cli import output
from sekkei.plain_text import csv_cell

RED = "\x1b[31m"


def _rows(n: int) -> list[dict[str, object]]:
    return [
        {"key": f"{i:05x}", "name": "名" * (i % 5) + "é" * (i % 3), "g": i / 7.0, "is": i % 2 == 0}
        for i in range(n)
    ]


def _printed(monkeypatch: pytest.MonkeyPatch, capsys, rows, most: int) -> str:
    monkeypatch.setattr(output, "_MOST_DRAWN", most)
    output.print_rows(rows, as_json=False)
    return capsys.readouterr().out


def test_a_long_table_is_what_a_short_one_would_be(monkeypatch, capsys) -> None:
    rows = _rows(40)

    drawn = _printed(monkeypatch, capsys, rows, 1000)

    assert _printed(monkeypatch, capsys, rows, 0) == drawn


def test_a_hundred_thousand_rows_are_printed_within_seconds(capsys) -> None:
    rows = _rows(1000) * 100
    started = time.process_time()

    output.print_rows(rows, as_json=False)

    assert time.process_time() - started < 30.0
    assert len(capsys.readouterr().out.splitlines()) == 100_004


@pytest.mark.parametrize(
    "text", [RED + "red", "\x9b31m", "a\u202eb", "a\rb", "\x1b]0;title\x07", "\udcfc"]
)
def test_control_characters_do_not_reach_a_terminal(text, capsys) -> None:
    output.print_rows([{"name": text}], as_json=False)
    output.print_record({"name": text}, as_json=False)
    output.print_text(text + "\n")
    output.say(text)

    ended = capsys.readouterr()
    assert not set(ended.out + ended.err) & set("\x1b\x07\x9b\u202e\r\udcfc")


def test_json_keeps_them_as_escapes(capsys) -> None:
    output.print_json({"name": RED + "\x9b\u202e\udcfc"})

    line = capsys.readouterr().out
    assert line.isascii()
    assert json.loads(line)["name"] == RED + "\x9b\u202e\udcfc"


def test_lines_and_words_stay(capsys) -> None:
    output.print_text("one\n\ttwo — é 名\n")
    output.print_rows([{"name": "a\nb\tc :smile: [red]"}], as_json=False)

    out = capsys.readouterr().out
    assert "one\n\ttwo — é 名\n" in out
    assert " a b c :smile: [red] \n" in out


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_a_text(text) -> None:
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [-2.5, "-0.5", "+1e-3", "K", "", None, 3, "a=b"])
def test_numbers_and_plain_texts_are_left_alone(value) -> None:
    assert csv_cell(value) == value
