"""A committer that is killed leaves the lake as it was after its last commit."""

import subprocess
import sys
import time

import numpy as np
import pytest

from sekkei.errors import LakeConflictError
from sekkei.lake import Lake

N_ROW = 20

# Commits batches of 20 structures and one label with matrices for ever; one line per commit.
_WRITER = """
import sys
from itertools import count
from pathlib import Path
import numpy as np
from sekkei.lake import (
    UNRECORDED, Batch, LabelRow, Lake, MatrixRow, SnapshotRow, label_key, matrix_key
)
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.labeler import Label
from sekkei.structure.experiment import Snapshot, snapshot_key
from sekkei.structure.junction import Junction

def row(rng, frame):
    n = int(rng.integers(2, 30))
    junction = Junction.from_sequences(
        [19] * n, rng.normal(size=(n, 3)), [-1] + [0] * (n - 2) + [1], 5.33
    )
    return SnapshotRow(
        snapshot_key("", frame, junction), "", Snapshot(junction, frame, 0, "pull", 0.0, 1.0)
    )

def kept(rng, subject):
    key, half = label_key(subject, "r"), rng.normal(size=(1, 90, 90))
    label = Label(np.zeros(1), np.zeros(1), 0.0, 0.0, 0.0, 1, 0.0, "r", "e", 0.0, 0)
    matrices = DeviceMatrices(
        np.full(10, 19), rng.normal(size=(10, 3)), 9.0, 1, np.repeat(np.arange(10), 9),
        np.zeros((1, 2)), np.ones(1), half + half.transpose(0, 2, 1), np.eye(90)[None], 0.0, "r",
        0.0,
    )
    return {
        "labels": (LabelRow(key, subject, label, UNRECORDED),),
        "matrices": (MatrixRow(matrix_key(key), key, subject, matrices, UNRECORDED),),
    }

rng = np.random.default_rng(int(sys.argv[2]))
with Lake.open(Path(sys.argv[1])).committer() as committer:
    for i in count():
        rows = tuple(row(rng, 20 * i + k) for k in range(20))
        batch = Batch(snapshots=rows, **kept(rng, rows[0].key))
        print(committer.commit(batch, f"batch {i}"), flush=True)
"""


@pytest.fixture
def victims(tmp_path):
    """Two writers, each at its own lake, after their first commit."""
    lakes = [Lake.create(tmp_path / f"lake-{i}") for i in range(2)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(lake.path), str(seed)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, lake in enumerate(lakes)
    ]
    for writer in writers:
        writer.stdout.readline()
    yield list(zip(lakes, writers, strict=True))
    for writer in writers:
        writer.kill()
        writer.wait()
        writer.stdout.close()


def test_a_killed_committer_loses_at_most_the_batch_in_hand(victims, batch):
    rng = np.random.default_rng()  # any moment will do; the others are tried on other days
    for lake, writer in victims:
        with pytest.raises(LakeConflictError, match=f"held by process {writer.pid} on "):
            lake.committer().__enter__()
        time.sleep(rng.uniform(0.0, 0.3))
        writer.kill()
        said = writer.stdout.read()

        found = lake.refreshed()
        states = [state for state, _, message in found.history(10_000) if "batch" in message]
        assert set(said.split()) <= set(states)
        assert len(found.keys("snapshot")) == N_ROW * len(states)
        assert len(found.keys("matrix")) == len(states)
        assert found.verify() == []

        with lake.committer() as committer:
            committer.commit(batch, "go on")
        assert len(lake.refreshed().keys("snapshot")) == N_ROW * len(states) + 3
        assert lake.refreshed().verify() == []
