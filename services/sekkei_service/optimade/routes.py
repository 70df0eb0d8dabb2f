"""``/optimade/v1``: four routes, and the versions that there are."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from optimade.models import (
    EntryInfoResponse,
    InfoResponse,
    LinksResponse,
    StructureResponseMany,
    StructureResponseOne,
)
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response
from typing_extensions import override

from sekkei import __version__
from sekkei.errors import InvalidInputError
from sekkei_service.access import Principal
from sekkei_service.context import Service, TheService
from sekkei_service.cursor import Cursor, query_key
from sekkei_service.optimade.entry import STANDARD, chosen, entries
from sekkei_service.optimade.filter import OWN, TABLE, translate
from sekkei_service.optimade.info import own_properties, properties
from sekkei_service.optimade_error import API_VERSION, JSON_API, PREFIX, PROVIDER
from sekkei_service.parameters import check_optimade_parameters
from sekkei_service.problem import not_found, refused
from sekkei_service.wire import sent_as, to_json


class JsonApi(JSONResponse):
    """An answer in the form of JSON:API, written already."""

    media_type = JSON_API

    @override
    def render(self, content: str | bytes) -> bytes:
        return content if isinstance(content, bytes) else content.encode()


router = APIRouter(
    prefix=PREFIX,
    tags=["optimade"],
    default_response_class=JsonApi,
    dependencies=[Depends(check_optimade_parameters)],
)

_MOST = 200
# With response_fields an entry has a part of what its model asks for.
_DOCUMENT = {"type": "object", "required": ["data", "meta"]}
_ENTRIES: dict[int | str, dict[str, Any]] = {200: {"content": {JSON_API: {"schema": _DOCUMENT}}}}
_ENDPOINTS = ["info", "links", "structures"]


def _admitted(request: Request, service: TheService) -> Principal:
    gate = service.gate
    if service.settings.is_optimade_open:
        return gate.admit_anybody(request)
    return gate.admit(request, "reader")


Caller = Annotated[Principal, Depends(_admitted)]
Fields = Annotated[
    str | None, Query(max_length=4096, description="Attributes wanted, separated by commas.")
]
Format = Annotated[str, Query(max_length=32, description="Only json.")]
EntryId = Annotated[str, Path(max_length=256, description="Key of a label.")]


@router.get("/versions", response_class=Response, responses=sent_as("text/csv"))
def optimade_versions() -> Response:
    """List the major versions of OPTIMADE that are spoken; open to everybody."""
    return Response("version\n1\n", media_type="text/csv; header=present")


@router.get("/v1/info", response_model=InfoResponse)
def optimade_info(
    service: TheService, _who: Caller, request: Request, response_format: Format = "json"
) -> Response:
    """Say what is offered."""
    _check_format(response_format)
    version = {"url": _base(service, request), "version": API_VERSION}
    attributes = {
        "api_version": API_VERSION,
        "available_api_versions": [version],
        "formats": ["json"],
        "available_endpoints": _ENDPOINTS,
        "entry_types_by_format": {"json": ["structures"]},
        "is_index": False,
    }
    data = {"id": "/", "type": "info", "attributes": attributes}
    return _answer(InfoResponse, data, _meta(service, request))


@router.get("/v1/info/structures", response_model=EntryInfoResponse)
def optimade_info_structures(
    service: TheService, _who: Caller, request: Request, response_format: Format = "json"
) -> Response:
    """Say what structures have, with units; our own properties begin with _sekkei_."""
    _check_format(response_format)
    known = properties()
    data = {
        "id": "structures",
        "type": "info",
        "formats": ["json"],
        "description": "Atomic contacts with a label: what they conduct, and how that was found",
        "properties": known,
        "output_fields_by_format": {"json": list(known)},
    }
    return _answer(EntryInfoResponse, data, _meta(service, request))


@router.get("/v1/links", response_model=LinksResponse)
def optimade_links(
    service: TheService, _who: Caller, request: Request, response_format: Format = "json"
) -> Response:
    """List related databases: there is only this one."""
    _check_format(response_format)
    return _answer(LinksResponse, [], _meta(service, request, n_row=0))


@router.get("/v1/structures", responses=_ENTRIES)
def optimade_structures(  # noqa: PLR0913, PLR0917  (a parameter of the address each)
    service: TheService,
    _who: Caller,
    request: Request,
    filter: Annotated[str, Query(max_length=4096)] = "",  # noqa: A002  (OPTIMADE calls it so)
    response_fields: Fields = None,
    response_format: Format = "json",
    page_limit: Annotated[int, Query(ge=0)] = 20,
    page_cursor: Annotated[str | None, Query(max_length=512)] = None,
    page_offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    sort: Annotated[str | None, Query(max_length=256)] = None,
) -> Response:
    """Select structures that have a label."""
    _check_format(response_format)
    if sort:
        raise refused(400, "structures come in the order of the lake, and are not sorted")
    if page_limit > _MOST:
        raise refused(403, f"a page must have at most {_MOST} entries, but {page_limit} were asked")
    fields, told = _fields(response_fields)
    where = translate(filter) if filter.strip() else None
    texts = [where.text] if where else []
    place, found = _found(service, texts, page_cursor)
    lake = service.lake.at(place.state)
    start = int(found.searchsorted(place.after, side="right")) + page_offset
    shown = found[start : start + page_limit]
    has_more = bool(shown.size) and start + shown.size < found.size
    data = [chosen(entry, fields) for entry in entries(lake, shown)]
    meta = _meta(
        service,
        request,
        n_row=int(found.size),
        has_more=has_more,
        warnings=(*told, *(where.warnings if where else ())),
    )
    links: dict[str, str | None] = {"next": None}
    if has_more:
        after = Cursor(place.state, place.query, int(shown[-1])).to_text()
        links = {"next": _next(service, request, after)}
    return _answer(StructureResponseMany, data, meta, links)


@router.get("/v1/structures/{entry_id}", responses=_ENTRIES)
def optimade_structure(
    service: TheService,
    _who: Caller,
    request: Request,
    entry_id: EntryId,
    response_fields: Fields = None,
    response_format: Format = "json",
) -> Response:
    """Show one structure; null if there is none of that id."""
    _check_format(response_format)
    fields, told = _fields(response_fields)
    lake = service.lake.newest()
    is_key = len(entry_id) == 32 and set(entry_id) <= set("0123456789abcdef")
    rows = service.lake.rows(lake, TABLE, [f'id = "{entry_id}"']) if is_key else None
    if rows is None or not rows.size:
        raise not_found(f"there is no structure {entry_id[:64]!r}")
    (entry,) = entries(lake, rows)
    meta = _meta(service, request, n_row=1, warnings=told)
    return _answer(StructureResponseOne, chosen(entry, fields), meta)


def _found(service: Service, where: list[str], cursor: str | None) -> tuple[Cursor, Any]:
    key = query_key("optimade", where)
    newest = service.lake.newest()
    place = Cursor.from_text(cursor, key) if cursor else Cursor(newest.state_id, key, -1)
    lake = newest if place.state == newest.state_id else service.lake.at(place.state)
    return place, service.lake.rows(lake, TABLE, where)


def _fields(text: str | None) -> tuple[list[str] | None, tuple[str, ...]]:
    if text is None or not text.strip():
        return None, ()
    names = [name.strip() for name in text.split(",")]
    told = []
    for name in names:
        if name in STANDARD or name in {"id", "type"} or name in own_properties():
            continue
        if name.startswith("_") and not name.startswith(OWN):
            told.append(f"{name} is of another provider and has no value here")
            continue
        raise InvalidInputError(
            f"response_fields must be properties of /info/structures, but {name[:64]!r} is none"
        )
    return names, tuple(told)


def _check_format(name: str) -> None:
    if name != "json":
        raise InvalidInputError(f"response_format must be json, but found {name!r}")


def _answer(
    kind: type[BaseModel], data: Any, meta: dict[str, Any], links: dict[str, Any] | None = None
) -> Response:
    raw = {"data": data, "meta": meta} | ({} if links is None else {"links": links})
    if kind in (StructureResponseMany, StructureResponseOne):
        # Entries were checked with all of their attributes, of which these may be a part.
        return JsonApi(to_json(raw))
    text = kind.model_validate(raw).model_dump_json(exclude_unset=True, by_alias=True)
    return JsonApi(text)


def _meta(
    service: Service,
    request: Request,
    *,
    n_row: int | None = None,
    has_more: bool = False,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.url.path.removeprefix(f"{PREFIX}/v1")
    meta: dict[str, Any] = {
        "query": {"representation": path + query},
        "api_version": API_VERSION,
        "more_data_available": has_more,
        "schema": f"{_root(service, request)}/openapi.json",
        "time_stamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "provider": PROVIDER,
        "implementation": {"name": "sekkei", "version": __version__},
    }
    if n_row is not None:
        n_all = service.lake.rows(service.lake.newest(), TABLE, ()).size
        meta |= {"data_returned": n_row, "data_available": int(n_all)}
    warnings = (*check_optimade_parameters(request), *warnings)
    if warnings:
        meta["warnings"] = [{"type": "warning", "detail": text} for text in dict.fromkeys(warnings)]
    return meta


def _root(service: Service, request: Request) -> str:
    return (service.settings.optimade_url or str(request.base_url)).rstrip("/")


def _base(service: Service, request: Request) -> str:
    return f"{_root(service, request)}{PREFIX}/v1"


def _next(service: Service, request: Request, cursor: str) -> str:
    kept = {
        k: v for k, v in request.query_params.items() if k not in {"page_cursor", "page_offset"}
    }
    return f"{_base(service, request)}/structures?{urlencode(kept | {'page_cursor': cursor})}"
