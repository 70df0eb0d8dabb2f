"""Two columns of many rows, for a plot: some of the points, and counts of all of them."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query

from sekkei.errors import InvalidInputError
from sekkei.lake.query import Query as LakeQuery
from sekkei.lake.query import filterables
from sekkei.lake.query.filterable import find_filterable
from sekkei.shapes import Float
from sekkei_service.context import TheService
from sekkei_service.lake_query import Filters, Name, State, Table
from sekkei_service.wire import Wire

router = APIRouter(prefix="/v1/lake", tags=["lake"])

MOST_POINTS = 20_000
"""Most points of one answer."""


class Counts(Wire):
    """How often a column has which value."""

    name: str
    """Name of the column."""

    unit: str
    """Its unit."""

    edge: list[float]
    """Edges of equal bins."""

    count: list[int]
    """Rows in each bin."""


class Points(Wire):
    """Two columns of the rows that fit."""

    state_id: str
    """State that was read."""

    total: int
    """Rows that fit."""

    x: list[float | None]
    """First column, of evenly many rows if there are more than were asked for."""

    y: list[float | None]
    """Second column, of the same rows."""

    x_counts: Counts
    """Values of the first column, of all rows."""

    y_counts: Counts
    """Values of the second column, of all rows."""


@router.get("/points")
def lake_points(  # noqa: PLR0913, PLR0917  (a parameter of the address each)
    service: TheService,
    lake: State,
    where: Filters,
    x: Name,
    y: Name,
    table: Table = "label",
    most: Annotated[int, Query(ge=1, le=MOST_POINTS, description="Most points.")] = 10_000,
    bins: Annotated[int, Query(ge=1, le=500, description="Bins of the counts.")] = 60,
) -> Points:
    """Return two columns of the rows that fit, thinned evenly, and counts of all of them."""
    known = filterables(table)
    for name in (x, y):
        if find_filterable(name, known).kind != "number":
            raise InvalidInputError(f"a plot must be of numbers, but {name} is none", column=name)
    rows = service.lake.rows(lake, table, where)
    with service.heavy.place():
        frame = LakeQuery(lake.reader, table, (), list(dict.fromkeys((x, y)))).frame(rows)
    values = {name: frame[name].to_numpy(dtype=float) for name in (x, y)}
    kept = np.unique(np.linspace(0, max(rows.size - 1, 0), min(most, rows.size)).astype(int))
    return Points(
        state_id=lake.state_id,
        total=int(rows.size),
        x=values[x][kept].tolist(),
        y=values[y][kept].tolist(),
        x_counts=_counts(x, known[x].unit, values[x], bins),
        y_counts=_counts(y, known[y].unit, values[y], bins),
    )


def _counts(name: str, unit: str, values: Float[np.ndarray, " row"], bins: int) -> Counts:
    counts, edges = np.histogram(values[np.isfinite(values)], bins)
    return Counts(name=name, unit=unit, edge=edges.tolist(), count=counts.tolist())
