"""Weak scaling by simulation: items that sleep, on more CPUs than the machine has."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from statistics import mean, median
from typing import Any

import psutil

from sekkei.bench.fleet_efficiency import Clock
from sekkei.bench.sleeper import Sleeper
from sekkei.fleet.local_cluster import several_nodes
from sekkei.fleet.pool import RayPool
from sekkei.fleet.port import Result, Task

SLEEP_S = 1.0
NODES = {4: (2, 2), 16: (8, 8), 64: (16, 16, 16, 16)}
"""CPUs of each raylet, by their sum."""

WORKER_MB, RAYLET_MB = 120.0, 200.0
"""Set aside for a worker that sleeps, and for a raylet with its agents: as measured, rounded up."""

Spans = dict[int, list[tuple[float, float]]]
"""Begin and end of every item, by the process that it slept in."""

Sizes = dict[int, float]
"""Memory of every process, in MB."""


def scaling_rows(sizes: Iterable[int], n_each: int) -> Iterator[dict[str, Any]]:
    """Give every logical CPU ``n_each`` items once all workers are ready.

    What an item costs beyond its sleep is the time from the end of one to the begin of the next in
    the same process: result to the driver, next task back. Every logical CPU is a worker process
    of its own, as on a cluster.
    """
    for n_cpu in sizes:
        wanted, free = needed_mb(n_cpu), psutil.virtual_memory().available / 1e6
        if free < wanted:
            lack = f"{n_cpu} workers need about {wanted / 1e3:.1f} GB, {free / 1e3:.1f} are free"
            yield {"what": f"items that sleep {SLEEP_S:g} s", "cpus": n_cpu, "not_measured": lack}
            continue
        yield _row(n_cpu, n_each)


def needed_mb(n_cpu: int) -> float:
    """Return what the processes of so many logical CPUs take together, in MB, about."""
    n_raylet = len(NODES[n_cpu]) + 1  # the head has one, too
    return n_cpu * WORKER_MB + n_raylet * RAYLET_MB


def _row(n_cpu: int, n_each: int) -> dict[str, Any]:
    clock = Clock()
    spans: Spans = defaultdict(list)
    memory: Sizes = {}
    started, cpu, n_done = time.time(), time.process_time(), 0
    tasks = _tasks(clock, n_cpu, n_each, at_end=lambda: memory.update(_sizes()))
    with several_nodes(NODES[n_cpu]) as address, RayPool(n_cpu, address=address) as pool:
        for result in pool.run(tasks, Sleeper, watch=clock):
            _note(spans, result)
            n_done += 1
    spent = time.process_time() - cpu
    begin = max(found[0][0] for found in spans.values())
    pauses = _pauses(spans, begin)
    return {
        "what": f"items that sleep {SLEEP_S:g} s",
        "items": len(pauses),
        "cpus": n_cpu,
        "raylets": len(NODES[n_cpu]),
        "start_s": begin - started,
        "efficiency": SLEEP_S / (SLEEP_S + mean(pauses)),
        "overhead_ms": 1e3 * mean(pauses),
        "overhead_median_ms": 1e3 * median(pauses),
        "driver_ms": 1e3 * spent / n_done,
        "worker_mb": mean(memory[pid] for pid in spans if pid in memory),
        "all_workers_and_raylets_gb": sum(memory.values()) / 1e3,
        "load_average": os.getloadavg()[0],
    }


def _sizes() -> Sizes:
    """Each shared page is divided among those that share it: added up, what all take together."""
    found: Sizes = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found[process.pid] = process.memory_full_info().pss / 1e6
    return found


def _tasks(
    clock: Clock, n_cpu: int, n_each: int, at_end: Callable[[], None]
) -> Iterator[Task[float]]:
    """Yield tasks for as long as workers start, and then so many for each."""
    i_item = 0
    left = n_cpu * n_each
    while left > 0:
        left -= len(clock.ready) >= n_cpu
        yield Task(str(i_item), str(i_item), "sleep", SLEEP_S, stage="sleep")
        i_item += 1
    # The last items sleep now, and no pause after them is counted.
    at_end()


def _note(spans: Spans, result: Result[float, int]) -> None:
    if isinstance(result.outcome, int):
        spans[result.outcome].append((result.provenance.started, result.provenance.finished))


def _pauses(spans: Spans, begin: float) -> list[float]:
    """Return the pauses between items, in s, once every process was at work."""
    return [
        after[0] - before[1]
        for found in spans.values()
        for before, after in pairwise(found)
        if before[1] >= begin
    ]
