"""A copy is a lake like any other, with what was asked for, bit for bit."""

import shutil
from dataclasses import replace
from pathlib import Path

import icechunk
import numpy as np
import pytest
import zarr

from sekkei.errors import InvalidInputError
from sekkei.lake import Batch, LabelRow, Lake, SnapshotRow, label_key
from sekkei.structure.experiment import Snapshot, snapshot_key
from sekkei.structure.junction import Junction

ARRAYS = (
    "atom/number",
    "atom/position",
    "atom/region",
    "label/energy_ev",
    "label/transmission",
    "label/eigenchannels",
    "snapshot/lateral_period_angstrom",
    "proposal/composition",
)


@pytest.fixture(scope="module")
def template(tmp_path_factory, batches, labels):
    """Three batches; the second has eigenchannels and structures with lateral periods."""
    first, second, third = (batches(seed, n_snapshot=4) for seed in range(3))
    snapshots, found = [], []
    for row in second.snapshots:
        across = replace(row.snapshot.junction, lateral_period=(10.66, 15.99))
        snapshot = replace(row.snapshot, junction=across)
        key = snapshot_key(row.experiment, snapshot.frame, across)
        snapshots.append(SnapshotRow(key, row.experiment, snapshot))
        label = labels(np.random.default_rng(len(found)), n_energy=7)
        channels = np.array([0.98, 0.4, 0.01])[: len(found)]
        label = replace(label, eigenchannels=channels, rung=len(found))
        found.append(LabelRow(label_key(key, "chain-1"), key, label, first.labels[0].provenance))
    second = Batch(experiments=second.experiments, snapshots=tuple(snapshots), labels=tuple(found))
    lake = Lake.create(tmp_path_factory.mktemp("rich") / "lake")
    with lake.committer() as committer:
        for batch in (first, second, third):
            committer.commit(batch, "one of three")
    return lake.path


@pytest.fixture
def rich(template, tmp_path):
    """A copy of the template's folder."""
    return Lake.open(Path(shutil.copytree(template, tmp_path / "rich")))


def test_eigenchannels_rung_and_lateral_period_come_back(rich):
    table = rich.table("label")
    keys = table["key"][table["rung"] == 2].tolist()
    everything = rich.table("snapshot")["key"].tolist()

    assert [row.label.eigenchannels.tolist() for row in rich.rows(LabelRow, keys)] == [[0.98, 0.4]]
    periods = [junction.lateral_period for junction in rich.junctions(everything)]
    assert periods == [None] * 4 + [(10.66, 15.99)] * 4 + [None] * 4


def test_a_whole_copy_is_equal_and_one_commit(rich, tmp_path):
    copy = rich.copy(tmp_path / "copy")

    for table in ("experiment", "snapshot", "label", "refusal", "prediction", "proposal"):
        assert copy.table(table).equals(rich.table(table))
    for path in ARRAYS:
        ours, theirs = copy.array(path).compute(), rich.array(path).compute()
        assert ours.tobytes() == theirs.tobytes()
    assert copy.verify() == []
    # The repository itself, and the rows.
    messages = [message for _, _, message in copy.history()]
    assert messages == [f"copy of state {rich.state_id}", "Repository initialized"]
    assert Lake.open(tmp_path / "copy").state_id == copy.state_id


def test_keys_of_copied_structures_are_still_their_content(rich, tmp_path):
    copy = rich.copy(tmp_path / "copy")

    table = copy.table("snapshot")
    junctions: list[Junction] = copy.junctions(table["key"].tolist())
    for row, junction in zip(table.to_dict("records"), junctions, strict=True):
        assert snapshot_key(row["experiment"], row["frame"], junction) == row["key"]


def test_a_copy_without_bare_structures_keeps_labels_and_refusals(rich, tmp_path):
    copy = rich.copy(tmp_path / "copy", is_labelled=True)

    # Of 4 structures of a batch, 3 have a label and 1 a refusal; nothing is bare.
    assert copy.keys("snapshot") == rich.keys("snapshot")
    with rich.committer() as committer:
        bare = rich.junctions(sorted(rich.keys("snapshot"))[:1])[0]
        row = SnapshotRow(snapshot_key("", 0, bare), "", Snapshot(bare, 0, 0, "pull", 0.0, 1.0))
        committer.commit(Batch(snapshots=(row,)), "a bare one")
    smaller = rich.refreshed().copy(tmp_path / "smaller", is_labelled=True)
    assert smaller.keys("snapshot") == rich.keys("snapshot")
    assert smaller.keys("refusal") == rich.keys("refusal")
    assert smaller.verify() == []


