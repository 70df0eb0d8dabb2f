"""Lakes of an older schema are read as they are, and brought to the present one."""

import icechunk
import numpy as np
import pytest
import zarr

from sekkei.errors import InvalidInputError, LakeConflictError
from sekkei.lake import LabelRow, Lake, migrate_lake

# Version 1, as it was when it was the newest: kinds of the columns of each table.
_WHO = {
    "node": "text",
    "started_unix_s": "number",
    "finished_unix_s": "number",
    "task_cpu_seconds": "number",
    "code_version": "text",
}
VERSION_1 = {
    "experiment": {
        "key": "key",
        "spec": "text",
        "engine": "text",
        "electrode": "text",
        "electrode_element": "text",
        "potential": "text",
        "seed": "count",
        "contact_seed": "count",
        "temperature_k": "number",
        "composition": "composition",
        **_WHO,
    },
    "snapshot": {
        "key": "key",
        "experiment": "key",
        "offset": "count",
        "n_atom": "count",
        "electrode_period_angstrom": "number",
        "frame": "count",
        "cycle": "count",
        "stage": "text",
        "displacement_angstrom": "number",
        "narrowest_angstrom2": "number",
    },
    "atom": {"number": "uint8", "position": "position", "region": "int8"},
    "label": {
        "key": "key",
        "snapshot": "key",
        "conductance_g0": "number",
        "window_conductance_g0": "number",
        "window_ev": "number",
        "n_channel": "count",
        "fermi_level_ev": "number",
        "recipe": "text",
        "engine": "text",
        "cpu_seconds": "number",
        "iterations": "count",
        "energy_ev": "spectrum",
        "transmission": "spectrum",
        **_WHO,
    },
    "refusal": {
        "key": "key",
        "subject": "key",
        "stage": "text",
        "kind": "text",
        "message": "text",
        "recipe": "text",
        "cpu_seconds": "number",
        **_WHO,
    },
    "prediction": {
        "key": "key",
        "snapshot": "key",
        "model": "text",
        "conductance_g0": "number",
        "sigma_g0": "number",
    },
    "proposal": {
        "key": "key",
        "design": "text",
        "round": "count",
        "target_g0": "number",
        "composition": "composition",
        "parameters": "text",
        "snapshot": "key",
        "predicted_g0": "number",
        "interval_low_g0": "number",
        "interval_high_g0": "number",
        "surrogate_g0": "number",
        "verified_g0": "number",
        "label": "key",
        "recipe": "text",
        "status": "text",
    },
}
# Type, lengths of the axes after the row, chunks, shards, fill value.
KINDS = {
    "key": ("uint8", (16,), (8192, 16), None, 0),
    "text": ("str", (), (8192,), None, ""),
    "number": ("float64", (), (8192,), None, np.nan),
    "count": ("int64", (), (8192,), None, 0),
    "composition": ("float64", (5,), (8192, 5), None, np.nan),
    "spectrum": ("float64", (0,), (256, 64), (2048, 64), np.nan),
    "position": ("float64", (3,), (8192, 3), (65536, 3), np.nan),
    "uint8": ("uint8", (), (16384,), (524288,), 0),
    "int8": ("int8", (), (16384,), (524288,), 0),
}


def write_version_1(path, rows):
    """Write the lake that version 1 would have made of the columns of a filled one."""
    storage = icechunk.local_filesystem_storage(str(path / "repo"))
    session = icechunk.Repository.create(storage).writable_session("main")
    about = {"schema_version": 1, "elements": ["Li", "Na", "K", "Rb", "Cs"]}
    root = zarr.create_group(session.store, attributes={"sekkei_lake": about})
    for table, columns in VERSION_1.items():
        group = root.create_group(table)
        for name, kind in columns.items():
            dtype, shape, chunks, shards, fill = KINDS[kind]
            array = group.create_array(
                name, shape=(0, *shape), dtype=dtype, chunks=chunks, shards=shards, fill_value=fill
            )
            values = rows(f"{table}/{name}")
            array.resize(values.shape)
            if values.size:
                array[:] = values
    return session.commit("as version 1 did it")


