"""A header that promises more than the file has is refused before anything is counted to it."""

import time
from pathlib import Path

import pytest

from sekkei.cli.app import run

HEAD = "Properties=species:S:1:pos:R:3"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (f"1000000000000\n{HEAD}\nK 0 0 0\n", "promises 100000000000"),
        (f"{'9' * 5000}\n{HEAD}\nK 0 0 0\n", "promises 999"),
        (f"1\n{HEAD}:x:R:1000000000\nK 0 0 0\n", "promise 1,000,000,004 columns, but a row has 4"),
        (f'1\n{HEAD.replace("=", chr(61) + chr(34))}:x:S:99999999999999"\nK 0 0 0\n', "columns"),
    ],
    ids=["atoms", "digits", "columns", "quoted"],
)
def test_a_promise_that_is_not_kept_ends_in_one_line(
    text: str, part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.extxyz").write_text(text)
    started = time.process_time()

    assert run(["label", str(tmp_path / "odd.extxyz"), "--labeler", "chain"]) in {1, 2}

    assert time.process_time() - started < 5.0
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("sekkei: ")]
    assert len(errors) == 1
    assert part in errors[0]
