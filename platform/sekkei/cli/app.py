"""The program ``sekkei``: its verbs, and how it ends."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from sekkei.cli import bench, campaign, design, electrode, experiment, lake, model
from sekkei.cli.channels import channels
from sekkei.cli.demo import demo
from sekkei.cli.doctor import doctor
from sekkei.cli.histogram import histogram
from sekkei.cli.label import label
from sekkei.cli.matrices import matrices
from sekkei.cli.outcome import FAILED, INTERRUPTED, exit_code
from sekkei.cli.output import say_error
from sekkei.cli.schema import schema
from sekkei.errors import SekkeiError

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
for _verb in (demo, doctor, label, channels, matrices, histogram, schema):
    app.command()(_verb)
for _noun in (electrode, experiment, campaign, lake, model, design, bench):
    app.add_typer(_noun.app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and end the process.

    Parameters
    ----------
    arguments
        Without the name of the program; those of the process if absent.
    """
    prepare_environment()
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error is one line on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(args=given, prog_name="sekkei", standalone_mode=False)
    except SekkeiError as error:
        say_error(error.message)
        return exit_code(error)
    except typer.TyperException as error:
        say_error(f"{_lower(error.format_message())}; try sekkei --help")
        return int(error.exit_code)
    except OSError as error:
        if error.filename is None:
            raise  # not about a file of the user: a bug
        say_error(f"{error.filename}: {_lower(error.strerror or type(error).__name__)}")
        return FAILED
    if code == INTERRUPTED:
        say_error("interrupted")
    return code if isinstance(code, int) else 0


def prepare_environment() -> None:
    """Set what libraries read while they are imported, unless the user did."""
    # The fleet puts one process on every core, and small matrices gain nothing from threads.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


def _print_version(is_asked: bool) -> bool:  # noqa: FBT001  (typer calls it so)
    if is_asked:
        from sekkei import __version__

        sys.stdout.write(f"sekkei {__version__}\n")
        raise typer.Exit
    return is_asked


@app.callback()
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


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].removesuffix(".")
