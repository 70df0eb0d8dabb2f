"""What enters a lake is what `verify` calls sound, by whatever door it comes."""

import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import ase.io
import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import Batch, LabelRow, Lake, SnapshotRow, conflict_key, label_key
from sekkei.lake.admission import admit, find_batch_faults
from sekkei.lake.gate import RANGES, TOLERANCE_G0
from sekkei.lake.schema import RAGGED, SCHEMA, table_names
from sekkei.structure.experiment import snapshot_key
from sekkei.structure.extxyz import write_junctions
from sekkei.structure.files import read_junctions


def spoilt(record, **changes):
    """Return what a plug-in might make: nobody checks the types of a record but tests."""
    found = copy.copy(record)
    for name, value in changes.items():
        object.__setattr__(found, name, value)
    return found


def with_label(batch, **changes):
    row = batch.labels[0]
    return replace(
        batch, labels=(replace(row, label=spoilt(row.label, **changes)), *batch.labels[1:])
    )


def with_structure(batch, **changes):
    row = batch.snapshots[0]
    junction = replace(row.snapshot.junction, **changes)
    key = snapshot_key(row.experiment, row.snapshot.frame, junction)
    return Batch(
        experiments=batch.experiments,
        snapshots=(SnapshotRow(key, row.experiment, replace(row.snapshot, junction=junction)),),
    )


BAD_LABELS = {
    "nan": ({"conductance": np.nan}, "conductance_g0 of label .* must be finite, but is nan"),
    "infinite": ({"window_conductance": np.inf}, "window_conductance_g0 .* must be finite"),
    "negative": ({"conductance": -5.0}, "conductance_g0 of label .* must be at least -0.001, but"),
    "more than its channels": ({"n_channel": 0}, "must be at most that of its 0 channels, but is"),
    "negative channels": ({"n_channel": -5}, "n_channel of label .* must be at least 0, but is"),
    "half a channel": ({"n_channel": 2.5}, "n_channel must be whole, from .*, but found 2.5"),
    "a text": ({"conductance": "high"}, "every value must fit its column, but: could not convert"),
    "another conductance": ({"conductance": 0.125}, r"must have the conductance T\(0\) of its"),
    "negative T": ({"transmission": np.full(5, -0.5)}, "must have transmissions of at least 0"),
    "widths": ({"energies": np.linspace(-0.4, 0.4, 4)}, "a finite transmission at each of its"),
    "energies": ({"energies": np.linspace(0.4, -0.4, 5)}, "must have ascending energies"),
    "no spectrum": ({"transmission": None}, "every value must fit its column"),
    "eigenchannel": ({"eigenchannels": np.array([1.5])}, "eigenchannels .* must be from 0 to 1"),
    "cost": ({"cpu_seconds": -1.0}, "cpu_seconds of label .* must be at least 0, but is -1.0"),
    "error": ({"error": -0.1}, "error_g0 of label .* must be at least 0"),
    "no recipe": ({"recipe": ""}, "recipe of label .* must be given, but is empty"),
    "another recipe": ({"recipe": "chain-2"}, "key of label .* but what the row says gives"),
}


@pytest.mark.parametrize("name", BAD_LABELS)
def test_a_label_that_cannot_be_is_refused_with_its_reason(lake, batch, name):
    changes, message = BAD_LABELS[name]

    with lake.committer() as committer, pytest.raises(InvalidInputError, match=message) as caught:
        committer.commit(with_label(batch, **changes), "bad")

    assert "\n" not in caught.value.message
    assert lake.refreshed().state_id == lake.state_id


BAD_STRUCTURES = {
    "an element that would wrap to potassium": ({"numbers": 275}, "from 0 to 255, but found 275"),
    "no element": ({"numbers": 0}, "must have elements 1 to 118 only"),
    "beyond the table": ({"numbers": 119}, "must have elements 1 to 118 only"),
    "nan": ({"positions": np.nan}, "must have finite positions within"),
    "far away": ({"positions": 1e7}, "must have finite positions within"),
    "region": ({"regions": 5}, "must have regions -1, 0 and 1 only"),
    "period": ({"electrode_period": -1.0}, "electrode_period_angstrom .* at least 1e-06, but is"),
}


@pytest.mark.parametrize("name", BAD_STRUCTURES)
def test_a_structure_that_cannot_be_is_refused(lake, batch, name):
    changes, message = BAD_STRUCTURES[name]
    junction = batch.snapshots[0].snapshot.junction
    full = {
        field: value
        if field == "electrode_period"
        else np.full_like(getattr(junction, field), value)
        for field, value in changes.items()
    }

    with lake.committer() as committer, pytest.raises(InvalidInputError, match=message):
        committer.commit(with_structure(batch, **full), "bad")


