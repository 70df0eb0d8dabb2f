"""Weak scaling by simulation: items that sleep, on more CPUs than the machine has."""

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any

from sekkei.bench.fleet_efficiency import Clock
from sekkei.fleet.pool import RayPool
from sekkei.fleet.port import Result, Task
from sekkei.fleet.raylets import several_nodes

SLEEP_S = 1.0
NODES = {4: (2, 2), 16: (8, 8), 64: (16, 16, 16, 16)}
"""CPUs of each raylet, by their sum."""

WORKER_GB = 0.4
"""Memory of a worker, about: Python, Ray and the libraries of a label."""

Spans = dict[int, list[tuple[float, float]]]
"""Begin and end of every item, by the process that it slept in."""


class Sleeper:
    """Sleeps, which takes a logical CPU and no real one."""

    def work(self, seconds: float, /) -> int:
        """Sleep for so long, in s, and say in which process."""
        time.sleep(seconds)
        return os.getpid()


def scaling_rows(sizes: Iterable[int], n_each: int) -> Iterator[dict[str, Any]]:
    """Give every logical CPU ``n_each`` items once all workers are ready.

    What an item costs beyond its sleep is the time from the end of one to the begin of the next in
    the same process: result to the driver, next task back.
    """
    for n_cpu in sizes:
        if (free := _available_gb()) < n_cpu * WORKER_GB:
            lack = f"{n_cpu} workers need about {n_cpu * WORKER_GB:.0f} GB, {free:.0f} are free"
            yield {"what": f"items that sleep {SLEEP_S:g} s", "cpus": n_cpu, "not_measured": lack}
            continue
        clock = Clock()
        spans: Spans = defaultdict(list)
        started, cpu, n_done = time.time(), time.process_time(), 0
        with several_nodes(NODES[n_cpu]) as address, RayPool(n_cpu, address=address) as pool:
            for result in pool.run(_tasks(clock, n_cpu, n_each), Sleeper, watch=clock):
                _note(spans, result)
                n_done += 1
        spent = time.process_time() - cpu
        begin = max(found[0][0] for found in spans.values())
        pauses = _pauses(spans, begin)
        yield {
            "what": f"items that sleep {SLEEP_S:g} s",
            "items": len(pauses),
            "cpus": n_cpu,
            "raylets": len(NODES[n_cpu]),
            "start_s": begin - started,
            "efficiency": SLEEP_S / (SLEEP_S + mean(pauses)),
            "overhead_ms": 1e3 * mean(pauses),
            "overhead_median_ms": 1e3 * median(pauses),
            "driver_ms": 1e3 * spent / n_done,
            "load_average": os.getloadavg()[0],
        }


def _available_gb() -> float:
    found = dict(line.split(":") for line in Path("/proc/meminfo").read_text("ascii").splitlines())
    return int(found["MemAvailable"].split()[0]) * 1024 / 1e9


def _tasks(clock: Clock, n_cpu: int, n_each: int) -> Iterator[Task[float]]:
    """Yield tasks for as long as workers start, and then so many for each."""
    i_item = 0
    left = n_cpu * n_each
    while left > 0:
        left -= len(clock.ready) >= n_cpu
        yield Task(str(i_item), str(i_item), "sleep", SLEEP_S, stage="sleep")
        i_item += 1


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
