"""Which snapshots of an experiment are worth a label."""

from collections.abc import Iterator, Sequence

import pandas as pd

from sekkei.campaign.production import chunks
from sekkei.lake import Lake, SnapshotRow
from sekkei.structure.experiment import Snapshot
from sekkei.structure.selection import select_spread

_EXPERIMENTS_AT_ONCE = 64


def choose_snapshots(lake: Lake, experiments: Sequence[str], n_each: int) -> tuple[str, ...]:
    """Choose the snapshots of each experiment that are worth a label.

    The choice depends on the snapshots alone, so that it is the same whenever it is made.
    """
    table = lake.table("snapshot")
    members = table[table["experiment"].isin(experiments)].sort_values(["experiment", "frame"])
    groups = dict(iter(members.groupby("experiment")))
    chosen: list[str] = []
    for some in chunks([key for key in experiments if key in groups], _EXPERIMENTS_AT_ONCE):
        frame = pd.concat([groups[key] for key in some])
        rows = lake.rows(SnapshotRow, frame["key"].tolist())
        snapshots = {row.key: row.snapshot for row in rows}
        for key in some:
            chosen.extend(_spread(groups[key]["key"].tolist(), snapshots, n_each))
    return tuple(chosen)


def _spread(keys: Sequence[str], snapshots: dict[str, Snapshot], n: int) -> Iterator[str]:
    key_of = {id(snapshots[key]): key for key in keys}
    for snapshot in select_spread([snapshots[key] for key in keys], n):
        yield key_of[id(snapshot)]
