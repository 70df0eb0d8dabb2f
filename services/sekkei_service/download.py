"""``/v1/lake/download``: structures and rows as files."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.lake.chemiscope import write_chemiscope
from sekkei_service.access import Reader
from sekkei_service.context import Service, TheService
from sekkei_service.lake_query import Filters, State, Table
from sekkei_service.problem import refused
from sekkei_service.wire import EXTXYZ, PARQUET, sent_as

router = APIRouter(prefix="/v1/lake/download", tags=["lake"])

StructureTable = Literal["label", "snapshot"]


@router.get("/structures.extxyz", response_class=FileResponse, responses=sent_as(EXTXYZ))
def download_extxyz(
    service: TheService, _who: Reader, lake: State, where: Filters, table: StructureTable = "label"
) -> FileResponse:
    """Send the structures that fit as extxyz, with conductance and keys in their headers."""
    keys = _keys(service, lake, table, where)
    return _file(service, "structures.extxyz", EXTXYZ, lambda out: lake.export_extxyz(out, keys))


@router.get(
    "/structures.chemiscope.json",
    response_class=FileResponse,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def download_chemiscope(
    service: TheService, _who: Reader, lake: State, where: Filters, table: StructureTable = "label"
) -> FileResponse:
    """Send the structures that fit as a data set for chemiscope, with their columns."""
    _keys(service, lake, table, where)
    return _file(
        service,
        "structures.chemiscope.json",
        "application/json",
        lambda out: write_chemiscope(out, lake, table, where),
    )


@router.get("/rows.parquet", response_class=FileResponse, responses=sent_as(PARQUET))
def download_parquet(
    service: TheService, _who: Reader, lake: State, where: Filters, table: Table = "label"
) -> FileResponse:
    """Send the rows that fit as Parquet, with units and spectra."""
    most = service.settings.limits.download_rows
    _check_number(service.lake.rows(lake, table, where).size, most, "rows")
    return _file(
        service,
        f"{table}.parquet",
        PARQUET,
        lambda out: lake.export_parquet(out, table, where),
    )


def _keys(service: Service, lake: Lake, table: str, where: list[str]) -> list[str]:
    rows = service.lake.rows(lake, table, where)
    _check_number(rows.size, service.settings.limits.download_structures, "structures")
    query = lake.selection(table, (), ("key",))
    return [str(row["key"]) for row in query.records(rows)]


def _check_number(found: int, most: int, what: str) -> None:
    if not found:
        raise InvalidInputError(
            "something must be left to download, but no row fits; widen the filters"
        )
    if found > most:
        raise refused(
            413,
            f"a download must have at most {most} {what}, but {found} fit; narrow the filters",
            found=found,
        )


def _file(service: Service, name: str, kind: str, write: Callable[[Path], object]) -> FileResponse:
    folder = Path(tempfile.mkdtemp(prefix="sekkei-download-"))
    forget = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    try:
        with service.heavy.place():
            write(folder / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(folder / name, media_type=kind, filename=name, background=forget)
