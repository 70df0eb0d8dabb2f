"""``sekkei lake``: what is in a lake."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from sekkei.cli.lake_files import copy, export, import_rows
from sekkei.cli.lake_options import (
    LIMIT,
    SHOWN,
    AtState,
    Filters,
    TableName,
    open_at,
    tell_conflicts,
)
from sekkei.cli.lake_upkeep import gc, migrate, restore, tag, withdraw
from sekkei.cli.options import AsJson, LakeFolder
from sekkei.cli.outcome import FAILED
from sekkei.cli.output import print_record, print_rows, say
from sekkei.cli.server_options import LakeHere, Server, lake_here, open_server

app = typer.Typer(name="lake", help="The store of experiments, labels, predictions and proposals.")


@app.command()
def query(  # noqa: PLR0913  (an option each)
    filters: Filters = None,
    *,
    lake: LakeHere = None,
    server: Server = None,
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
    n_shown = (0 if as_json else LIMIT) if limit is None else limit
    ask = _ask_here if server is None else _ask_there
    n_row, n_part = ask(lake, server, at, (table, filters or (), wanted), n_shown, as_json=as_json)
    say(f"{n_row} rows" if n_part == n_row else f"{n_part} of {n_row} rows; --limit 0 shows all")


_Asked = tuple[str, Sequence[str], Sequence[str] | None]


def _ask_here(
    lake: Path | None, _: str | None, at: str | None, asked: _Asked, n: int, *, as_json: bool
) -> tuple[int, int]:
    found = open_at(lake_here(lake), at).selection(*asked)
    rows = found.rows()
    part = rows[: n or None]
    print_rows(found.records(part), as_json=as_json)
    return rows.size, part.size


def _ask_there(
    lake: Path | None, server: str | None, at: str | None, asked: _Asked, n: int, *, as_json: bool
) -> tuple[int, int]:
    with open_server(str(server), lake=lake) as connection:
        newest = connection.lake
        found = (newest if at is None else newest.at(at)).selection(*asked)
        n_row = found.count()
        print_rows(found.records(n or None), as_json=as_json)
    return n_row, min(n or n_row, n_row)


@app.command()
def info(
    *, lake: LakeHere = None, server: Server = None, at: AtState = None, as_json: AsJson = False
) -> None:
    """Say what a lake holds, in numbers."""
    if server is not None:
        with open_server(server, lake=lake) as connection:
            newest = connection.lake
            print_record((newest if at is None else newest.at(at)).info(), as_json=as_json)
        return
    opened = open_at(lake_here(lake), at)
    print_record(opened.info(), as_json=as_json)
    tell_conflicts(opened)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="Key of a row, 32 hexadecimal digits.")],
    *,
    lake: LakeFolder,
    provenance: Annotated[
        bool,
        typer.Option("--provenance", help="What it was made from, step by step, and by whom."),
    ] = False,
    at: AtState = None,
    as_json: AsJson = False,
) -> None:
    """Show one row with all of its columns, or where it came from."""
    opened = open_at(lake, at)
    for row in opened.trace(key) if provenance else opened.describe(key):
        print_record(row, as_json=as_json)


@app.command()
def history(
    *,
    lake: LakeFolder,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Most states.")] = LIMIT,
    as_json: AsJson = False,
) -> None:
    """List the last states of a lake, newest first."""
    opened = open_at(lake, None)
    tags: dict[str, list[str]] = {}
    for tag_name, state in opened.tags().items():
        tags.setdefault(state, []).append(tag_name)
    rows = (
        {"state": state, "time": time, "message": message, "tags": tags.get(state)}
        for state, time, message in opened.history(limit)
    )
    print_rows(rows, as_json=as_json)


@app.command()
def verify(*, lake: LakeFolder, at: AtState = None, as_json: AsJson = False) -> None:
    """Read everything, compute every content hash again; end with 1 if there is any damage."""
    opened = open_at(lake, at)
    problems = opened.verify()
    print_rows([{"problem": problem} for problem in problems], as_json=as_json)
    say(f"{len(problems)} problems in state {opened.state_id} of {lake}")
    tell_conflicts(opened)
    n_unchecked, n_array = opened.count_unchecked()
    if n_unchecked:
        say(f"{n_unchecked} of {n_array} arrays have no checksums; sekkei lake copy adds them")
    if problems:
        raise typer.Exit(FAILED)


for _verb in (export, copy, tag, gc, migrate, restore, withdraw):
    app.command()(_verb)
app.command("import")(import_rows)
