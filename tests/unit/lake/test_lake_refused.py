"""A disk that is full: one line, nothing half-written, and it goes on later."""

import subprocess
import sys

# No file may grow beyond the limit: the kernel answers as it does on a full disk.
_WRITER = """
import resource, sys
from pathlib import Path
import numpy as np
from sekkei.lake import Batch, Lake, LakeWriteError, SnapshotRow
from sekkei.structure.experiment import Snapshot, snapshot_key
from sekkei.structure.junction import Junction

rng = np.random.default_rng(0)
def row(frame):
    atoms = 200
    regions = [-1] + [0] * (atoms - 2) + [1]
    junction = Junction.from_sequences([19] * atoms, rng.normal(size=(atoms, 3)), regions, 5.33)
    snapshot = Snapshot(junction, frame, 0, "pull", 0.0, 1.0)
    return SnapshotRow(snapshot_key("", frame, junction), "", snapshot)

batch = Batch(snapshots=tuple(row(frame) for frame in range(20)))
with Lake.open(Path(sys.argv[1])).committer() as committer:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    try:
        committer.commit(batch, "refused")
    except LakeWriteError as error:
        print(error.message)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert Lake.open(Path(sys.argv[1])).keys("snapshot") == frozenset()
    committer.commit(batch, "later")
"""


def test_a_full_disk_refuses_in_one_line_and_the_same_committer_goes_on(lake):
    done = subprocess.run(
        [sys.executable, "-c", _WRITER, str(lake.path)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert "must take what is written, but its store refused: " in line
    assert "the file size limit is reached (ulimit -f)" in line
    found = lake.refreshed()
    assert len(found.keys("snapshot")) == 20
    assert found.verify() == []
    assert [message for _, _, message in found.history(1)] == ["later"]
