"""One row of the lake: what it is and was made from; a junction with its trace and T(E)."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Path, Request, Response

from sekkei.lake import Lake
from sekkei_service.access import Reader
from sekkei_service.context import TheService
from sekkei_service.lake import lake_provenance, lake_row
from sekkei_service.lake_query import At
from sekkei_service.pages.render import render
from sekkei_service.pages.route import page_router

router = page_router()

_Key = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_TRACE = ("key", "snapshot", "frame", "displacement_angstrom", "conductance_g0")
# Frames of a cycle beyond these are not shown.
_MOST = 1000


@router.get("/lake/{key}")
def row_page(
    service: TheService, request: Request, who: Reader, key: _Key, at: At = None
) -> Response:
    """Show it."""
    lake = service.lake.at(at)
    rows = lake_row(lake, key).rows
    return render(
        request,
        who,
        "row.html",
        key=key,
        rows=rows,
        steps=lake_provenance(lake, key).rows,
        junction=_junction(lake, rows, at),
        state=lake.state_id,
        at=at,
    )


def _junction(lake: Lake, rows: list[dict[str, Any]], at: str | None) -> dict[str, Any] | None:
    """Where a page finds the frames, the trace and the spectrum that belong to a row."""
    key = _snapshot_of(lake, rows)
    if key is None:
        return None
    snapshot = next(row for row in lake_row(lake, key).rows if row["table"] == "snapshot")
    label = next((row["key"] for row in rows if row["table"] == "label"), "")
    where = f'id = "{key}"'
    if snapshot["experiment"]:
        where = f'experiment = "{snapshot["experiment"]}" AND cycle = {snapshot["cycle"]}'
    state = {"at": at} if at else {}
    trace = [("column", name) for name in _TRACE]
    asked = [("filter", where), *state.items()]
    whole = urlencode([("table", "snapshot"), *asked])
    return {
        "snapshot": snapshot,
        "label": label,
        "frames": f"/v1/lake/download/structures.extxyz?{whole}",
        "one": urlencode([("table", "snapshot"), ("filter", f'id = "{key}"'), *state.items()]),
        "trace": urlencode([*asked, *trace, ("limit", _MOST)]),
        "all": whole,
    }


def _snapshot_of(lake: Lake, rows: list[dict[str, Any]]) -> str | None:
    """Return the snapshot that a row is of; of an experiment the first one."""
    row = rows[0]
    if row["table"] == "snapshot":
        return str(row["key"])
    if row["table"] == "experiment":
        frames = lake.selection("snapshot", (f'experiment = "{row["key"]}"',), ("key",))
        return next((str(frame["key"]) for frame in frames.records()), None)
    if row["table"] == "refusal" and row["stage"] != "experiment":
        return str(row["subject"])
    return row.get("snapshot") or None
