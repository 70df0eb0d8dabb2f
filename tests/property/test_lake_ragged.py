"""Ragged structures, whatever their sizes and however they are batched."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekkei.lake import Batch, Lake, SnapshotRow
from sekkei.structure.experiment import Snapshot, snapshot_key
from sekkei.structure.junction import Junction


def _row(frame: int, n_atom: int) -> SnapshotRow:
    rng = np.random.default_rng(frame)
    junction = Junction.from_sequences(
        rng.integers(1, 119, n_atom),
        rng.normal(size=(n_atom, 3)),
        np.r_[-1, rng.integers(-1, 2, n_atom - 2), 1],
        float(rng.uniform(1.0, 9.0)),
    )
    snapshot = Snapshot(junction, frame, 0, "push", 0.0, 1.0)
    return SnapshotRow(snapshot_key("", frame, junction), "", snapshot)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """An empty lake to copy."""
    return Lake.create(tmp_path_factory.mktemp("lakes") / "empty").path


# Every example writes a lake: few, and without a deadline.
@settings(max_examples=12, deadline=None)
@given(
    sizes=st.lists(st.lists(st.integers(2, 40), max_size=4), min_size=1, max_size=4),
    data=st.data(),
)
def test_any_structures_in_any_batches_come_back_in_any_order(empty, sizes, data):
    batches, frame = [], 0
    for batch in sizes:
        batches.append([_row(frame + i, n_atom) for i, n_atom in enumerate(batch)])
        frame += len(batch)
    rows = [row for batch in batches for row in batch]
    wanted = data.draw(st.lists(st.sampled_from(rows), max_size=6)) if rows else []

    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.open(Path(shutil.copytree(empty, Path(folder) / "lake")))
        with lake.committer() as committer:
            for batch in batches:
                committer.commit(Batch(snapshots=tuple(batch)), "a batch")
        lake = lake.refreshed()
        found = lake.junctions([row.key for row in wanted])
        problems = lake.verify()

    keys = [snapshot_key("", row.snapshot.frame, j) for row, j in zip(wanted, found, strict=True)]
    assert keys == [row.key for row in wanted]  # the key covers every number of a structure
    assert problems == []
