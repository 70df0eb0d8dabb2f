"""``sekkei lake``: what is in a lake."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.options import AsJson, LakeFolder
from sekkei.cli.outcome import FAILED
from sekkei.cli.output import print_record, print_rows, say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd

    from sekkei.lake import Lake

app = typer.Typer(name="lake", help="The store of experiments, labels, predictions and proposals.")

SHOWN = {
    "experiment": ("key", "electrode", "potential", "seed", "temperature_k", "task_cpu_seconds"),
    "snapshot": ("key", "electrode", "cycle", "stage", "displacement_angstrom", "n_atom"),
    "label": ("key", "conductance_g0", "window_conductance_g0", "n_channel", "stage", "electrode"),
    "refusal": ("subject", "stage", "kind", "message"),
    "prediction": ("snapshot", "model", "conductance_g0", "sigma_g0", "stage", "electrode"),
    "proposal": ("design", "round", "target_g0", "surrogate_g0", "verified_g0", "status"),
}
"""Columns of each table that people see unless they name others."""

LIMIT = 20
"""Rows that people see unless they ask for more."""

Filters = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILTER...", help="Such as 'nsites < 80 AND elements HAS \"K\"'; all must hold."
    ),
]
AtState = Annotated[
    str | None, typer.Option("--at", help="Id or name of a state to read instead of the newest.")
]
TableName = Annotated[str, typer.Option("--table", help=f"One of {', '.join(SHOWN)}.")]


@app.command()
def query(  # noqa: PLR0913  (an option each)
    filters: Filters = None,
    *,
    lake: LakeFolder,
    table: TableName = "label",
    column: Annotated[
        list[str] | None, typer.Option(help="Column to show; may be repeated.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=0, help=f"Most rows; 0 for all.  [default: {LIMIT}, with --json all]"),
    ] = None,
    at: AtState = None,
    as_json: AsJson = False,
) -> None:
    """Select rows of a table, joined to their snapshots and experiments."""
    wanted = column or (None if as_json else SHOWN.get(table))
    found = open_at(lake, at).selection(table, filters or (), wanted)
    rows = found.rows()
    n_shown = (0 if as_json else LIMIT) if limit is None else limit
    part = rows[: n_shown or None]
    print_rows((row for frame in found.frames(part) for row in _records(frame)), as_json=as_json)
    is_all = part.size == rows.size
    say(f"{rows.size} rows" if is_all else f"{part.size} of {rows.size} rows; --limit 0 shows all")


@app.command()
def info(*, lake: LakeFolder, as_json: AsJson = False) -> None:
    """Say what a lake holds, in numbers."""
    from sekkei.lake import Lake

    print_record(Lake.open(lake).info(), as_json=as_json)


@app.command()
def history(
    *,
    lake: LakeFolder,
    limit: Annotated[int, typer.Option(min=1, help="Most states.")] = LIMIT,
    as_json: AsJson = False,
) -> None:
    """List the last states of a lake, newest first."""
    from sekkei.lake import Lake

    rows = (
        {"state": state, "time": time, "message": message}
        for state, time, message in Lake.open(lake).history(limit)
    )
    print_rows(rows, as_json=as_json)


@app.command()
def verify(*, lake: LakeFolder, as_json: AsJson = False) -> None:
    """Look for damage; end with 1 if there is any."""
    from sekkei.lake import Lake

    opened = Lake.open(lake)
    problems = opened.verify()
    print_rows([{"problem": problem} for problem in problems], as_json=as_json)
    say(f"{len(problems)} problems in state {opened.snapshot_id} of {lake}")
    if problems:
        raise typer.Exit(FAILED)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="File: .extxyz for structures, .csv for the table.")],
    filters: Filters = None,
    *,
    lake: LakeFolder,
    table: TableName = "label",
    as_json: AsJson = False,
) -> None:
    """Write structures or rows to a file."""
    from sekkei.lake import Lake

    opened = Lake.open(lake)
    _check_kind(out, table)
    found = opened.query(table, filters or (), None if out.suffix == ".csv" else ("key",))
    if found.empty:
        raise InvalidInputError(
            f"something must be left to export, but no row of {table} in {lake} fits; "
            "widen the filters"
        )
    if out.suffix == ".csv":
        found.to_csv(out, index=False)
    else:
        opened.export_extxyz(out, found["key"].tolist())
    print_record({"file": str(out), "rows": len(found)}, as_json=as_json)


@app.command()
def copy(
    out: Annotated[Path, typer.Argument(help="Folder of the new lake, absent or empty.")],
    filters: Filters = None,
    *,
    lake: LakeFolder,
    labelled: Annotated[
        bool,
        typer.Option(
            "--labelled",
            help="Leave out structures without label and refusal; a FILTER implies it.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy a lake, or the labels that fit with their structures, in one compact commit."""
    from sekkei.lake import Lake

    made = Lake.open(lake).copy(out, filters or (), is_labelled=labelled)
    print_record(made.info(), as_json=as_json)


@app.command()
def migrate(*, lake: LakeFolder, as_json: AsJson = False) -> None:
    """Bring a lake to the present schema, in one commit; old states stay readable."""
    from dataclasses import asdict

    from sekkei.lake import migrate as migrate_lake

    print_record(asdict(migrate_lake(lake)), as_json=as_json)


def open_at(lake: Path, at: str | None) -> "Lake":
    """Open a lake at its newest state, or at the one that a user asked for."""
    from sekkei.lake import Lake

    opened = Lake.open(lake)
    return opened if at is None else opened.at(at)


def _check_kind(out: Path, table: str) -> None:
    if out.suffix == ".extxyz" and table in ("label", "snapshot"):
        return
    if out.suffix != ".csv":
        raise InvalidInputError(
            "an export must be .extxyz of the tables label or snapshot, or .csv of any, but found "
            f"{out.name!r} of {table}; change the ending"
        )


def _records(found: "pd.DataFrame") -> Iterator[dict[str, Any]]:
    for row in found.to_dict("records"):
        yield {str(name): value for name, value in row.items()}
