"""Matrices of chosen labels: what comes back, what is lost, what it takes."""

import shutil
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import Batch, Lake, MatrixRow, matrix_key, migrate_lake, withdraw_rows, write_part
from sekkei.lake.matrix_form import RESOLUTION, pack_matrices, unpack_matrices
from sekkei.transport.device_matrices import DeviceMatrices

ARRAYS = ("numbers", "positions", "orbital_atoms", "k_points", "weights")
SHIPPED = Path(__file__).parents[3] / "data" / "contacts"


def assert_same(found: DeviceMatrices, sent: DeviceMatrices, loss: float) -> None:
    """Compare all fields: H and S to a loss, the others exactly."""
    for field in fields(DeviceMatrices):
        one, other = getattr(found, field.name), getattr(sent, field.name)
        if field.name in ("hamiltonian", "overlap"):
            assert (one.dtype, one.shape) == (other.dtype, other.shape)
            np.testing.assert_allclose(one, other, rtol=0, atol=loss)
            assert not one.flags.writeable
        else:
            np.testing.assert_array_equal(one, other)


def test_a_copy_may_leave_out_matrices_and_keeps_their_labels(lake, batch, tmp_path) -> None:
    with lake.committer() as committer:
        committer.commit(batch, "one")
    lake = lake.refreshed()

    assert len(lake.table("matrix")) == 1
    withdraw_rows(lake, lake.table("matrix")["key"].tolist()[:1], reason="too coarse")
    lake = lake.refreshed()

    small = lake.copy(tmp_path / "small", with_matrices=False)

    assert len(small.table("matrix")) == 0
    assert small.table("label")["key"].tolist() == lake.table("label")["key"].tolist()
    assert small.verify() == []


@pytest.mark.parametrize("n_k", [1, 2], ids=["wire", "surface"])
def test_what_goes_in_comes_out_but_for_the_rounding(lake, batch, matrices, n_k) -> None:
    sent, label = matrices(np.random.default_rng(3), n_k), batch.labels[1]
    row = MatrixRow(matrix_key(label.key), label.key, label.snapshot, sent, label.provenance)
    with lake.committer() as committer:
        committer.commit(replace(batch, matrices=(*batch.matrices, row)), "two")

    lake = lake.refreshed()
    found, first = lake.matrices([label.key, batch.labels[0].key])

    # Half a step of S, half a step of H - E_F S; both are shifted by E_F = -1.5 eV on the way out.
    assert_same(found.matrices, sent, loss=1.3 * RESOLUTION)
    assert_same(first.matrices, batch.matrices[0].matrices, loss=1.3 * RESOLUTION)
    assert (found.key, found.label, found.snapshot) == (row.key, row.label, row.snapshot)
    assert found.provenance == row.provenance
    assert np.iscomplexobj(found.matrices.overlap) == (n_k > 1)
    assert lake.verify() == []


def test_what_was_rounded_once_is_not_changed_again(matrices) -> None:
    once = unpack_matrices(pack_matrices(matrices(np.random.default_rng(4), 2)))

    again = unpack_matrices(pack_matrices(once))

    np.testing.assert_array_equal(again.overlap, once.overlap)
    np.testing.assert_allclose(again.hamiltonian, once.hamiltonian, rtol=0, atol=1e-15)


def test_blocks_of_atoms_that_do_not_see_each_other_are_left_out(matrices) -> None:
    packed = pack_matrices(matrices(np.random.default_rng(5)))

    pairs = list(zip(packed.first.tolist(), packed.second.tolist(), strict=True))
    assert pairs == [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)]
    assert packed.hamiltonian.dtype == np.float32
    assert packed.hamiltonian.size == 1 + 3 + 9 + 3 + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"orbital_atoms": np.array([0, 1, 2, 1, 1])}, "orbitals must stand atom by atom"),
        ({"overlap": np.triu(np.ones((1, 5, 5)))}, r"overlap must be Hermitian .* by 1.00e\+00"),
        ({"hamiltonian": np.full((1, 5, 5), np.nan)}, "hamiltonian must be Hermitian .* by nan"),
        ({"hamiltonian": np.eye(5)[None] + 0j}, "must be real at the zone centre .* complex128"),
    ],
    ids=["order", "triangle", "nan", "complex"],
)
def test_matrices_that_would_not_come_back_are_refused(lake, batch, change, message) -> None:
    row = batch.matrices[0]
    wrong = replace(row, matrices=replace(row.matrices, **change))

    with lake.committer() as committer, pytest.raises(InvalidInputError, match=message):
        committer.commit(replace(batch, matrices=(wrong,)), "wrong")

    assert lake.refreshed().info()["rows"]["label"] == 0