@pytest.mark.parametrize(
    ("rows", "field", "value", "message"),
    [
        ("predictions", "conductance_g0", np.inf, "prediction .* must be finite"),
        ("predictions", "sigma_g0", -1.0, "sigma_g0 of prediction .* must be at least 0"),
        ("predictions", "model", "other", "key of prediction"),
        ("proposals", "verified_g0", -1.0, "verified_g0 of proposal .* at least"),
        ("proposals", "interval_low_g0", 2.0, "an interval whose lower end is not above"),
        ("proposals", "seed", 2**70, "seed must be whole, from"),
        ("refusals", "subject", "ab" * 16, "key of refusal"),
        ("labels", "snapshot", "", "key of label|must refer to a snapshot"),
        ("matrices", "snapshot", "ab" * 16, "matrix .* refers to snapshot"),
        ("labels", "key", "no key", "a key must be 32 hexadecimal digits"),
    ],
)
def test_a_row_of_any_table_passes_the_same_gate(lake, batch, rows, field, value, message):
    first, *others = getattr(batch, rows)
    bad = replace(batch, **{rows: (replace(first, **{field: value}), *others)})

    with lake.committer() as committer, pytest.raises(InvalidInputError, match=message):
        committer.commit(bad, "bad")


def test_rows_refer_to_what_is_there(lake, batch):
    with lake.committer() as committer:
        with pytest.raises(InvalidInputError, match=r"refers to snapshot .*, which the lake does"):
            committer.commit(Batch(labels=batch.labels), "labels without snapshots")
        committer.commit(replace(batch, labels=(), proposals=(), matrices=()), "snapshots first")
        committer.commit(Batch(labels=batch.labels), "labels of a later commit")

    assert lake.refreshed().verify() == []


def test_one_bad_row_is_told_from_the_good_ones(batches):
    batch = batches(seed=3, n_snapshot=40)
    rows = {"label": list(batch.labels)}
    rows["label"][7] = replace(rows["label"][7], label=spoilt(rows["label"][7].label, rung="x"))
    rows["label"][9] = with_label(replace(batch, labels=batch.labels[9:]), window=-1.0).labels[0]

    found = admit(rows, dict.fromkeys(RAGGED, 0), lambda _, keys: [True] * len(keys))

    assert len(found.rows["label"]) == 37
    assert found.blocks["label/key"].shape == (37, 16)
    assert {fault.key for fault in found.faults} == {batch.labels[7].key, batch.labels[9].key}


def test_rounding_is_no_fault(lake, batch):
    label = batch.labels[0].label
    transmission = label.transmission.copy()
    transmission[0] = -0.5 * TOLERANCE_G0

    assert find_batch_faults(with_label(batch, transmission=transmission)) == []


def test_every_column_of_numbers_has_a_range():
    # Offsets and counts are checked together, against the tables that they point into.
    checked = {"offset", "n_atom", "n_k", "n_pair", "n_value"}
    for table in table_names():
        numbers = {
            column.name
            for column in SCHEMA[table]
            if column.kind in ("float64", "int64") and not column.grows
        }
        left = numbers - RANGES[table].keys() - checked
        assert {name for name in left if not name.endswith("_offset")} == set(), table


def test_a_committer_that_wrote_other_tables_first_still_knows_its_labels(filled, batch, batches):
    with filled.committer() as committer:
        committer.commit(Batch(experiments=batches(seed=4).experiments), "an experiment alone")
        state = filled.refreshed().state_id

        assert committer.commit(Batch(labels=batch.labels), "labels again") == state
    assert len(filled.refreshed().keys("label")) == 2
    assert filled.refreshed().verify() == []


def test_a_lake_whose_keys_are_wrong_is_not_imported(damage, filled, tmp_path):
    def flip(root):
        root["label/recipe"][0] = "another method"

    damaged = damage(flip)
    target = Lake.create(tmp_path / "target")

    with pytest.raises(InvalidInputError, match=r"key of label .*; run sekkei lake verify on"):
        target.import_rows(damaged.path)
    with pytest.raises(InvalidInputError, match="must be sound to be imported, but this one has 1"):
        Lake.import_into(tmp_path / "new", damaged.path)

    assert target.refreshed().state_id == target.state_id
    assert not (tmp_path / "new").exists()


