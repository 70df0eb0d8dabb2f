"""Labels per second through Ray and the lake, beside bare loops on the same cores."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sekkei.bench.fleet_items import Item, bare_rate, calibrated, structures
from sekkei.campaign.context import open_context
from sekkei.campaign.stage_spec import LabelPlan
from sekkei.campaign.stages import run_labels
from sekkei.fleet.event import Event
from sekkei.fleet.log import open_log, together
from sekkei.fleet.pool import RayPool
from sekkei.lake import Batch, Lake, SnapshotRow

TARGET = 0.9


@dataclass(slots=True)
class Clock:
    """Hears when workers are ready, items done and rows stored."""

    ready: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)
    stored: float = 0.0

    def __call__(self, event: Event) -> None:
        """Hear one event."""
        now = time.perf_counter()
        if event.name == "worker-ready":
            self.ready.append(now)
        elif event.name == "done":
            self.done.append(now)
        elif event.name == "committed":
            self.stored = now

    @property
    def rate(self) -> float:
        """Labels per second from the moment when all workers were ready to the last commit."""
        begin = max(self.ready)
        return sum(when > begin for when in self.done) / (self.stored - begin)


def efficiency_rows(
    folder: Path, pool: RayPool, *, is_quick: bool, repeats: int
) -> Iterator[dict[str, Any]]:
    """Measure items of 5 ms and of 5 s; every figure is the best of its repeats."""
    for wanted_s, n_item in ((0.005, 1000 if is_quick else 4000), (5.0, 4 if is_quick else 12)):
        n_repeat = repeats if wanted_s < 1.0 else 1 if is_quick else 2
        item = calibrated(wanted_s)
        rows = structures(item, n_item, seed=n_item)
        bare, fleet, load = [], [], []
        for i_repeat in range(n_repeat):
            bare.append(bare_rate(item, rows, pool.n_workers))
            path = folder / f"efficiency-{wanted_s}-{i_repeat}"
            fleet.append(fleet_rate(item, rows, pool, path))
            load.append(os.getloadavg()[0])
        yield {
            "what": f"items of {1e3 * item.seconds:.2g} ms",
            "items": n_item,
            "cpus": pool.n_workers,
            "bare_per_s": max(bare),
            "fleet_per_s": max(fleet),
            "efficiency": max(fleet) / max(bare),
            "repeats": n_repeat,
            "load_average": max(load),
            "target": f">= {TARGET}",
            "target_met": max(fleet) / max(bare) >= TARGET,
        }


def fleet_rate(item: Item, rows: tuple[SnapshotRow, ...], pool: RayPool, path: Path) -> float:
    """Label structures of a new lake as a campaign does, with its log; return labels per second."""
    clock, lake = Clock(), Lake.create(path)
    with (
        open_log(path.with_suffix(".jsonl"), "bench") as log,
        open_context(lake, pool, watch=together(log, clock)) as context,
    ):
        context.committer.commit(Batch(snapshots=rows), "structures")
        plan = LabelPlan(labeler="tight-binding", options=item.options)
        run_labels(context, [row.key for row in rows], plan)
    return clock.rate
