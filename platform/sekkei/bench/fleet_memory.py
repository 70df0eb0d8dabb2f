"""What the driver of a campaign grows by, while a lake slower than the workers takes the labels."""

import multiprocessing
import os
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sekkei.bench.fleet_items import as_row
from sekkei.campaign.context import CampaignContext
from sekkei.campaign.stage_spec import LabelPlan
from sekkei.campaign.stages import run_labels
from sekkei.fleet.allocator import share_arenas
from sekkei.fleet.event import Event
from sekkei.fleet.pool import RayPool
from sekkei.lake import Batch, Committer, Lake, SnapshotRow
from sekkei.structure.junction import Junction

TARGET_MB = 200.0
TIMES_SLOWER = 10.0
_N_ATOM, _SPACING = 8, 4.0


class SlowCommitter:
    """Commits, and then sleeps until it was so many times slower than the workers."""

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self.work_s = 0.0
        """Time that the workers needed for what was not committed yet, in s."""

    def name_method(self, recipe: str, method: Any) -> None:
        """Do as a committer does."""
        self._committer.name_method(recipe, method)

    def commit(self, batch: Batch, message: str) -> str:
        """Commit, slowly."""
        wanted, self.work_s = TIMES_SLOWER * self.work_s, 0.0
        started = time.monotonic()
        state = self._committer.commit(batch, message)
        time.sleep(max(wanted - (time.monotonic() - started), 0.0))
        return state


def memory_row(n_item: int, n_worker: int, most_s: float) -> dict[str, Any]:
    """Queue labels in a process of their own, and return what it grew by.

    Parameters
    ----------
    n_item
        How many are queued.
    n_worker
        Workers of the pool.
    most_s
        The run is interrupted after this time, in s.
    """
    spawn = multiprocessing.get_context("spawn")
    found = spawn.Queue()
    driver = spawn.Process(target=_drive, args=(n_item, n_worker, most_s, found))
    driver.start()
    row: dict[str, Any] = found.get()
    driver.join()
    return row


@dataclass(slots=True)
class _Count:
    committer: SlowCommitter
    n_worker: int
    until: float
    n_done: int = 0

    def __call__(self, event: Event) -> None:
        if event.name == "done":
            self.n_done += 1
            # Of all workers together, so that the lake is slower than they are.
            self.committer.work_s += event.cpu_seconds / self.n_worker
            if time.monotonic() > self.until:
                raise KeyboardInterrupt


def _drive(n_item: int, n_worker: int, most_s: float, found: Any) -> None:
    # As the command of a campaign does.
    share_arenas()
    with tempfile.TemporaryDirectory() as folder, RayPool(n_worker) as pool:
        lake = Lake.create(Path(folder) / "lake")
        rows = tuple(_chain(i_item) for i_item in range(n_item))
        keys = [row.key for row in rows]
        with lake.committer() as committer:
            committer.commit(Batch(snapshots=rows), "structures")
            del rows
            slow = SlowCommitter(committer)
            count = _Count(slow, n_worker, time.monotonic() + most_s)
            context = CampaignContext(lake.refreshed(), slow, pool, watch=count)  # type: ignore[arg-type]
            # The first label loads libraries, which is no growth by what is queued.
            run_labels(context, keys[:1], LabelPlan(labeler="chain"))
            # Interrupted by its watch where the time is over.
            with _watched_memory() as grown, suppress(KeyboardInterrupt):
                run_labels(context, keys, LabelPlan(labeler="chain"))
        found.put(_row(n_item, n_worker, count.n_done, max(grown)))


def _row(n_item: int, n_worker: int, n_done: int, grown_byte: int) -> dict[str, Any]:
    return {
        "what": f"driver, lake {TIMES_SLOWER:g} times slower",
        "items": n_item,
        "done": n_done,
        "cpus": n_worker,
        "grown_mb": grown_byte / 1e6,
        "load_average": os.getloadavg()[0],
        "target": f"<= {TARGET_MB:g} MB",
        "target_met": grown_byte <= TARGET_MB * 1e6,
    }


@contextmanager
def _watched_memory() -> Iterator[list[int]]:
    """Sample how much this process has grown by, in bytes, until the context ends."""
    grown, is_over, before = [0], threading.Event(), _resident()

    def watch() -> None:
        while not is_over.wait(0.1):
            grown.append(_resident() - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield grown
    finally:
        is_over.set()
        thread.join()


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


def _chain(i_item: int) -> SnapshotRow:
    z = _SPACING * np.arange(float(_N_ATOM))
    z[3] += 1e-6 * i_item
    positions = np.column_stack([np.zeros((_N_ATOM, 2)), z])
    regions = [-1, -1, 0, 0, 0, 0, 1, 1]
    junction = Junction.from_sequences(np.full(_N_ATOM, 19), positions, regions, 2 * _SPACING)
    return as_row(junction, i_item)
