"""Records for the benchmarks of the lake: a junction of 60 atoms with T(E) at 200 energies."""

import numpy as np

from sekkei.lake import UNRECORDED, Batch, LabelRow, SnapshotRow, label_key
from sekkei.structure.experiment import Snapshot, snapshot_key
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label

N_ATOM, N_ENERGY = 60, 200
_RECIPE = "bench"


def make_batch(seed: int, n_record: int) -> Batch:
    """Make structures and their labels; positions and transmissions are random."""
    rng = np.random.default_rng(seed)
    snapshots = tuple(_snapshot(rng, frame) for frame in range(n_record))
    labels = tuple(
        LabelRow(label_key(row.key, _RECIPE), row.key, _label(rng), UNRECORDED) for row in snapshots
    )
    return Batch(snapshots=snapshots, labels=labels)


def _snapshot(rng: np.random.Generator, frame: int) -> SnapshotRow:
    regions = np.zeros(N_ATOM, dtype=np.int64)
    regions[:6], regions[-6:] = -1, 1
    junction = Junction.from_sequences(
        np.full(N_ATOM, 19), rng.normal(size=(N_ATOM, 3)), regions, 5.33
    )
    snapshot = Snapshot(junction, frame, 0, "pull", 0.1 * frame, 20.0)
    return SnapshotRow(snapshot_key("", frame, junction), "", snapshot)


def _label(rng: np.random.Generator) -> Label:
    transmission = rng.uniform(0.0, 6.0, N_ENERGY)
    return Label(
        energies=np.linspace(-0.5, 0.5, N_ENERGY),
        transmission=transmission,
        conductance=float(transmission[N_ENERGY // 2]),
        window_conductance=float(transmission.mean()),
        window=0.1,
        n_channel=6,
        fermi_level=-1.5,
        recipe=_RECIPE,
        engine="bench",
        cpu_seconds=0.0,
        iterations=1,
    )
