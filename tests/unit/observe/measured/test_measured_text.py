"""Texts as instruments write them: headings, decimal commas, bytes of any code page."""

from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.observe.measured.text import read_columns

FILE = Path("trace.txt")
ROWS = [[0.5, 8.25], [1.0, 3.0], [1.5, -0.01]]


def _read(text: str | bytes, decimal=None) -> list[list[float]]:
    data = text if isinstance(text, bytes) else text.encode()
    return np.column_stack(list(read_columns(FILE, data, decimal).values())).tolist()


@pytest.mark.parametrize(
    "text",
    [
        "0.5 8.25\n1.0 3.0\n1.5 -0.01\n",
        "0.5\t8.25\r\n1.0\t3.0\r\n1.5\t-0.01\r\n",
        "0.5,8.25\n1.0,3.0\n1.5,-0.01\n",
        "0.5, 8.25\n1.0, 3.0\n1.5, -0.01\n",
        "0,5\t8,25\n1,0\t3,0\n1,5\t-0,01\n",
        "0,5;8,25\n1,0;3,0\n1,5;-0,01\n",
        "0,5  8,25\n1,0  3,0\n1,5  -0,01\n",
        "5e-1,8.25e0\n1e0,3e0\n15e-1,-1e-2\n",
        "# piezo, conductance\n0.5 8.25\n# second part\n1.0 3.0\n\n1.5 -0.01",
        "Date\t2024-11-03\nRate: 20 kHz\n\npiezo\tcond\n0.5\t8.25\n1.0\t3.0\n1.5\t-0.01\n",
        "2024-11-03 12:00 run 5\n3\n0.5 8.25\n1.0 3.0\n1.5 -0.01\n",
        "0.5\t8.25\t\n1.0\t3.0\t\n1.5\t-0.01\t\n",
        '"0.5";"8.25"\n"1.0";"3.0"\n"1.5";"-0.01"\n',
        "IGOR\nWAVES/D piezo, cond\nBEGIN\n\t0.5\t8.25\n\t1.0\t3.0\n\t1.5\t-0.01\nEND\n",
    ],
    ids=[
        "blanks", "tabs", "commas", "comma-blank", "decimal-comma-tab", "decimal-comma-semicolon",
        "decimal-comma-blanks", "exponents", "comments", "headings", "numbers-in-headings",
        "trailing-tab", "quotes", "igor-text",
    ],
)  # fmt: skip
def test_a_text_is_read_however_an_instrument_writes_it(text: str) -> None:
    assert _read(text) == ROWS


@pytest.mark.parametrize(
    "data",
    [
        "# Länge (Å)\n0.5 8.25\n1.0 3.0\n1.5 -0.01\n".encode("latin-1"),
        "\ufeff# Länge (Å)\n0.5 8.25\n1.0 3.0\n1.5 -0.01\n".encode(),
        "# Länge (Å)\r\n0.5 8.25\r\n1.0 3.0\r\n1.5 -0.01\r\n".encode("utf-16"),
        b"\x80\xff\xfe note\n0.5 8.25\n1.0 3.0\n1.5 -0.01\n",
    ],
    ids=["latin-1", "utf-8-mark", "utf-16", "broken"],
)
def test_bytes_that_are_not_utf_8_do_no_harm(data: bytes) -> None:
    assert _read(data) == ROWS


def test_what_is_no_number_is_nan_and_keeps_its_row() -> None:
    found = _read("0.5 8.25\n1.0 NaN\n1.5 overload\n2.0 inf\n2.5\n")

    np.testing.assert_array_equal(
        found, [[0.5, 8.25], [1.0, np.nan], [1.5, np.nan], [2.0, np.inf], [2.5, np.nan]]
    )


def test_columns_have_the_names_of_the_last_heading() -> None:
    text = "run 5\ntime;piezo;cond\n0;0.5;8.25\n1;1.0;3.0\n"

    assert list(read_columns(FILE, text.encode())) == ["time", "piezo", "cond"]
    assert list(read_columns(FILE, b"# some words\n1 2 3\n")) == ["1", "2", "3"]


def test_a_comma_that_may_be_either_is_asked_about() -> None:
    text = b"1,5\n0,25\n"

    with pytest.raises(InvalidInputError, match=r"separates columns or decimals.*--decimal comma"):
        read_columns(FILE, text)

    assert _read(text, "comma") == [[1.5], [0.25]]
    assert _read(text, "point") == [[1.0, 5.0], [0.0, 25.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must hold numbers, but no line begins with one"),
        ("only\nwords\n", "must hold numbers, but no line begins with one"),
        ("1.0 2.0\n1.0 2.0\n1.0 2.0 3.0\n", "must have 2 columns, but: .* 2 fields in line 3"),
        ("1.0\t2.0\n1.0\t2.0\n1.0\t2.0\t3.0\n", "must have 2 columns, but: "),
        ("1.234,5;2\n1.0;2\n", "with a point or with a comma, but trace.txt has both"),
    ],
    ids=["empty", "words", "ragged", "ragged-tabs", "thousands"],
)
def test_a_text_that_cannot_be_read_is_told_in_one_line(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        read_columns(FILE, text.encode())

    assert "\n" not in caught.value.message
