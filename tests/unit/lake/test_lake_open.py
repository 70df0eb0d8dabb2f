"""Doors of a lake, and what it says of itself."""

import icechunk
import numpy as np
import pytest
import zarr

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake


def test_a_missing_folder_is_not_a_lake(tmp_path):
    with pytest.raises(InvalidInputError, match=r"must be a folder, but .*nowhere is none; check"):
        Lake.open(tmp_path / "nowhere")


def test_a_folder_of_something_else_is_not_a_lake(tmp_path):
    (tmp_path / "notes.txt").write_text("hello", "utf-8")

    with pytest.raises(InvalidInputError, match="must be a lake, but it holds none; check"):
        Lake.open(tmp_path)
    with pytest.raises(InvalidInputError, match=r"absent or empty folder, but .* holds something"):
        Lake.open_or_create(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.txt"]


def test_a_repository_without_the_schema_is_not_a_lake(tmp_path):
    icechunk.Repository.create(icechunk.local_filesystem_storage(str(tmp_path / "repo")))

    with pytest.raises(
        InvalidInputError, match=r"must have schema version 4 or an older one, but .* has none"
    ):
        Lake.open(tmp_path)


def test_a_lake_of_a_newer_schema_version_is_refused(damage, filled):
    damage(lambda root: root.attrs.update({"sekkei_lake": {"schema_version": 99}}))

    with pytest.raises(
        InvalidInputError, match=r"must have schema version 4 or an older one, but .* has 99"
    ):
        Lake.open(filled.path)


def test_a_lake_is_not_made_twice(lake):
    with pytest.raises(InvalidInputError, match="absent or empty folder"):
        Lake.create(lake.path)


def test_open_or_create_makes_a_lake_once(tmp_path):
    path = tmp_path / "below" / "lake"

    made = Lake.open_or_create(path)
    opened = Lake.open_or_create(path)

    assert made.state_id == opened.state_id
    assert [entry.name for entry in path.parent.iterdir()] == ["lake"]


def test_a_new_lake_is_empty_and_sound(lake):
    assert lake.verify() == []
    assert lake.junctions([]) == []
    assert lake.query().empty
    assert lake.array("label/transmission").compute().shape == (0, 0)
    assert lake.transmissions([])[1].shape == (0, 0)


def test_the_info_counts_what_is_there(filled):
    found = filled.info()

    assert found["rows"] == {
        "experiment": 1,
        "snapshot": 3,
        "label": 2,
        "refusal": 1,
        "prediction": 3,
        "proposal": 1,
        "matrix": 1,
        "conflict": 0,
        "withdrawal": 0,
    }
    assert found["refusals_by_kind"] == {"ConvergenceError": 1}
    assert found["labels_by_engine"] == {"chain 1": 2}
    assert found["state_id"] == filled.state_id
    assert found["bytes"] > 0


@pytest.mark.parametrize("path", ["label/transmission", "atom/position", "experiment/spec"])
def test_a_lazy_array_equals_the_stored_one(filled, path):
    storage = icechunk.local_filesystem_storage(str(filled.path / "repo"))
    store = icechunk.Repository.open(storage).readonly_session("main").store

    found = filled.array(path)

    np.testing.assert_array_equal(found.compute(), zarr.open_group(store, mode="r")[path][:])
    assert found.npartitions == 1


def test_an_unknown_array_is_refused_with_the_nearest(filled):
    with pytest.raises(InvalidInputError, match="did you mean label/transmission"):
        filled.array("label/transmissions")


def test_an_unknown_table_is_refused(filled):
    for read in (filled.keys, filled.table, filled.query):
        with pytest.raises(
            InvalidInputError, match=r"a table must be one of experiment, .* 'atom'"
        ):
            read("atom")


def test_every_column_says_its_unit_and_meaning(lake):
    storage = icechunk.local_filesystem_storage(str(lake.path / "repo"))
    root = zarr.open_group(
        icechunk.Repository.open(storage).readonly_session("main").store, mode="r"
    )

    assert root["label/conductance_g0"].attrs["unit"] == "G0"
    assert root["label/transmission"].metadata.dimension_names == ("label", "energy")
    for _, group in root.groups():
        for _, array in group.arrays():
            assert array.attrs["description"]
