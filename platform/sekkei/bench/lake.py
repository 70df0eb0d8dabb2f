"""The lake: ingest beside ASE's database and plain Zarr, filters beside DuckDB."""

import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

from sekkei.bench.lake_filter import make_rows, missing_duckdb, time_filters
from sekkei.bench.lake_ingest import N_WRITER, ROADS
from sekkei.bench.result import BenchResult, describe_machine
from sekkei.bench.s3_server import missing_server, s3_server

TARGET_RECORDS_PER_S = 1000.0
TARGET_WARM_S = 0.2
N_ROW = 1_000_000
_PACKAGES = ("sekkei", "numpy", "zarr", "icechunk", "dask", "ase", "duckdb", "moto")
_BATCH = 500


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Measure, in wall time: what people wait for. Other work on the machine slows it."""
    n_record = 1500 if is_quick else 9000
    notes = [line for line in (missing_server(), missing_duckdb()) if line]
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        spawn = multiprocessing.get_context("spawn")
        bucket = stack.enter_context(s3_server()) if missing_server() is None else None
        # After the server: writers find their credentials in the environment that they begin with.
        pool = stack.enter_context(spawn.Pool(N_WRITER))
        for row in _ingest(pool, folder, bucket, n_record):
            say(f"{row['what']}: {row['records_per_s']:.0f} records/s")
            rows.append(row)
        make_rows(folder, N_ROW)
        for found in time_filters(folder, n_repeat=5 if is_quick else 15):
            say(f"{found['filter']}: {found['warm_s']:.3f} s")
            rows.append(_filter_row(found))
    names = {name: None for row in rows for name in row}
    return BenchResult(
        name="lake",
        rows=[{**names, **row} for row in rows],
        notes=notes,
        machine=describe_machine(_PACKAGES),
        shown=(
            "what",
            "where",
            "records",
            "records_per_s",
            "rows_found",
            "first_s",
            "warm_s",
            "duckdb_s",
            "target",
            "target_met",
        ),
    )


def _ingest(
    pool: Pool, folder: Path, bucket: str | None, n_record: int
) -> Iterator[dict[str, Any]]:
    jobs = [(seed, _BATCH) for seed in range(n_record // _BATCH)]
    pool.map(_nothing, range(N_WRITER))  # all are started, and have imported what they need
    for name, road in ROADS.items():
        path = folder / ("records.db" if name.startswith("ase") else "records")
        yield _ingest_row(name, "folder", n_record, road(pool, path, jobs))
        shutil.rmtree(path, ignore_errors=True)
        if bucket is not None and name.startswith("lake"):
            remote = Path(f"s3://{bucket}/{name.replace(' ', '-')}")
            yield _ingest_row(name, "moto S3", n_record, road(pool, remote, jobs))


def _ingest_row(name: str, where: str, n_record: int, seconds: float) -> dict[str, Any]:
    rate = n_record / seconds
    row = {"what": name, "where": where, "records": n_record, "records_per_s": rate}
    if name.startswith("lake"):
        row |= {
            "target": f">= {TARGET_RECORDS_PER_S:.0f} records/s",
            "target_met": rate >= TARGET_RECORDS_PER_S,
        }
    return row


def _filter_row(found: dict[str, Any]) -> dict[str, Any]:
    met = found["warm_s"] <= TARGET_WARM_S
    about = {"what": f"filter: {found.pop('filter')}", "where": "folder", "records": N_ROW}
    return about | found | {"target": f"<= {TARGET_WARM_S} s warm", "target_met": met}


def _nothing(_: int) -> None:
    pass
