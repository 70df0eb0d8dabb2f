"""What the routes of the lake take: a state, a table, filters, columns."""

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request, Response

from sekkei.lake import Lake
from sekkei_service.access import Reader
from sekkei_service.context import TheService
from sekkei_service.problem import RefusedError

TableName = Literal[
    "experiment", "snapshot", "label", "refusal", "prediction", "proposal", "matrix", "conflict",
    "withdrawal",
]  # fmt: skip
Table = Annotated[TableName, Query(description="Table whose rows are meant.")]
Filters = Annotated[
    list[Annotated[str, Query(max_length=4096)]],
    Query(
        alias="filter",
        max_length=16,
        default_factory=list,
        description="In the grammar of OPTIMADE; all must hold.",
        examples=[['conductance_g0 > 0.9 AND elements HAS "K"']],
    ),
]
Columns = Annotated[
    list[Annotated[str, Query(max_length=128)]],
    Query(
        alias="column",
        max_length=200,
        default_factory=list,
        description="Columns, or other things that a filter may name; all columns if absent.",
    ),
]
Name = Annotated[str, Query(max_length=128)]
"""Of a column, a model or an element; empty if nothing is meant."""

PageCursor = Annotated[
    str | None, Query(max_length=512, description="Of the page before; it keeps the state.")
]
At = Annotated[
    str | None, Query(max_length=128, description="Id or tag of a state; the newest if absent.")
]
Key = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="32 hexadecimal digits.")]
Keys = Annotated[
    list[Annotated[str, Query(pattern="^[0-9a-f]{32}$")]],
    Query(min_length=1, max_length=64, description="Keys of snapshots."),
]


class NotModifiedError(RefusedError):
    """The caller has this state already."""


def _opened(
    service: TheService, _who: Reader, request: Request, response: Response, at: At = None
) -> Lake:
    """Open the state that is asked for, unless the caller has it: its id is the ETag."""
    lake = service.lake.at(at)
    tag = f'W/"{lake.state_id}"'
    response.headers["etag"] = tag
    known = {part.strip() for part in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, tag.removeprefix("W/"), "*"}:
        raise NotModifiedError("not modified", status=304, headers={"etag": tag})
    return lake


State = Annotated[Lake, Depends(_opened)]
"""The state of the lake that is asked for."""
