"""Rows between lakes and files."""

import json

import ase.io
import numpy as np
import pyarrow.parquet as pq
import pytest
import zarr

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake


def test_parquet_has_the_rows_with_units_and_spectra_without_padding(filled, tmp_path, monkeypatch):
    monkeypatch.setattr("sekkei.lake.query.selection.ROWS_AT_ONCE", 1)

    n_row = filled.export_parquet(
        tmp_path / "labels.parquet", "label", ['elements HAS ANY "K","Na"']
    )

    read = pq.ParquetFile(tmp_path / "labels.parquet")
    table = read.read()
    expected = filled.query("label")
    assert n_row == table.num_rows == 2
    assert read.num_row_groups == 2
    assert table["key"].to_pylist() == expected["key"].tolist()
    assert table["electrode"].to_pylist() == expected["electrode"].tolist()
    assert table.schema.field("conductance_g0").metadata[b"unit"] == b"G0"
    transmission = filled.array("label/transmission").compute()
    np.testing.assert_array_equal(table["transmission"].to_pylist(), transmission)
    assert table["eigenchannels"].to_pylist() == [[], []]


def test_nothing_to_write_leaves_no_file(filled, tmp_path):
    assert filled.export_parquet(tmp_path / "none.parquet", "label", ["nsites = 0"]) == 0
    assert not (tmp_path / "none.parquet").exists()


def test_a_plain_zarr_store_has_the_arrays_bit_for_bit(filled, tmp_path):
    filled.export_zarr(tmp_path / "plain.zarr")

    root = zarr.open_group(str(tmp_path / "plain.zarr"), mode="r")
    for path in ("atom/position", "label/transmission", "label/key", "experiment/spec"):
        np.testing.assert_array_equal(root[path][:], filled.root[path][:])
    with pytest.raises(InvalidInputError, match="absent or empty folder"):
        filled.export_zarr(tmp_path / "plain.zarr")


def test_a_lake_is_brought_into_another_one_once(filled, batches, tmp_path):
    target = Lake.create(tmp_path / "target")
    with target.committer() as committer:
        committer.commit(batches(seed=5), "its own")
    other = filled.path

    first = target.import_rows(other)
    second = target.refreshed().import_rows(other)
    merged = target.refreshed()

    assert first == {"experiment": 1, "snapshot": 3, "label": 2, "refusal": 1, "prediction": 3,
                     "proposal": 1, "matrix": 1, "conflict": 0, "withdrawal": 0}  # fmt: skip
    assert not any(second.values())
    assert len(merged.history()) == len(target.history()) + 2  # one commit each
    assert merged.verify() == []
    keys = sorted(filled.keys("snapshot"))
    for mine, theirs in zip(merged.junctions(keys), filled.junctions(keys), strict=True):
        np.testing.assert_array_equal(mine.positions, theirs.positions)
    labels = sorted(filled.keys("label"))
    np.testing.assert_array_equal(merged.transmissions(labels)[1], filled.transmissions(labels)[1])


def test_labelled_structures_come_from_a_file(filled, tmp_path):
    filled.export_extxyz(tmp_path / "out.extxyz", sorted(filled.keys("label")))
    target = Lake.create(tmp_path / "target")

    brought = target.import_rows(tmp_path / "out.extxyz")
    found = target.refreshed()

    assert brought == {"snapshot": 2, "label": 2}
    assert not any(target.refreshed().import_rows(tmp_path / "out.extxyz").values())
    assert found.verify() == []
    assert sorted(found.query("label")["conductance_g0"]) == pytest.approx(
        sorted(filled.query("label")["conductance_g0"])
    )
    assert set(found.query("label")["recipe"]) == {"chain-1"}
    energies, transmission = found.transmissions(sorted(found.keys("label")))
    assert energies.tolist() == [0.0]
    assert transmission.shape == (2, 1)


def test_a_label_without_a_recipe_is_refused(filled, tmp_path):
    filled.export_extxyz(tmp_path / "out.extxyz", sorted(filled.keys("label")))
    atoms = ase.io.read(tmp_path / "out.extxyz", index=1)
    del atoms.info["recipe"]
    ase.io.write(tmp_path / "bad.extxyz", atoms, format="extxyz")

    with pytest.raises(InvalidInputError, match="frame 0 lacks recipe"):
        filled.import_rows(tmp_path / "bad.extxyz")
    with pytest.raises(InvalidInputError, match=r"nothing\.extxyz is neither"):
        filled.import_rows(tmp_path / "nothing.extxyz")


def test_a_row_is_shown_with_everything_that_it_came_from(filled, batch, batches):
    with filled.committer() as committer:
        later = committer.commit(batches(seed=9), "second")
    lake = filled.refreshed()
    row = batch.labels[0]

    (shown,) = lake.describe(row.key)
    label, snapshot, experiment = lake.trace(row.key)
    (newer, *_) = lake.trace(batches(seed=9).labels[0].key)

    assert (shown["table"], shown["row"]) == ("label", 0)
    assert shown["conductance_g0"] == row.label.conductance
    assert [record["table"] for record in (label, snapshot, experiment)] == [
        "label", "snapshot", "experiment"]  # fmt: skip
    assert label["recipe"] == "chain-1"
    assert label["node"] == "node-1"
    assert experiment["seed"] == 7
    assert json.loads(experiment["spec"])["potential"] == "gupta"
    assert {label["commit"], snapshot["commit"], experiment["commit"]} == {"fill"}
    assert (newer["state"], newer["commit"]) == (later, "second")
    refusal = batch.refusals[0]
    assert [r["table"] for r in lake.trace(refusal.key)] == ["refusal", "snapshot", "experiment"]


def test_a_key_of_no_row_is_refused(filled):
    with pytest.raises(InvalidInputError, match="must be that of a row of the lake"):
        filled.describe("ab" * 16)
    with pytest.raises(InvalidInputError, match="32 hexadecimal digits"):
        filled.trace("label")
