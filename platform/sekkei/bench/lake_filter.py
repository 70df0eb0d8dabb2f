"""Filters on a million rows, in a lake and in DuckDB on Parquet of the same columns."""

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zarr

from sekkei.lake import Lake
from sekkei.lake.store import array_of, create_repository

FILTERS = {
    "one number": ("conductance_g0 > 5.4", "conductance_g0 > 5.4"),
    "two numbers, OR and NOT": (
        "conductance_g0 > 5.7 OR NOT (n_channel < 6 OR conductance_g0 > 0.3)",
        "conductance_g0 > 5.7 OR NOT (n_channel < 6 OR conductance_g0 > 0.3)",
    ),
    "a number, and a text of the snapshot": (
        'conductance_g0 > 5.4 AND stage = "push"',
        "conductance_g0 > 5.4 AND stage = 'push'",
    ),
}
"""Filters in the words of the lake and of SQL."""


def make_rows(folder: Path, n_row: int) -> None:
    """Make a lake of labels and their snapshots, and a Parquet file of the same columns."""
    rng = np.random.default_rng(0)
    found = {
        "conductance_g0": rng.uniform(0.0, 6.0, n_row),
        "n_channel": rng.integers(1, 8, n_row),
        "stage": rng.choice(np.array(["pull", "push"]), n_row),
    }
    keys = rng.integers(0, 256, (n_row, 16), dtype=np.uint8)

    def fill(root: zarr.Group) -> None:
        for table in ("label", "snapshot"):
            group = root[table]
            assert isinstance(group, zarr.Group)  # noqa: S101  (made by the schema)
            for name in group.array_keys():
                array = array_of(root, f"{table}/{name}")
                array.resize((n_row, *array.shape[1:]))
        array_of(root, "snapshot/key")[:] = array_of(root, "label/snapshot")[:] = keys
        array_of(root, "snapshot/stage")[:] = found["stage"].astype(np.dtypes.StringDType())
        for name in ("conductance_g0", "n_channel"):
            array_of(root, f"label/{name}")[:] = found[name]

    create_repository(folder / "rows", fill=fill)
    pq.write_table(pa.table({name: pa.array(v) for name, v in found.items()}), folder / "r.parquet")


def time_filters(folder: Path, n_repeat: int) -> Iterator[dict[str, Any]]:
    """Yield seconds of each filter: first time, warm, and in DuckDB; all find the same rows."""
    duck = _duck()
    for name, (ours, sql) in FILTERS.items():
        ask = _ask_lake(Lake.open(folder / "rows"), ours)
        started = time.perf_counter()
        n_found = ask()
        cold = time.perf_counter() - started
        row = {
            "filter": name,
            "rows_found": n_found,
            "first_s": cold,
            "warm_s": _warm(ask, n_repeat),
        }
        if duck is not None:
            theirs = _ask_duck(duck, folder / "r.parquet", sql)
            if theirs() != n_found:
                raise AssertionError(f"DuckDB finds other rows for {sql}")
            row["duckdb_s"] = _warm(theirs, n_repeat)
        yield row


def missing_duckdb() -> str | None:
    """Say in one line that DuckDB is not there, or return None."""
    return None if _duck() is not None else "duckdb is not installed: pip install duckdb"


def _duck() -> Any:
    try:
        return import_module("duckdb")
    except ImportError:
        return None


def _ask_lake(lake: Lake, where: str) -> Callable[[], int]:
    return lambda: len(lake.query("label", [where], columns=["conductance_g0"]))


def _ask_duck(duck: Any, path: Path, where: str) -> Callable[[], int]:
    sql = f"SELECT conductance_g0 FROM '{path}' WHERE {where}"  # noqa: S608  (ours)
    return lambda: len(duck.sql(sql).fetchnumpy()["conductance_g0"])


def _warm(ask: Callable[[], int], n_repeat: int) -> float:
    spent = []
    for _ in range(n_repeat):
        started = time.perf_counter()
        ask()
        spent.append(time.perf_counter() - started)
    return median(spent)