def test_a_filter_chooses_labels_and_what_belongs_to_them(rich, tmp_path):
    where = ["rung >= 1"]

    copy = rich.copy(tmp_path / "copy", where)

    wanted = rich.query("label", where)
    assert copy.keys("label") == set(wanted["key"])
    assert copy.keys("snapshot") == set(wanted["snapshot"])
    assert len(copy.keys("experiment")) == 1
    assert len(copy.keys("refusal")) == 0
    assert copy.verify() == []
    for ours, theirs in zip(
        copy.junctions(wanted["snapshot"].tolist()),
        rich.junctions(wanted["snapshot"].tolist()),
        strict=True,
    ):
        np.testing.assert_array_equal(ours.positions, theirs.positions)
        assert ours.lateral_period == theirs.lateral_period


def test_a_copy_of_narrow_spectra_is_narrow(rich, tmp_path):
    copy = rich.copy(tmp_path / "copy", ["rung = 0"])

    # Labels of rung 0 have 5 or 7 energies and no eigenchannels.
    assert copy.array("label/transmission").shape[1] == 7
    assert copy.array("label/eigenchannels").shape[1] == 0


def test_a_copy_is_written_to_like_any_lake(rich, batches, tmp_path):
    copy = rich.copy(tmp_path / "copy")

    with copy.committer() as committer:
        same = committer.commit(batches(seed=0, n_snapshot=4), "held already")
        committer.commit(batches(seed=9), "new")

    assert same == copy.state_id
    assert len(copy.refreshed().table("snapshot")) == 15
    assert copy.refreshed().verify() == []


def test_an_empty_lake_is_copied(lake, tmp_path):
    assert lake.copy(tmp_path / "copy").verify() == []
    assert lake.copy(tmp_path / "other", ["conductance_g0 > 1"]).verify() == []


def test_a_copy_says_where_it_is_from(rich, tmp_path):
    copy = rich.copy(tmp_path / "copy", ["rung = 0"])

    store = icechunk.local_filesystem_storage(str(copy.path / "repo"))
    session = icechunk.Repository.open(store).readonly_session("main")
    about = zarr.open_group(session.store, mode="r").attrs["sekkei_lake"]
    assert about["copied_from"] == {
        "state_id": rich.state_id,
        "filters": ["rung = 0"],
        "is_labelled": True,
    }


def test_a_copy_needs_a_free_folder_and_leaves_nothing_behind_without_one(rich, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("hello", "utf-8")
    before = sorted(entry.name for entry in tmp_path.iterdir())

    with pytest.raises(InvalidInputError, match=r"absent or empty folder, but .*full holds"):
        rich.copy(tmp_path / "full")
    with pytest.raises(InvalidInputError, match="did you mean rung"):
        rich.copy(tmp_path / "copy", ["rungs = 0"])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == before


def test_a_copy_of_a_history_takes_less_than_its_numbers(lake, junctions, labels, batch, tmp_path):
    rng = np.random.default_rng(5)
    rows, found = [], []
    for frame in range(300):
        junction = junctions(rng, 200)
        key = snapshot_key("", frame, junction)
        rows.append(SnapshotRow(key, "", Snapshot(junction, frame, 0, "pull", 0.1, 1.0)))
        label = labels(rng, n_energy=101)
        found.append(LabelRow(label_key(key, label.recipe), key, label, batch.labels[0].provenance))
    with lake.committer() as committer:
        for start in range(0, 300, 50):
            some = slice(start, start + 50)
            committer.commit(Batch(snapshots=tuple(rows[some]), labels=tuple(found[some])), "some")

    copy = lake.refreshed().copy(tmp_path / "copy")

    # 24 bytes of position per atom and 8 per transmission, all digits random.
    numbers = 300 * (200 * 24 + 101 * 8)
    assert copy.info()["bytes"] < numbers < lake.refreshed().info()["bytes"]
