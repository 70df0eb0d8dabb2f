"""``sekkei bench learning``: the one benchmark that reads models, matrices and earlier tables."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sekkei.cli.options import AsJson, check_out_folder
from sekkei.cli.output import print_json, print_rows, say
from sekkei.errors import InvalidInputError


def learning(  # noqa: PLR0913  (each is an option of the command line)
    *,
    is_quick: Annotated[
        bool, typer.Option("--quick", help="Few labels of each kind: minutes.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for learning.json and the figures.")
    ] = None,
    lake: Annotated[
        Path | None, typer.Option(help="Lake of the labels.  [default: the shipped contacts]")
    ] = None,
    model: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of a saved model, such as a learned Hamiltonian; repeatable."),
    ] = None,
    matrices: Annotated[
        Path | None,
        typer.Option(help="Lake whose matrices were learned from, or are without --model."),
    ] = None,
    has_curve: Annotated[
        bool,
        typer.Option(
            "--matrix-curve", help="Learn from fewer of these matrices, and skip other tables."
        ),
    ] = False,
    reference: Annotated[
        Path | None, typer.Option(help="Lake with labels of the same snapshots, better computed.")
    ] = None,
    tables: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Only print a learning.json as tables in markdown."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold models of conductance against held-out experiments, sizes and materials."""
    from sekkei.bench.learning import measure
    from sekkei.bench.learning_markdown import all_tables, as_markdown, read_rows
    from sekkei.bench.learning_plan import LearningInputs
    from sekkei.bench.result import write_result

    if tables:
        sys.stdout.write(as_markdown(read_rows(tables)))
        return
    if has_curve and not matrices:
        raise InvalidInputError(
            "--matrix-curve learns from matrices, but there are none; name their lake with "
            "--matrices"
        )
    check_out_folder(out)
    inputs = LearningInputs(lake, tuple(model or ()), matrices, has_curve, reference)
    result = measure(is_quick=is_quick, say=say, inputs=inputs, folder=out)
    if as_json:
        print_json({"machine": result.machine, "notes": result.notes})
        print_rows(result.rows, as_json=True)
    for title, columns, rows in () if as_json else all_tables(result.rows):
        sys.stdout.write(f"\n{title}\n\n")
        print_rows(rows, as_json=False, shown=columns)
    for note in result.notes:
        say(note)
    for path in write_result(result, out) if out else ():
        say(f"wrote {path}")
