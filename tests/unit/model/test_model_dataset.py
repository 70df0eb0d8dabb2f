"""Splits are by experiment."""

from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import (
    Batch,
    ExperimentRow,
    LabelRow,
    Lake,
    SnapshotRow,
    label_key,
)
from sekkei.model.dataset import Dataset, group_folds, hold_out_groups
from sekkei.provenance import Provenance
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import (
    ContactSpec,
    ExperimentSpec,
    Snapshot,
    experiment_key,
    snapshot_key,
)
from sekkei.transport.labeler import Label

GROUPS = ["a"] * 5 + ["b"] * 3 + ["c"] * 4 + ["d"] * 4


@pytest.mark.parametrize("seed", range(5))
def test_an_experiment_is_held_out_whole_or_not_at_all(seed: int) -> None:
    held = hold_out_groups(GROUPS, 0.25, np.random.default_rng(seed))

    names = np.array(GROUPS)
    assert set(names[held]).isdisjoint(names[~held])
    assert 0.25 * len(GROUPS) <= held.sum() <= 0.6 * len(GROUPS)


def test_folds_leave_every_row_out_once_and_no_experiment_twice() -> None:
    folds = list(group_folds(GROUPS, 5))

    names = np.array(GROUPS)
    assert len(folds) == 4  # no more than there are experiments
    assert sorted(np.concatenate([out for _, out in folds])) == list(range(len(GROUPS)))
    assert all(set(names[train]).isdisjoint(names[out]) for train, out in folds)


def test_folds_have_equally_many_experiments_of_each_kind() -> None:
    groups = [f"experiment {i // 4}" for i in range(72)]
    kinds = ["sodium"] * 12 + ["potassium"] * 59 + ["lithium"]

    folds = list(group_folds(groups, 3, kinds))

    for train, out in folds:
        assert [kinds[i] for i in out].count("sodium") == 4
        assert {groups[i] for i in train}.isdisjoint(groups[i] for i in out)


def test_two_experiments_are_too_few_to_split() -> None:
    with pytest.raises(InvalidInputError, match="at least 3 experiments, but found 2"):
        hold_out_groups(["a", "b"], 0.5, np.random.default_rng(0))


def test_labels_come_from_the_lake_with_their_experiment(lake_of_two: Lake) -> None:
    dataset = Dataset.from_lake(lake_of_two, quantity="window_conductance_g0")

    assert (len(dataset), dataset.n_experiment) == (2, 1)
    assert set(dataset.electrodes) == {"bcc100-5+4"}
    assert set(dataset.snapshot_keys) == lake_of_two.keys("snapshot")
    # Both were written as 10 Å² for each G0, whatever order they come back in.
    np.testing.assert_allclose(dataset.narrowest, 10.0 * dataset.conductance_g0)
    expected = build_contact(ContactSpec(neck_length=1)).n_atom
    assert [junction.n_atom for junction in dataset.junctions] == [expected] * 2


def test_labels_come_with_their_errors_and_parts_keep_them(lake_of_two: Lake) -> None:
    dataset = Dataset.from_lake(lake_of_two)

    first = dataset.rows(np.array([0]))

    # A twentieth of what the window conducts, which is half a G0 less.
    np.testing.assert_allclose(dataset.error_g0, 0.05 * (dataset.conductance_g0 - 0.5))
    np.testing.assert_array_equal(first.error_g0, dataset.error_g0[:1])


def test_the_quantity_can_be_chosen(lake_of_two: Lake) -> None:
    window = Dataset.from_lake(lake_of_two, quantity="window_conductance_g0")
    point = Dataset.from_lake(lake_of_two, recipe="made up")

    assert (window.quantity, point.quantity) == ("window_conductance_g0", "conductance_g0")
    np.testing.assert_allclose(point.conductance_g0, window.conductance_g0 + 0.5)


def test_a_method_without_labels_is_refused_with_those_that_have_some(lake_of_two: Lake) -> None:
    with pytest.raises(InvalidInputError, match="'dft' asked for and '"):
        Dataset.from_lake(lake_of_two, recipe="dft")


def test_a_lake_without_labels_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="the lake holds none; label some first"):
        Dataset.from_lake(Lake.create(tmp_path / "bare"))


@pytest.fixture
def lake_of_two(tmp_path: Path) -> Lake:
    spec = ExperimentSpec()
    key = experiment_key(spec, "test")
    provenance = Provenance("node", 0.0, 1.0, 1.0, "0")
    snapshots = [
        Snapshot(build_contact(ContactSpec(neck_length=1)), i, 0, "pull", 0.1 * i, 10.0 * (i + 1))
        for i in range(2)
    ]
    keys = [snapshot_key(key, s.frame, s.junction) for s in snapshots]
    batch = Batch(
        experiments=(ExperimentRow(key, spec.model_dump_json(), "test", provenance),),
        snapshots=tuple(SnapshotRow(k, key, s) for k, s in zip(keys, snapshots, strict=True)),
        labels=tuple(
            LabelRow(label_key(k, "made up"), k, _label(float(i + 1)), provenance)
            for i, k in enumerate(keys)
        ),
    )
    lake = Lake.create(tmp_path / "lake")
    with lake.committer() as committer:
        committer.commit(batch, "two labels")
    return lake.refreshed()


def _label(conductance: float) -> Label:
    return Label(
        energies=np.zeros(1),
        transmission=np.array([conductance + 0.5]),
        conductance=conductance + 0.5,
        window_conductance=conductance,
        window=0.05,
        n_channel=6,
        fermi_level=-2.0,
        recipe="made up",
        engine="none",
        cpu_seconds=0.0,
        iterations=0,
        error=0.05 * conductance,
    )
