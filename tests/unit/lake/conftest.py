"""Lakes and rows for tests."""

import shutil
from collections.abc import Callable
from pathlib import Path

import icechunk
import numpy as np
import pytest
import zarr

from sekkei.lake import (
    Batch,
    ExperimentRow,
    LabelRow,
    Lake,
    MatrixRow,
    PredictionRow,
    ProposalRow,
    RefusalRow,
    SnapshotRow,
    label_key,
    matrix_key,
    prediction_key,
)
from sekkei.provenance import Provenance
from sekkei.structure.experiment import (
    ContactSpec,
    ExperimentSpec,
    Snapshot,
    experiment_key,
    snapshot_key,
)
from sekkei.structure.junction import Junction
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.labeler import Label, Refusal

_PROVENANCE = Provenance("node-1", 100.0, 160.0, 55.0, "0.1.0")


def make_junction(rng: np.random.Generator, n_atom: int) -> Junction:
    regions = np.zeros(n_atom, dtype=int)
    regions[0], regions[-1] = -1, 1
    return Junction.from_sequences(
        rng.choice([11, 19], n_atom), rng.normal(size=(n_atom, 3)), regions, 5.33
    )


def make_label(rng: np.random.Generator, n_energy: int = 5, recipe: str = "chain-1") -> Label:
    transmission = rng.uniform(0.0, 6.0, n_energy)
    conductance = float(transmission[n_energy // 2])
    return Label(
        energies=np.linspace(-0.4, 0.4, n_energy),
        transmission=transmission,
        conductance=conductance,
        window_conductance=float(transmission.mean()),
        window=0.1,
        n_channel=6,
        fermi_level=-1.5,
        recipe=recipe,
        engine="chain 1",
        cpu_seconds=0.25,
        iterations=3,
    )


def make_matrices(
    rng: np.random.Generator, n_k: int = 1, recipe: str = "chain-1"
) -> DeviceMatrices:
    """Three atoms with one, three and one orbital; the outer ones do not see each other."""
    far = np.ix_(range(n_k), [0], [4])

    def hermitian() -> np.ndarray:
        found = rng.normal(size=(n_k, 5, 5))
        if n_k > 1:
            found = found + 1j * rng.normal(size=(n_k, 5, 5))
        found[far] = 0.0
        return np.triu(found, 1) + np.triu(found, 1).conj().transpose(0, 2, 1)

    k_points = np.zeros((n_k, 2))
    k_points[:, 0] = np.arange(n_k) / 4.0
    return DeviceMatrices(
        numbers=np.array([19, 11, 19]),
        positions=rng.normal(size=(3, 3)),
        length=15.5,
        lead_periods=1,
        orbital_atoms=np.array([0, 1, 1, 1, 2]),
        k_points=k_points,
        weights=np.full(n_k, 1.0 / n_k),
        hamiltonian=hermitian(),
        overlap=np.eye(5) + 0.05 * hermitian(),
        fermi_level=-1.5,
        recipe=recipe,
        alignment=0.01,
        lateral_period=(20.0, 21.0) if n_k > 1 else None,
    )


def make_batch(seed: int = 0, n_snapshot: int = 3) -> Batch:
    """One experiment with labels, a refusal, predictions and a proposal that all fit together."""
    rng = np.random.default_rng(seed)
    spec = ExperimentSpec(
        contact=ContactSpec(composition={"K": 0.75, "Na": 0.25}, seed=seed),
        potential="gupta",
        seed=7,
    )
    experiment = experiment_key(spec, "lammps test")
    snapshots = tuple(_snapshot(rng, experiment, frame) for frame in range(n_snapshot))
    keys = [row.key for row in snapshots]
    labels = tuple(
        LabelRow(label_key(key, "chain-1"), key, make_label(rng), _PROVENANCE) for key in keys[:-1]
    )
    refusal = Refusal("ConvergenceError", "no convergence after 3 steps", "chain-1", 1.5)
    return Batch(
        experiments=(
            ExperimentRow(experiment, spec.model_dump_json(), "lammps test", _PROVENANCE),
        ),
        snapshots=snapshots,
        labels=labels,
        refusals=(
            RefusalRow(label_key(keys[-1], "chain-1"), keys[-1], "label", refusal, _PROVENANCE),
        ),
        predictions=tuple(
            PredictionRow(prediction_key(key, "direct"), key, "direct", 1.25, 0.05) for key in keys
        ),
        proposals=(_proposal(seed, keys[0], labels[0].key),) if labels else (),
        matrices=tuple(
            MatrixRow(matrix_key(row.key), row.key, row.snapshot, make_matrices(rng), _PROVENANCE)
            for row in labels[:1]
        ),
    )


def _snapshot(rng: np.random.Generator, experiment: str, frame: int) -> SnapshotRow:
    junction = make_junction(rng, int(rng.integers(2, 9)))
    snapshot = Snapshot(junction, frame, 0, "pull", 0.5 * frame, 20.0 + frame)
    return SnapshotRow(snapshot_key(experiment, frame, junction), experiment, snapshot)


def _proposal(seed: int, snapshot: str, label: str) -> ProposalRow:
    return ProposalRow(
        key=f"{seed:032x}".replace("0", "a", 1),
        design="first design",
        round=2,
        target_g0=1.0,
        composition={"K": 1.0},
        parameters='{"neck_length": 4}',
        snapshot=snapshot,
        predicted_g0=1.02,
        interval_low_g0=0.9,
        interval_high_g0=1.1,
        surrogate_g0=float("nan"),
        verified_g0=0.98,
        label=label,
        recipe="chain-1",
        status="hit",
    )


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty and a filled lake; copying a folder is quicker than making a lake."""
    folder = tmp_path_factory.mktemp("lakes")
    Lake.create(folder / "empty")
    with Lake.create(folder / "filled").committer() as committer:
        committer.commit(make_batch(), "fill")
    return folder


@pytest.fixture
def lake(tmp_path: Path, templates: Path) -> Lake:
    """An empty lake."""
    return Lake.open(Path(shutil.copytree(templates / "empty", tmp_path / "lake")))


@pytest.fixture
def batch() -> Batch:
    """One row or more of every kind."""
    return make_batch()


@pytest.fixture
def filled(tmp_path: Path, templates: Path) -> Lake:
    """A lake that holds the batch."""
    return Lake.open(Path(shutil.copytree(templates / "filled", tmp_path / "filled")))


@pytest.fixture(scope="session")
def batches() -> Callable[..., Batch]:
    """Make a batch from a seed and a number of snapshots."""
    return make_batch


@pytest.fixture(scope="session")
def labels() -> Callable[..., Label]:
    """Make a label from a generator, a number of energies and a recipe."""
    return make_label


@pytest.fixture(scope="session")
def matrices() -> Callable[..., DeviceMatrices]:
    """Make matrices from a generator and a number of k-points across."""
    return make_matrices


@pytest.fixture
def junctions() -> Callable[[np.random.Generator, int], Junction]:
    """Make a structure from a generator and a number of atoms."""
    return make_junction


@pytest.fixture
def damage(filled: Lake) -> Callable[[Callable[[zarr.Group], None]], Lake]:
    """Change a filled lake behind its back."""

    def apply(change: Callable[[zarr.Group], None]) -> Lake:
        storage = icechunk.local_filesystem_storage(str(filled.path / "repo"))
        session = icechunk.Repository.open(storage).writable_session("main")
        change(zarr.open_group(session.store, mode="r+"))
        session.commit("damage")
        return filled.refreshed()

    return apply
