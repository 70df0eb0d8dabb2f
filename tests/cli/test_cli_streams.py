"""Streams that are closed, full, or that nobody reads, end no command with a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.extxyz import write_junctions
from sekkei.structure.files import read_junctions

MAIN = "from sekkei.cli.app import main; main()"


def shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line, sys.executable, MAIN],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("streams", "code", "said"),
    [
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        ("<&-", 0, ""),
        ("> /dev/full", 1, "sekkei: results must go somewhere, but: no space left on device"),
        ("2> /dev/full", 0, ""),
    ],
    ids=["stdout", "both", "stdin", "full", "stderr full"],
)
def test_a_stream_that_is_closed_or_full_is_no_traceback(
    streams: str, code: int, said: str
) -> None:
    ended = shell(f'"$0" -c "$1" electrode list --json {streams}')

    assert ended.returncode == code, ended.stderr
    assert ended.stderr.startswith(said)
    assert ended.stderr.count("\n") == bool(said)


def test_a_message_that_nobody_can_read_does_not_change_the_code() -> None:
    assert shell('"$0" -c "$1" lake info --lake none 2>&-').returncode == 2


def test_results_that_nobody_reads_on_end_the_program_without_a_word() -> None:
    # The reader is gone before the first line is written.
    ended = shell('"$0" -c "$1" electrode list --json | true; sleep 0.1')

    assert ended.stderr == ""


def test_messages_that_nobody_reads_on_do_not_end_the_work(tmp_path: Path) -> None:
    thin = ContactSpec(electrode="staggered-3", neck_width=1)
    write_junctions(tmp_path / "own.extxyz", [build_contact(thin)] * 2)
    label = "label own.extxyz --labeler tight-binding --out labelled.extxyz"

    # The reader of both streams is gone before the first message.
    shell(f'cd {tmp_path} && ("$0" -c "$1" {label} 2>&1; echo $? > code) | true; sleep 0.1')

    assert len(read_junctions(tmp_path / "labelled.extxyz")) == 2
