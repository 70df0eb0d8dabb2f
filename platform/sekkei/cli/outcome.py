"""How a command ends: exit codes, and the one line that says why."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

import typer

from sekkei.cli.interruption import INTERRUPTED, Interruption
from sekkei.errors import InvalidInputError, SekkeiError

DONE, FAILED, WRONG_USAGE, PARTLY_DONE = 0, 1, 2, 3


WORDS: ContextVar[tuple[str, ...]] = ContextVar("words", default=())
"""The command that runs, without the name of the program; results may keep it."""


class InterruptedWorkError(SekkeiError):
    """Somebody pressed Ctrl-C; the message says how to go on."""


def exit_code(error: SekkeiError) -> int:
    """Return the exit code that an error ends a command with."""
    if isinstance(error, InterruptedWorkError):
        return INTERRUPTED
    return WRONG_USAGE if isinstance(error, InvalidInputError) else FAILED


def finish(n_done: int, n_refused: int) -> None:
    """End a command by what became of its work; return where all of it is done.

    Raises
    ------
    typer.Exit
        With 3 where some of it was refused, with 1 where all of it was.
    """
    if n_refused:
        raise typer.Exit(PARTLY_DONE if n_done else FAILED)


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """Let SIGTERM, by which Slurm, Kubernetes and Ray end work, do what Ctrl-C does.

    Enter it after Ray was started, which has a handler of its own.
    """

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


@contextmanager
def finish_if_interrupted(advice: str) -> Iterator[None]:
    """Let Ctrl-C, or what is taken for it, end a command with one line that says how to go on."""
    said = f"interrupted; {advice}"
    listener = Interruption.here()
    if listener is not None and listener.was_asked:
        raise InterruptedWorkError(said)  # an import before swallowed it
    try:
        yield
    except KeyboardInterrupt as error:
        raise InterruptedWorkError(said) from error
