"""One row of the lake: what it is and was made from; a junction with its trace and T(E)."""

from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from sekkei.lake import Lake
from sekkei_service.access import Reader
from sekkei_service.context import TheService
from sekkei_service.lake import lake_provenance, lake_row
from sekkei_service.lake_query import At, Key
from sekkei_service.pages.render import render
from sekkei_service.pages.route import page_router

router = page_router()

_TRACE = ("key", "snapshot", "frame", "displacement_angstrom", "conductance_g0")
# Frames of a stroke beyond these are not shown.
_MOST = 1000


@router.get("/lake/{key}")
def row_page(
    service: TheService, request: Request, who: Reader, key: Key, at: At = None
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
    alone = f'id = "{key}"'
    cycle = stroke = alone
    if snapshot["experiment"]:
        cycle = f'experiment = "{snapshot["experiment"]}" AND cycle = {snapshot["cycle"]}'
        # Pull and push pass the same displacements: they are traces of their own.
        stroke = f'{cycle} AND stage = "{snapshot["stage"]}"'
    state = {"at": at} if at else {}
    trace = [("column", name) for name in _TRACE]
    asked = {
        name: urlencode([("table", "snapshot"), ("filter", where), *state.items()])
        for name, where in {"one": alone, "stroke": stroke, "all": cycle}.items()
    }
    return {
        **asked,
        "snapshot": snapshot,
        "label": label,
        "frames": f"/v1/lake/download/structures.extxyz?{asked['stroke']}",
        "trace": urlencode([("filter", stroke), *state.items(), *trace, ("limit", _MOST)]),
        "other": _other_stroke(lake, snapshot, cycle),
    }


def _other_stroke(lake: Lake, snapshot: dict[str, Any], cycle: str) -> dict[str, Any] | None:
    """Return the first snapshot of the stroke of the same cycle that is not shown."""
    if not snapshot["experiment"]:
        return None
    where = (cycle, f'stage != "{snapshot["stage"]}"')
    found = lake.selection("snapshot", where, ("key", "stage", "frame")).records()
    return min(found, key=lambda row: row["frame"], default=None)


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
