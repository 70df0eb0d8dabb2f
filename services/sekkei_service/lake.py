"""``/v1/lake``: what is in the lake."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.lake.query import Query as LakeQuery
from sekkei.lake.query import filterables
from sekkei.observe import (
    Narrowing,
    TraceSelection,
    labels_or_predictions,
    observe_histogram,
    predictions_of,
)
from sekkei.transport import Label
from sekkei_service.access import Reader
from sekkei_service.context import Service, TheService
from sekkei_service.cursor import Cursor, query_key
from sekkei_service.lake_answer import (
    HistogramAnswer,
    History,
    LakeInfo,
    Properties,
    Property,
    RowAnswer,
    RowPage,
    Spectrum,
    StateRow,
    Structure,
    Structures,
)
from sekkei_service.lake_query import (
    Columns,
    Filters,
    Key,
    Keys,
    PageCursor,
    State,
    Table,
)
from sekkei_service.problem import not_found

router = APIRouter(prefix="/v1/lake", tags=["lake"])

LABELS = "labels"
"""Instead of a model: labels, even where they make no trace."""

Limit = Annotated[int, Query(ge=1, le=1000, description="Most rows of a page.")]


@router.get("")
def lake_info(service: TheService, lake: State) -> LakeInfo:
    """Say what the lake holds, in numbers."""
    found = service.lake.info(lake)
    return LakeInfo(**{name: found[name] for name in LakeInfo.model_fields})


@router.get("/history")
def lake_history(lake: State, limit: Limit = 20) -> History:
    """List the last states, the newest first."""
    tags: dict[str, list[str]] = {}
    for name, state in lake.tags().items():
        tags.setdefault(state, []).append(name)
    return History(
        states=[
            StateRow(state=state, time=time, message=message, tags=tags.get(state, []))
            for state, time, message in lake.history(limit)
        ]
    )


@router.get("/properties")
def lake_properties(_who: Reader, table: Table = "label") -> Properties:
    """List what filters of a table may name, with units."""
    known = {found.name: found for found in filterables(table).values()}
    return Properties(table=table, properties=[Property.model_validate(p) for p in known.values()])


@router.get("/rows")
def lake_rows(  # noqa: PLR0913, PLR0917  (a parameter of the address each)
    service: TheService,
    lake: State,
    where: Filters,
    columns: Columns,
    table: Table = "label",
    limit: Limit = 100,
    cursor: PageCursor = None,
) -> RowPage:
    """Select rows of a table, joined to their snapshots and experiments, page by page."""
    key = query_key(table, where)
    place = Cursor.from_text(cursor, key) if cursor else Cursor(lake.state_id, key, -1)
    lake = lake if place.state == lake.state_id else service.lake.at(place.state)
    query = LakeQuery(lake.reader, table, (), columns or None)
    found = service.lake.rows(lake, table, where)
    start = int(found.searchsorted(place.after, side="right"))
    shown = found[start : start + min(limit, service.settings.limits.page_rows)]
    is_last = start + shown.size >= found.size
    return RowPage(
        state_id=lake.state_id,
        table=table,
        total=int(found.size),
        rows=list(query.records(shown)),
        next_cursor=None if is_last else Cursor(lake.state_id, key, int(shown[-1])).to_text(),
    )


@router.get("/rows/{key}")
def lake_row(lake: State, key: Key) -> RowAnswer:
    """Show every row that has a key, with all of its columns."""
    with _missing_is_not_found():
        return RowAnswer(state_id=lake.state_id, rows=lake.describe(key))


@router.get("/rows/{key}/provenance")
def lake_provenance(lake: State, key: Key) -> RowAnswer:
    """Show what a row was made from, step by step, when and by what."""
    with _missing_is_not_found():
        return RowAnswer(state_id=lake.state_id, rows=lake.trace(key))


@router.get("/rows/{key}/spectrum")
def lake_spectrum(lake: State, key: Key) -> Spectrum:
    """Show the transmission of a label against energy."""
    with _missing_is_not_found():
        energies, transmission = lake.transmissions([key])
    (outcome,) = lake.outcomes([key])
    channels = outcome.eigenchannels.tolist() if isinstance(outcome, Label) else []
    return Spectrum(
        key=key,
        energy_ev=energies.tolist(),
        transmission=transmission[0].tolist(),
        eigenchannel=channels,
    )


@router.get("/structures")
def lake_structures(lake: State, key: Keys) -> Structures:
    """Show the structures of snapshots, bit for bit, in the order of their keys."""
    with _missing_is_not_found():
        found = lake.junctions(key)
    return Structures(
        state_id=lake.state_id,
        structures=[Structure.from_junction(k, one) for k, one in zip(key, found, strict=True)],
    )


@router.get("/histogram")
def lake_histogram(  # noqa: PLR0913, PLR0917  (a parameter of the address each)
    service: TheService,
    lake: State,
    model: Annotated[
        str | None,
        Query(
            max_length=128,
            description="NAME, NAME:VERSION or identity of a model, or `labels`. If absent: labels "
            "or, where they make no trace, the predictions of the only model that has some; "
            "`source` says which.",
        ),
    ] = None,
    element: Annotated[str | None, Query(max_length=2, examples=["K"])] = None,
    electrode: Annotated[str | None, Query(max_length=64, examples=["bcc100-5+4"])] = None,
    quantity: Literal["conductance_g0", "window_conductance_g0"] = "conductance_g0",
    recipe: Annotated[
        str | None, Query(max_length=64, description="Of labels, where there are several.")
    ] = None,
) -> HistogramAnswer:
    """Histogram the conductance of traces, with its peaks, beside what was measured."""
    asked = None if model is None or model == LABELS else _identity(service, lake, model)
    chosen = TraceSelection(asked, element, electrode, quantity)
    narrowed = Narrowing(recipe=recipe)
    with service.heavy.place():
        if model is None:
            named = service.models.called
            chosen = labels_or_predictions(lake, chosen, narrowed=narrowed, named=named)
        found = observe_histogram(lake, chosen, narrowed=narrowed)
    return HistogramAnswer.from_histogram(found, _source(service, model, chosen.model))


def _identity(service: Service, lake: Lake, model: str) -> str:
    return predictions_of(lake, model, lambda name: service.models.find(name).identity)


def _source(service: Service, asked: str | None, model: str | None) -> str:
    if model is None:
        return "labels"
    named = f"predictions of {service.models.called(model)}"
    return f"{named}, for the labels make no trace" if asked is None else named


@contextmanager
def _missing_is_not_found() -> Iterator[None]:
    # The key has the form of one already: what the lake refuses is one that it does not hold.
    try:
        yield
    except InvalidInputError as error:
        raise not_found(error.message, **error.facts) from error