def test_a_label_without_matrices_is_told_before_any_is_read(filled, batch) -> None:
    keys = [row.key for row in batch.labels]

    with pytest.raises(InvalidInputError, match=r"that of a label with matrices in .* 1 of 2 are"):
        filled.matrices(keys)


def test_matrices_are_found_by_what_their_label_and_experiment_say(filled, batch) -> None:
    found = filled.query("matrix", ['conductance_g0 >= 0 AND electrode_element = "K"'])

    assert found["label"].tolist() == [batch.labels[0].key]
    assert found["n_value"].tolist() == [17]
    assert found["snapshot_n_atom"].tolist() == [batch.snapshots[0].snapshot.junction.n_atom]


def test_labels_that_are_appended_do_not_touch_matrices(filled, batches) -> None:
    more, before = batches(seed=9), filled.state_id
    with filled.committer() as committer:
        committer.commit(
            replace(more, refusals=(), predictions=(), proposals=(), matrices=()), "labels only"
        )

    changed = filled._repository.diff(
        from_snapshot_id=before, to_snapshot_id=filled.refreshed().state_id
    )

    touched = {path.split("/")[1] for path in changed.updated_chunks}
    assert touched == {"experiment", "snapshot", "atom", "label"}


def test_the_info_says_what_matrices_take(filled, lake) -> None:
    assert lake.info()["matrix_bytes"] == 0
    assert 0 < filled.info()["matrix_bytes"] < filled.info()["bytes"]


def test_a_copy_and_an_import_have_the_matrices_bit_for_bit(filled, batch, tmp_path) -> None:
    key = batch.labels[0].key
    (sent,) = filled.matrices([key])

    copy = filled.copy(tmp_path / "copy", [f'key = "{key}"'])
    other = Lake.create(tmp_path / "other")
    other.import_rows(filled.path)
    without = filled.copy(tmp_path / "without", [f'key = "{batch.labels[1].key}"'])

    for lake in (copy, other.refreshed()):
        (found,) = lake.matrices([key])
        assert_same(found.matrices, sent.matrices, loss=0.0)
        assert lake.verify() == []
    assert without.info()["rows"]["matrix"] == 0
    assert without.verify() == []


def test_writers_that_cooperate_write_matrices_too(lake, batches) -> None:
    made = [batches(seed) for seed in (1, 2)]

    with lake.committer() as committer:
        split = committer.split(made)
        committer.join(split, [write_part(part) for part in split.parts], "two writers")

    lake = lake.refreshed()
    assert lake.verify() == []
    for one in made:
        (found,) = lake.matrices([one.labels[0].key])
        assert_same(found.matrices, one.matrices[0].matrices, loss=1.3 * RESOLUTION)


def test_the_shipped_lake_is_read_as_it_is_and_its_copy_takes_matrices(tmp_path, batch) -> None:
    shipped = Lake.open(SHIPPED)
    assert shipped.info()["schema_version"] == 2
    assert shipped.keys("matrix") == frozenset()
    assert shipped.table("matrix").empty
    # Nobody stored an error there: it is read off the spectra that are stored.
    assert not shipped.query("label", ["error_g0 IS KNOWN"], ["key"]).empty

    path = Path(shutil.copytree(SHIPPED, tmp_path / "contacts"))
    migrate_lake(path)
    label = shipped.query("label", ["conductance_g0 < 0.01"], ["key", "snapshot", "recipe"]).iloc[0]
    sent = replace(
        batch.matrices[0],
        key=matrix_key(label["key"]),
        label=label["key"],
        snapshot=label["snapshot"],
        matrices=replace(batch.matrices[0].matrices, recipe=label["recipe"]),
    )
    with Lake.open(path).committer() as committer:
        committer.commit(Batch(matrices=(sent,)), "matrices of one")

    lake = Lake.open(path)
    (found,) = lake.matrices([label["key"]])
    assert_same(found.matrices, sent.matrices, loss=1.3 * RESOLUTION)
    assert lake.keys("label") == shipped.keys("label")