def write_labelled(path, batch, n=3, **info):
    frames = []
    for i in range(n):
        atoms = batch.snapshots[0].snapshot.junction.to_atoms()
        atoms.positions += 0.01 * i
        atoms.info |= {
            "conductance_g0": 0.5, "recipe": "r", "engine": "e", "n_channel": 3,
            "fermi_level_ev": -2.0,
        } | (info if i == n - 1 else {})  # fmt: skip
        frames.append(atoms)
    ase.io.write(path, frames, format="extxyz")


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ({"conductance_g0": np.nan}, "frame 2: .* conductance_g0 must be finite, but is nan"),
        ({"conductance_g0": np.inf}, "frame 2: .* conductance_g0 must be finite, but is inf"),
        ({"conductance_g0": -3.0}, "frame 2: .* must be at least -0.001, but is -3"),
        ({"conductance_g0": 17.0}, "frame 2: .* must be at most that of its 3 channels"),
        ({"n_channel": -5}, "frame 2: .* n_channel must be at least 0, but is -5"),
        ({"conductance_g0": "high"}, "frame 2: its header must hold numbers"),
        ({"n_channel": 3.5}, r"frame 2: n_channel must be a whole number, but is 3\.5"),
        ({"cycle": 0.5}, r"frame 2: cycle must be a whole number, but is 0\.5"),
        ({"conductance_g0": True}, "frame 2: conductance_g0 must be a number, but has no value"),
        ({"stage": "twisting"}, "frame 2: a stage must be pull or push, but the header has 'twi"),
    ],
    ids=[
        "nan",
        "infinite",
        "negative",
        "17 of 3",
        "channels",
        "text",
        "half a channel",
        "half a cycle",
        "bare",
        "stage",
    ],
)
def test_an_imported_label_that_cannot_be_is_named_by_its_frame(
    lake, batch, tmp_path, info, message
):
    write_labelled(tmp_path / "bad.extxyz", batch, **info)

    with pytest.raises(InvalidInputError, match=message):
        lake.import_rows(tmp_path / "bad.extxyz")
    with pytest.raises(InvalidInputError, match=message):
        Lake.import_into(tmp_path / "new", tmp_path / "bad.extxyz")

    assert lake.refreshed().state_id == lake.state_id
    assert not (tmp_path / "new").exists()


def test_nothing_is_made_up_of_a_structure_of_a_user(lake, batch, tmp_path):
    junction = batch.snapshots[0].snapshot.junction
    write_junctions(tmp_path / "own.extxyz", [junction])

    lake.import_rows(tmp_path / "own.extxyz")
    found = lake.refreshed()
    (row,) = found.table("snapshot").to_dict("records")

    assert (row["stage"], row["frame"], row["cycle"]) == ("", -1, -1)
    assert np.isnan(row["displacement_angstrom"])
    # The key is the one that such structures always had.
    (read,) = read_junctions(tmp_path / "own.extxyz")
    assert row["key"] == snapshot_key("", 0, read)
    assert found.query("snapshot", ['stage = "pull"']).empty
    assert found.verify() == []
    found.export_extxyz(tmp_path / "out.extxyz", [row["key"]])
    assert not {"stage", "frame", "cycle"} & ase.io.read(tmp_path / "out.extxyz").info.keys()


def test_several_who_make_a_lake_at_once_all_get_it(tmp_path):
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda _: Lake.open_or_create(tmp_path / "lake"), range(5)))

    assert {lake.state_id for lake in found} == {found[0].state_id}


def another(batch, by):
    row = batch.labels[0]
    changed = replace(
        row.label,
        conductance=row.label.conductance + by,
        transmission=row.label.transmission + by,
    )
    return LabelRow(row.key, row.snapshot, changed, row.provenance)


def test_a_label_that_contradicts_is_kept_and_the_first_is_read(filled, batch):
    other = another(batch, -0.01)
    with filled.committer() as committer:
        state = committer.commit(Batch(labels=(other,)), "another machine")
        assert committer.commit(Batch(labels=(other, other)), "again") == state

    lake = filled.refreshed()
    (found,) = lake.query("conflict").to_dict("records")
    assert found["key"] == conflict_key(other.key, other.label)
    assert (found["label"], found["conductance_g0"]) == (other.key, other.label.conductance)
    assert found["label_conductance_g0"] == batch.labels[0].label.conductance
    assert lake.info()["rows"]["conflict"] == 1
    (kept,) = lake.rows(LabelRow, [other.key])
    assert kept.label.conductance == batch.labels[0].label.conductance
    assert lake.verify() == []


def test_labels_that_agree_within_the_tolerance_are_the_same(filled, batch):
    with filled.committer() as committer:
        same = another(batch, -0.0005)

        assert committer.commit(Batch(labels=(same,)), "rounded") == filled.state_id


def test_two_labels_of_one_batch_and_of_an_imported_lake_contradict_too(filled, batch, tmp_path):
    other = Lake.create(tmp_path / "other")
    first = replace(batch, labels=(another(batch, -0.02), *batch.labels[1:], *batch.labels[:1]))
    with other.committer() as committer:
        committer.commit(first, "twice in one batch")

    brought = filled.import_rows(other.path)

    assert other.refreshed().info()["rows"]["conflict"] == 1
    # What the other lake holds contradicts ours, and so does what it kept beside that.
    assert brought["conflict"] == 2
    assert brought["label"] == 0
    assert filled.refreshed().verify() == []


def test_a_key_is_that_of_the_method(batch):
    assert batch.labels[0].key == label_key(batch.labels[0].snapshot, "chain-1")


def test_a_copy_takes_no_row_that_cannot_be(damage, tmp_path):
    def spoil(root):
        root["label/conductance_g0"][0] = -5.0

    damaged = damage(spoil)

    with pytest.raises(InvalidInputError, match="label: conductance_g0 of row 0 must be at least"):
        damaged.copy(tmp_path / "copy")
    part = damaged.copy(tmp_path / "part", ["conductance_g0 >= 0"])

    assert not (tmp_path / "copy").exists()
    assert part.verify() == []
