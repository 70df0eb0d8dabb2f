"""A committer that is killed leaves the lake as it was after its last commit."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import LakeConflictError
from sekkei.lake import Lake

N_ROW = 20

_WRITER = Path(__file__).with_name("endless_writer.py")


@pytest.fixture
def victims(tmp_path):
    """Two writers, each at its own lake, after their first commit."""
    lakes = [Lake.create(tmp_path / f"lake-{i}") for i in range(2)]
    writers = [
        subprocess.Popen(
            [sys.executable, _WRITER, str(lake.path), str(seed)],
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
