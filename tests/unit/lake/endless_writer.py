"""Commits batches of 20 structures and one label with matrices for ever; one line per commit."""

import sys
from itertools import count
from pathlib import Path

import numpy as np

from sekkei.lake import (
    UNRECORDED,
    Batch,
    LabelRow,
    Lake,
    MatrixRow,
    SnapshotRow,
    label_key,
    matrix_key,
)
from sekkei.structure.experiment import Snapshot, snapshot_key
from sekkei.structure.junction import Junction
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.labeler import Label


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
        np.full(10, 19),
        rng.normal(size=(10, 3)),
        9.0,
        1,
        np.repeat(np.arange(10), 9),
        np.zeros((1, 2)),
        np.ones(1),
        half + half.transpose(0, 2, 1),
        np.eye(90)[None],
        0.0,
        "r",
        0.0,
    )
    return {
        "labels": (LabelRow(key, subject, label, UNRECORDED),),
        "matrices": (MatrixRow(matrix_key(key), key, subject, matrices, UNRECORDED),),
    }


def main() -> None:
    """Write until somebody ends it."""
    rng = np.random.default_rng(int(sys.argv[2]))
    with Lake.open(Path(sys.argv[1])).committer() as committer:
        for i in count():
            rows = tuple(row(rng, 20 * i + k) for k in range(20))
            batch = Batch(snapshots=rows, **kept(rng, rows[0].key))
            sys.stdout.write(committer.commit(batch, f"batch {i}") + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
