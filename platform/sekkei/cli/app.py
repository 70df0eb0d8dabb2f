"""The program ``sekkei``: its verbs, and how it ends."""

import atexit
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated

import typer

from sekkei.cli.interruption import INTERRUPTED, Interruption
from sekkei.cli.outcome import FAILED, WORDS, exit_code
from sekkei.cli.output import say_error
from sekkei.cli.streams import (
    is_full,
    is_unread,
    leave_unread,
    let_messages_be_unread,
    open_closed_streams,
)
from sekkei.errors import SekkeiError

VERBS = (
    "demo", "doctor", "label", "channels", "matrices", "histogram", "schema", "serve", "backup",
    "restore",
)  # fmt: skip
"""Verbs without a noun: a function of that name in a module of that name."""

NOUNS = ("electrode", "experiment", "campaign", "lake", "model", "design", "bench", "token")
"""Nouns with verbs of their own: an ``app`` in a module of that name."""


def build_app(words: Sequence[str] = ()) -> typer.Typer:
    """Build the program, or as much of it as a command needs.

    Parameters
    ----------
    words
        Of one command. Where the first names a verb or a noun, others are not loaded.
    """
    app = typer.Typer(
        name="sekkei",
        help="Break atomic contacts, compute what they conduct, learn from it, design new ones.",
        epilog="Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 partly done, 130 Ctrl-C.",
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,  # plain help needs no further imports, and is quick
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    wanted = words[:1] if words and words[0] in VERBS + NOUNS else (*VERBS, *NOUNS)
    for name in wanted:
        module = import_module(f"sekkei.cli.{name}")
        if name in VERBS:
            app.command()(getattr(module, name))
        else:
            app.add_typer(module.app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and end the process.

    Parameters
    ----------
    arguments
        Without the name of the program; those of the process if absent.
    """
    Interruption.listen()
    open_closed_streams()
    let_messages_be_unread()
    prepare_environment()
    codes: list[int] = []
    atexit.register(_leave, codes)  # the first one that is registered is the last one to run
    codes.append(run(arguments))
    sys.exit(codes[0])


def _leave(codes: Sequence[int]) -> None:
    """End the process at once where a lake was open, when everything else has been cleaned up.

    Threads of its store go on while the interpreter and its libraries are taken apart, and a few
    in a hundred commands then ended in SIGABRT, or SIGSEGV, after all had been said and done.
    """
    if not codes or "icechunk" not in sys.modules:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # nobody reads: the interpreter says so in its own way
    os._exit(codes[0])


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error is one line on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    WORDS.set(tuple(given))
    try:
        program = build_app(given)
        with _work():
            code = program(args=given, prog_name="sekkei", standalone_mode=False)
            sys.stdout.flush()
    except SekkeiError as error:
        say_error(error.message)
        return exit_code(error)
    except typer.TyperException as error:
        say_error(f"{_lower(error.format_message())}; try {_verb_of(error)} --help")
        return int(error.exit_code)
    except (OSError, SystemExit) as error:
        if not _is_told(error):
            raise
        return FAILED
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        say_error("interrupted")
    return code if isinstance(code, int) else 0


def _is_told(error: OSError | SystemExit) -> bool:
    """Say what ended a command, if it is not a bug."""
    if is_unread(error):
        leave_unread()
    elif isinstance(error, SystemExit):
        # Nothing of ours does that: a plug-in did, and its code may say that all is well.
        told = f"a plug-in must raise, but one ended the program with sys.exit({error.code!r})"
        say_error(f"{told}; mend it")
    elif error.filename is not None:
        say_error(f"{error.filename}: {_lower(error.strerror or type(error).__name__)}")
    else:
        return is_full(error)
    return True


@contextmanager
def _work() -> Iterator[None]:
    """Let Ctrl-C be raised where it can be answered, and end the program at once after that."""
    listener = Interruption.here()
    if listener is not None:
        listener.is_working = True
    try:
        yield
    finally:
        if listener is not None:
            listener.is_working = False


def prepare_environment() -> None:
    """Set what libraries read while they are imported, unless the user did."""
    # Imports make many objects and no garbage: looking for it costs a tenth of the start.
    gc.set_threshold(50_000)
    # The fleet puts one process on every core, and small matrices gain nothing from threads.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


def _print_version(is_asked: bool) -> bool:  # noqa: FBT001  (typer calls it so)
    if is_asked:
        from sekkei import __version__

        sys.stdout.write(f"sekkei {__version__}\n")
        raise typer.Exit
    return is_asked


def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take what stands before a verb."""


def _verb_of(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)  # usage errors have one, others do not
    return context.command_path if context is not None else "sekkei"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].removesuffix(".")
