"""The fleet: efficiency beside bare loops, memory of the driver, and scaling by simulation."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sekkei.bench.fleet_efficiency import efficiency_rows
from sekkei.bench.fleet_memory import memory_row
from sekkei.bench.fleet_scaling import scaling_rows
from sekkei.bench.result import BenchResult, describe_machine
from sekkei.fleet.pool import RayPool

N_QUEUED = 100_000
_PACKAGES = ("sekkei", "ray", "icechunk", "zarr", "numpy", "torch")

_NOTE = (
    "labels are the best of repeats, of fleet and of bare loops each; other work on the machine "
    "(load_average) is in every figure of time"
)
_SLEEP_NOTE = (
    "items that sleep: one worker process per logical CPU, raylets of one machine stand for nodes; "
    "overhead is the pause between items in a worker; load_average has the start of the workers in "
    "it; worker_mb shares out pages that several processes use"
)


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Measure; see `sekkei.bench.registry.Measure`."""
    rows = []
    for row in _rows(is_quick=is_quick):
        say(f"{row['what']} on {row['cpus']} CPUs: {_told(row)}")
        rows.append(row)
    names = {name: None for row in rows for name in row}
    return BenchResult(
        name="fleet",
        rows=[{**names, **row} for row in rows],
        notes=(_NOTE, _SLEEP_NOTE),
        machine=describe_machine(_PACKAGES),
    )


def _rows(*, is_quick: bool) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, RayPool() as pool:
        n_worker = pool.n_workers
        yield from efficiency_rows(
            Path(folder), pool, is_quick=is_quick, repeats=2 if is_quick else 4
        )
    # Each in a Ray of its own, once that of before has ended.
    yield from scaling_rows((4,) if is_quick else (4, 16, 64), n_each=5 if is_quick else 10)
    yield memory_row(N_QUEUED // 10 if is_quick else N_QUEUED, n_worker, 60 if is_quick else 900)


def _told(row: dict[str, Any]) -> str:
    if "not_measured" in row:
        return f"not measured: {row['not_measured']}"
    told = ("efficiency", "overhead_ms", "worker_mb", "all_workers_and_raylets_gb", "grown_mb")
    figures = ", ".join(f"{row[name]:.3g} {name}" for name in told if name in row)
    return f"{figures}, load {row['load_average']:.1f}"
