"""What goes into a lake comes out of it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import Batch, LabelRow, SnapshotRow, label_key
from sekkei.structure.experiment import snapshot_key
from sekkei.structure.files import read_junctions


def test_an_experiment_comes_back_with_the_columns_derived_from_its_specification(filled, batch):
    row = filled.table("experiment").iloc[0]

    sent = batch.experiments[0]
    assert (row["key"], row["spec"], row["engine"]) == (sent.key, sent.spec, sent.engine)
    assert row["electrode"] == "bcc100-5+4"
    assert row["electrode_element"] == "K"
    assert (row["potential"], row["seed"], row["contact_seed"]) == ("gupta", 7, 0)
    assert (row["fraction_K"], row["fraction_Na"], row["fraction_Cs"]) == (0.75, 0.25, 0.0)
    assert row["temperature_k"] == 4.2


def test_provenance_comes_back(filled):
    row = filled.table("label").iloc[0]

    assert (row["node"], row["code_version"]) == ("node-1", "0.1.0")
    assert (row["started_unix_s"], row["finished_unix_s"]) == (100.0, 160.0)
    assert (row["task_cpu_seconds"], row["cpu_seconds"]) == (55.0, 0.25)


def test_snapshots_come_back(filled, batch):
    table = filled.table("snapshot")

    assert table["key"].tolist() == [row.key for row in batch.snapshots]
    assert set(table["experiment"]) == {batch.experiments[0].key}
    assert table["frame"].tolist() == [0, 1, 2]
    assert table["displacement_angstrom"].tolist() == [0.0, 0.5, 1.0]
    assert table["narrowest_angstrom2"].tolist() == [20.0, 21.0, 22.0]
    assert set(table["stage"]) == {"pull"}


def test_structures_come_back_bit_for_bit_in_the_order_asked_for(filled, batch):
    rows = [batch.snapshots[i] for i in (2, 0, 2)]

    found = filled.junctions([row.key for row in rows])

    for junction, row in zip(found, rows, strict=True):
        sent = row.snapshot.junction
        np.testing.assert_array_equal(junction.numbers, sent.numbers)
        np.testing.assert_array_equal(junction.positions, sent.positions)
        np.testing.assert_array_equal(junction.regions, sent.regions)
        assert junction.numbers.dtype == sent.numbers.dtype  # a part of the content hash
        assert junction.electrode_period == sent.electrode_period
        assert not junction.positions.flags.writeable


def test_labels_come_back(filled, batch):
    table = filled.table("label")

    for row, sent in zip(table.to_dict("records"), batch.labels, strict=True):
        assert (row["key"], row["snapshot"]) == (sent.key, sent.snapshot)
        assert row["conductance_g0"] == sent.label.conductance
        assert row["window_conductance_g0"] == sent.label.window_conductance
        assert (row["window_ev"], row["n_channel"], row["iterations"]) == (0.1, 6, 3)
        assert (row["fermi_level_ev"], row["recipe"]) == (-1.5, "chain-1")


def test_transmissions_come_back_in_the_order_asked_for(filled, batch):
    sent = batch.labels[::-1]

    energies, transmission = filled.transmissions([row.key for row in sent])

    np.testing.assert_array_equal(energies, sent[0].label.energies)
    np.testing.assert_array_equal(transmission, [row.label.transmission for row in sent])


def test_refusals_come_back(filled, batch):
    row = filled.table("refusal").iloc[0]

    assert (row["key"], row["subject"]) == (batch.refusals[0].key, batch.snapshots[2].key)
    assert (row["stage"], row["kind"]) == ("label", "ConvergenceError")
    assert row["message"] == "no convergence after 3 steps"
    assert (row["recipe"], row["cpu_seconds"]) == ("chain-1", 1.5)


def test_predictions_come_back(filled, batch):
    table = filled.table("prediction")

    assert table["snapshot"].tolist() == [row.key for row in batch.snapshots]
    assert set(table["model"]) == {"direct"}
    assert (table["conductance_g0"].iloc[0], table["sigma_g0"].iloc[0]) == (1.25, 0.05)


def test_proposals_come_back(filled, batch):
    row = filled.table("proposal").iloc[0]

    sent = batch.proposals[0]
    assert (row["key"], row["snapshot"], row["label"]) == (sent.key, sent.snapshot, sent.label)
    assert (row["design"], row["round"], row["status"]) == ("first design", 2, "hit")
    assert (row["target_g0"], row["predicted_g0"], row["verified_g0"]) == (1.0, 1.02, 0.98)
    assert (row["interval_low_g0"], row["interval_high_g0"]) == (0.9, 1.1)
    assert np.isnan(row["surrogate_g0"])
    assert row["fraction_K"] == 1.0
    assert json.loads(row["parameters"]) == {"neck_length": 4}


def test_a_structure_of_a_user_has_no_experiment(lake, batch):
    snapshot = batch.snapshots[0].snapshot
    row = SnapshotRow(snapshot_key("", snapshot.frame, snapshot.junction), "", snapshot)

    with lake.committer() as committer:
        committer.commit(Batch(snapshots=(row,)), "a user's structure")

    assert lake.refreshed().table("snapshot")["experiment"].tolist() == [""]
    assert lake.refreshed().verify() == []


def test_text_beyond_ascii_comes_back(lake, batch):
    refusal = replace(batch.refusals[0].refusal, message="überlappende Atome: 設計, 5.3 Å")

    with lake.committer() as committer:
        committer.commit(Batch(refusals=(replace(batch.refusals[0], refusal=refusal),)), "text")

    assert lake.refreshed().table("refusal")["message"].tolist() == [refusal.message]


def test_grids_of_different_length_live_in_one_lake(lake, batch, labels):
    rng = np.random.default_rng(1)
    subject = batch.snapshots[0].key
    rows = [
        LabelRow(
            label_key(subject, f"n{n}"),
            subject,
            labels(rng, n, f"n{n}"),
            batch.labels[0].provenance,
        )
        for n in (5, 71, 9)
    ]

    with lake.committer() as committer:
        committer.commit(replace(batch, labels=(), matrices=(), proposals=()), "structures")
        for row in rows:
            committer.commit(Batch(labels=(row,)), "one more grid")

    lake = lake.refreshed()
    for row in rows:
        energies, transmission = lake.transmissions([row.key])
        np.testing.assert_array_equal(energies, row.label.energies)
        np.testing.assert_array_equal(transmission[0], row.label.transmission)
    with pytest.raises(InvalidInputError, match="must share one grid of energies"):
        lake.transmissions([row.key for row in rows])


def test_an_export_is_read_back_with_its_conductance(filled, batch, tmp_path):
    path = tmp_path / "out.extxyz"

    filled.export_extxyz(path, [batch.labels[1].key, batch.snapshots[2].key])

    first, second = read_junctions(path)
    sent = batch.snapshots[1].snapshot.junction
    # extxyz has eight decimals.
    np.testing.assert_allclose(first.positions, sent.positions, atol=1e-8)
    np.testing.assert_array_equal(first.numbers, sent.numbers)
    assert second.n_atom == batch.snapshots[2].snapshot.junction.n_atom
    header = path.read_text("utf-8").splitlines()
    assert f"conductance_g0={batch.labels[1].label.conductance!r}" in header[1]
    assert "conductance_g0" not in header[3 + first.n_atom]


def test_a_snapshot_is_exported_with_its_newest_label(filled, batch, tmp_path):
    path = tmp_path / "out.extxyz"

    filled.export_extxyz(path, [batch.snapshots[0].key])

    assert f"label={batch.labels[0].key}" in path.read_text("utf-8")


def test_a_key_that_the_lake_does_not_hold_is_named(filled):
    with pytest.raises(InvalidInputError, match="1 of 1 are not, the first '0f0f"):
        filled.junctions(["0f" * 16])


@pytest.mark.parametrize("key", ["", "abc", "AB" * 16, "zz" * 16])
def test_a_key_that_is_no_content_hash_is_refused(lake, batch, key):
    row = replace(batch.predictions[0], key=key)

    with (
        lake.committer() as committer,
        pytest.raises(InvalidInputError, match="a key must be 32 hexadecimal digits"),
    ):
        committer.commit(Batch(predictions=(row,)), "bad key")


def test_an_element_without_a_place_in_the_composition_is_refused(lake, batch):
    row = replace(batch.proposals[0], composition={"Au": 1.0})

    with (
        lake.committer() as committer,
        pytest.raises(InvalidInputError, match=r"a composition must be of Li, .* but found Au"),
    ):
        committer.commit(Batch(proposals=(row,)), "gold")


@pytest.mark.parametrize(
    ("spec", "message"),
    [("{", "must be JSON"), ('{"cycle": 2}', "did you mean 'cycles'")],
    ids=["not JSON", "unknown key"],
)
def test_a_specification_that_does_not_fit_is_refused(lake, batch, spec, message):
    row = replace(batch.experiments[0], spec=spec)

    with lake.committer() as committer, pytest.raises(InvalidInputError, match=message):
        committer.commit(Batch(experiments=(row,)), "bad specification")


def test_a_seed_beyond_64_bits_is_refused(lake, batch):
    row = replace(batch.experiments[0], spec='{"seed": 18446744073709551616}')

    with (
        lake.committer() as committer,
        pytest.raises(InvalidInputError, match="seed: input should be less"),
    ):
        committer.commit(Batch(experiments=(row,)), "big seed")