@pytest.fixture
def old(filled, tmp_path):
    """A lake of version 1 with a row or more of every kind."""
    storage = icechunk.local_filesystem_storage(str(filled.path / "repo"))
    store = icechunk.Repository.open(storage).readonly_session("main").store
    root = zarr.open_group(store, mode="r")
    write_version_1(tmp_path / "old", lambda path: root[path][:])
    return tmp_path / "old"


def test_an_old_lake_is_read_with_its_later_columns_blank(old, batch):
    lake = Lake.open(old)

    assert lake.info()["schema_version"] == 1
    assert lake.verify() == []
    keys = [row.key for row in batch.snapshots]
    for junction, row in zip(lake.junctions(keys), batch.snapshots, strict=True):
        np.testing.assert_array_equal(junction.positions, row.snapshot.junction.positions)
        assert junction.lateral_period is None
    label = lake.query("label", ["conductance_g0 >= 0"], ["rung", "conductance_g0"])
    assert label["rung"].tolist() == [0, 0]
    labels = lake.rows(LabelRow, [row.key for row in batch.labels])
    assert [row.label.eigenchannels.size for row in labels] == [0, 0]
    assert np.isnan(lake.table("prediction")["started_unix_s"]).all()
    assert lake.table("proposal")["model"].tolist() == [""]
    assert lake.array("label/eigenchannels").compute().shape == (2, 0)


def test_an_old_lake_is_not_written_to_before_it_is_migrated(old, batch):
    lake = Lake.open(old)
    message = r"schema version 4 to be written to, but .*old has 1; run sekkei lake migrate --lake"

    with pytest.raises(InvalidInputError, match=message), lake.committer():
        pass


def test_a_migration_is_one_commit_that_adds_blank_columns(old, filled, batches):
    before = Lake.open(old)

    done = migrate_lake(old)

    lake = before.refreshed()
    assert (done.before, done.after) == (1, 4)
    assert (done.old_state, done.new_state) == (before.state_id, lake.state_id)
    assert [state for state, _, _ in lake.history(2)] == [done.new_state, done.old_state]
    assert lake.verify() == []
    assert lake.info()["schema_version"] == 4
    for table in ("experiment", "snapshot", "label", "refusal"):
        assert lake.table(table).equals(filled.table(table))
    with lake.committer() as committer:
        committer.commit(batches(seed=1), "more")
    assert len(lake.refreshed().table("label")) == 4
    assert lake.refreshed().verify() == []


def test_the_state_before_stays_readable(old, batch):
    done = migrate_lake(old)
    lake = Lake.open(old)

    past = lake.at(done.old_state)

    assert past.info()["schema_version"] == 1
    junction = past.junctions([batch.snapshots[0].key])[0]
    np.testing.assert_array_equal(
        junction.positions, batch.snapshots[0].snapshot.junction.positions
    )
    # Tagged, so that gc leaves it alone.
    with (
        lake.committer() as committer,
        pytest.raises(InvalidInputError, match="a tag must be given once"),
    ):
        committer.tag("schema-1", lake.state_id)


def test_a_migration_that_was_cut_off_after_the_name_is_done_again(old):
    storage = icechunk.local_filesystem_storage(str(old / "repo"))
    repository = icechunk.Repository.open(storage)
    repository.create_tag("schema-1", repository.lookup_branch("main"))

    assert migrate_lake(old).after == 4
    assert Lake.open(old).verify() == []


def test_a_present_lake_is_left_as_it_is(filled):
    done = migrate_lake(filled.path)

    assert (done.before, done.after) == (4, 4)
    assert done.old_state == done.new_state == filled.refreshed().state_id


def test_a_lake_of_a_newer_schema_is_not_migrated(damage, filled):
    damage(lambda root: root.attrs.update({"sekkei_lake": {"schema_version": 99}}))

    with pytest.raises(InvalidInputError, match=r"or an older one, but .* has 99"):
        migrate_lake(filled.path)


def test_nobody_migrates_under_a_committer(old):
    migrate_lake(old)
    with Lake.open(old).committer(), pytest.raises(LakeConflictError, match="one committer"):
        migrate_lake(old)
