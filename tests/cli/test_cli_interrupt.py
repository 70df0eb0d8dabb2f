"""Ctrl-C ends the program with one line, whenever it is pressed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from sekkei.cli.interruption import Interruption
from sekkei.cli.outcome import InterruptedWorkError, finish_if_interrupted

# While the verbs are imported, and again after all was said.
_EARLY = """
import importlib, os, signal
# A program that a script starts in the background ignores Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
from sekkei.cli import start
import sekkei.cli.app as app

def interrupted(*_):
    os.kill(os.getpid(), signal.SIGINT)
    return {answer}

app.{place} = interrupted
start.main()
"""


@pytest.fixture
def listening() -> Iterator[Interruption]:
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Interruption.listen()
    found = Interruption.here()
    assert found is not None
    yield found
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("place", "answer"), [("import_module", "None"), ("exit_code", "0"), ("say_error", "None")]
)
def test_ctrl_c_before_and_after_a_verb_is_one_line(place: str, answer: str) -> None:
    code = _EARLY.format(place=place, answer=answer)

    ended = subprocess.run(
        [sys.executable, "-c", code, "lake", "info", "--lake", "none"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr.splitlines()[-1] == "sekkei: interrupted"
    assert "Traceback" not in ended.stderr


def test_ctrl_c_that_an_import_swallowed_ends_the_work_before_it_begins(listening) -> None:
    listening.is_working = True
    with suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)

    with (
        pytest.raises(InterruptedWorkError, match="interrupted; run it again"),
        finish_if_interrupted("run it again"),
    ):
        pytest.fail("no work must begin")


def test_what_is_ignored_in_the_background_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)

    Interruption.listen()

    assert signal.signal(signal.SIGINT, before) is signal.SIG_IGN
