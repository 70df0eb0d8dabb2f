"""``sekkei lake export``, ``import`` and ``copy``: rows between a lake and files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli.lake_options import (
    AtState,
    Filters,
    TableName,
    open_at,
    tell_conflicts,
    tell_withdrawn,
)
from sekkei.cli.options import AsJson, IsForced, LakeFolder, check_out
from sekkei.cli.output import print_record, say
from sekkei.errors import InvalidInputError
from sekkei.plain_text import csv_cell

if TYPE_CHECKING:
    from sekkei.lake import Lake

IsLabelled = Annotated[
    bool,
    typer.Option(
        "--labelled",
        help="Leave out structures without label and refusal; a FILTER implies it.",
    ),
]

WithoutMatrices = Annotated[
    bool,
    typer.Option(
        "--without-matrices",
        help="Leave out the matrices of labels, half a megabyte each; the labels stay.",
    ),
]


def export(  # noqa: PLR0913  (each is an option of the command line)
    out: Annotated[
        Path,
        typer.Argument(help="File: .extxyz for structures, .csv or .parquet for rows, or .zarr."),
    ],
    filters: Filters = None,
    *,
    lake: LakeFolder,
    table: TableName = "label",
    at: AtState = None,
    force: IsForced = False,
    as_json: AsJson = False,
) -> None:
    """Write structures, rows or all arrays to a file."""
    _check_kind(out, table)
    if out.suffix != ".zarr":  # that one is a folder
        check_out(out, is_forced=force)
    opened, where = open_at(lake, at), filters or ()
    if out.suffix == ".zarr":
        opened.export_zarr(out, where)
        print_record({"file": str(out), "filters": list(where)}, as_json=as_json)
        return
    n_row = _write(opened, out, table, where)
    if not n_row:
        raise InvalidInputError(
            f"something must be left to export, but no row of {table} in {lake} fits; "
            "widen the filters"
        )
    print_record({"file": str(out), "rows": n_row}, as_json=as_json)


def import_rows(
    source: Annotated[Path, typer.Argument(help="Another lake, or an .extxyz file with labels.")],
    *,
    lake: LakeFolder,
    as_json: AsJson = False,
) -> None:
    """Bring in what the lake does not hold yet, in one commit: rows of a lake, or structures."""
    from sekkei.lake import Lake

    new_rows = Lake.import_into(lake, source)
    if not any(new_rows.values()):
        say(f"{lake} holds all of {source} already")
    print_record({"lake": str(lake), "new_rows": new_rows}, as_json=as_json)
    if new_rows.get("conflict"):
        tell_conflicts(open_at(lake, None))
    if n := new_rows.get("withdrawal"):
        tell_withdrawn(open_at(lake, None), n)


def copy(  # noqa: PLR0913  (each is an option of the command line)
    out: Annotated[Path, typer.Argument(help="Folder of the new lake, absent or empty.")],
    filters: Filters = None,
    *,
    lake: LakeFolder,
    labelled: IsLabelled = False,
    without_matrices: WithoutMatrices = False,
    at: AtState = None,
    as_json: AsJson = False,
) -> None:
    """Copy a lake, or the labels that fit with their structures, in one compact commit."""
    made = open_at(lake, at).copy(
        out, filters or (), is_labelled=labelled, with_matrices=not without_matrices
    )
    if filters and not made.keys("label"):
        say("no label fits these filters: the copy is empty; look at them with `sekkei lake query`")
    print_record(made.info(), as_json=as_json)


def _write(opened: "Lake", out: Path, table: str, where: Sequence[str]) -> int:
    if out.suffix == ".parquet":
        return opened.export_parquet(out, table, where)
    if out.suffix == ".extxyz":
        keys = opened.query(table, where, ("key",))["key"].tolist()
        if keys:
            opened.export_extxyz(out, keys)
        return len(keys)
    n_row = 0
    for frame in opened.selection(table, where).frames():
        frame.map(csv_cell).to_csv(out, index=False, mode="a" if n_row else "w", header=not n_row)
        n_row += len(frame)
    return n_row


def _check_kind(out: Path, table: str) -> None:
    if out.suffix == ".extxyz" and table in ("label", "snapshot"):
        return
    if out.suffix not in {".csv", ".parquet", ".zarr"}:
        raise InvalidInputError(
            "an export must be .extxyz of the tables label or snapshot, .csv or .parquet of any, "
            f"or .zarr of all, but found {out.name!r} of {table}; change the ending"
        )
