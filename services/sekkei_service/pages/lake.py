"""The lake: a filter, the rows that fit, and any two of their columns against each other."""

from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei_service.access import Reader
from sekkei_service.context import Service, TheService
from sekkei_service.lake import Limit, lake_properties, lake_rows
from sekkei_service.lake_answer import Properties, RowPage
from sekkei_service.lake_query import At, Columns, Filters, Name, PageCursor, Table
from sekkei_service.pages.render import render
from sekkei_service.pages.route import page_router, problem_text

router = page_router()

_FIRST = {
    "label": (
        "key", "conductance_g0", "error_g0", "n_channel", "chemical_formula_reduced", "nsites",
        "electrode", "stage", "displacement_angstrom", "engine",
    ),
    "snapshot": (
        "key", "chemical_formula_reduced", "nsites", "electrode", "stage", "cycle", "frame",
        "displacement_angstrom", "narrowest_angstrom2", "experiment",
    ),
    "prediction": (
        "key", "conductance_g0", "sigma_g0", "chemical_formula_reduced", "nsites", "electrode",
        "stage", "displacement_angstrom", "model",
    ),
    "experiment": (
        "key", "electrode", "electrode_element", "potential", "temperature_k", "seed",
        "contact_seed", "finished_unix_s",
    ),
    "refusal": ("key", "stage", "kind", "message", "subject", "finished_unix_s"),
}  # fmt: skip
_AXES = {
    "label": ("displacement_angstrom", "conductance_g0"),
    "prediction": ("displacement_angstrom", "conductance_g0"),
    "snapshot": ("displacement_angstrom", "narrowest_angstrom2"),
}
_STRUCTURES = ("label", "snapshot")


@router.get("/lake")
def lake_page(  # noqa: PLR0913, PLR0917  (a parameter of the address each)
    service: TheService,
    request: Request,
    who: Reader,
    where: Filters,
    columns: Columns,
    table: Table = "label",
    x: Name = "",
    y: Name = "",
    limit: Limit = 50,
    cursor: PageCursor = None,
    at: At = None,
) -> Response:
    """Show what fits a filter, or what is wrong with it."""
    if not service.lake.is_there():
        return render(request, who, "no_lake.html", heading="Lake")
    where = _joined(where)
    properties = lake_properties(who, table)
    asked = {"table": table, "filter": where, "at": at}
    axes = _axes(table, properties, x, y)
    shown = columns or _first(table, properties)
    values: dict[str, Any] = {"page": None, "fault": None, "axes": axes, "shown": shown}
    try:
        lake = service.lake.at(at)
        values["page"] = _rows(service, lake, (table, where, shown), (limit, cursor))
    except InvalidInputError as error:
        values["fault"] = _fault(request, where, error)
    picked = {"column": columns, "x": x, "y": y, "limit": limit if limit != 50 else None}
    return render(
        request,
        who,
        "lake.html",
        **values,
        table=table,
        where=where[0] if where else "",
        properties=properties.properties,
        numbers=[one for one in properties.properties if one.kind == "number"],
        has_structures=table in _STRUCTURES,
        address=lambda **more: _address(asked | picked | more),
        query=lambda **more: _query(asked | more),
        paged=cursor is not None,
        at=at,
    )


def _rows(
    service: Service,
    lake: Lake,
    what: tuple[Any, list[str], list[str]],
    part: tuple[int, str | None],
) -> RowPage:
    table, where, columns = what
    names = columns if "key" in columns else ["key", *columns]
    return lake_rows(service, lake, where, names, table, *part)


def _joined(where: list[str]) -> list[str]:
    # One box for all of them.
    given = [text for text in where if text.strip()]
    return given if len(given) < 2 else [" AND ".join(f"({text})" for text in given)]


def _first(table: str, properties: Properties) -> list[str]:
    known = _known(properties)
    wanted = _FIRST.get(table, ("key", *sorted(known - {"key"})[:9]))
    return [name for name in wanted if name in known]


def _axes(table: str, properties: Properties, x: str, y: str) -> tuple[str, str] | None:
    first = _AXES.get(table)
    if first is None or not _known(properties).issuperset(first):
        return (x, y) if x and y else None
    return x or first[0], y or first[1]


def _known(properties: Properties) -> set[str]:
    return {one.name.removeprefix("_sekkei_") for one in properties.properties}


def _fault(request: Request, where: list[str], error: InvalidInputError) -> dict[str, Any]:
    at = error.facts.get("position")
    text = where[0] if where else ""
    place = None if at is None else (text[:at], text[at : at + 1], text[at + 1 :])
    return {"message": problem_text(request, error), "place": place}


def _address(asked: dict[str, Any]) -> str:
    return f"/lake?{_query(asked)}"


def _query(asked: dict[str, Any]) -> str:
    return urlencode({name: value for name, value in asked.items() if value}, doseq=True)
