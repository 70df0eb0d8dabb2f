"""What a lake says to calls and files that users got wrong."""

from pathlib import Path

import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import LabelRow, Lake, LakeReadError, LakeWriteError

_HEADER = 'Properties=species:S:1:pos:R:3:region:I:1 pbc="F F F"'
_CONTENTS = {
    "truncated": f"5\n{_HEADER}\nK 0 0 0 -1\n".encode(),
    "junk": b"these are no structures\nat all\n",
    "binary": bytes(range(256)) * 8,
    "element": f"1\n{_HEADER}\nXq 0 0 0 0\n".encode(),
    "header": f"1\n{_HEADER} cycle=many\nK 0 0 0 0\n".encode(),
    "empty": b"",
}


@pytest.mark.parametrize("name", ["", "a/b", "a%20b", "a b", "zustand-ä", "first\n", "a" * 101])
def test_a_tag_that_could_not_be_used_is_refused(filled, name):
    with filled.committer() as committer, pytest.raises(InvalidInputError, match="a tag must be"):
        committer.tag(name, filled.state_id)

    assert filled.tags() == {}


@pytest.mark.parametrize("name", ["model-3", "v1.2_b", "7", "a" * 100])
def test_a_tag_that_is_given_can_be_used(filled, name):
    with filled.committer() as committer:
        committer.tag(name, filled.state_id)

    assert filled.at(name).state_id == filled.state_id


def test_an_empty_text_is_no_state(filled):
    with pytest.raises(InvalidInputError, match=r"a state must be one of .* found ''"):
        filled.at("")


def test_the_state_before_the_lake_was_made_is_called_empty(filled):
    first, _, _ = filled.history()[-1]

    with pytest.raises(InvalidInputError, match="is the empty repository from before"):
        filled.at(first)


@pytest.mark.parametrize("content", _CONTENTS.values(), ids=_CONTENTS.keys())
def test_a_file_that_is_not_as_it_must_be_is_refused_and_makes_no_lake(tmp_path, content):
    source = tmp_path / "source.extxyz"
    source.write_bytes(content)

    with pytest.raises(InvalidInputError, match=r"source\.extxyz") as caught:
        Lake.import_into(tmp_path / "lake", source)

    assert "\n" not in caught.value.message
    assert [entry.name for entry in tmp_path.iterdir()] == ["source.extxyz"]


def test_a_missing_source_makes_no_lake(tmp_path):
    with pytest.raises(InvalidInputError, match="is neither"):
        Lake.import_into(tmp_path / "lake", tmp_path / "nothing")

    assert list(tmp_path.iterdir()) == []


def test_an_import_makes_a_lake_where_there_is_none(filled, tmp_path):
    brought = Lake.import_into(tmp_path / "new", filled.path)

    assert brought["label"] == len(filled.keys("label"))
    assert Lake.open(tmp_path / "new").keys("label") == filled.keys("label")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder where nobody may write")
def test_a_lake_where_nobody_may_write_is_refused_in_one_line(filled):
    with pytest.raises(LakeWriteError, match="its store refused") as made:
        Lake.create(Path("/proc/lake"))
    with pytest.raises(LakeWriteError, match="its store refused"):
        filled.export_zarr(Path("/proc/out.zarr"))

    assert "\n" not in made.value.message


def test_no_number_of_states_is_too_many_but_a_negative_one(filled):
    assert len(filled.history(10**20)) == 3
    with pytest.raises(InvalidInputError, match="must be 0 or more, but found -1"):
        filled.history(-1)


@pytest.mark.parametrize("content", [b"", b"junk" * 400, None])
def test_damage_is_told_in_one_line_wherever_it_is_read(filled, batches, content):
    with filled.committer() as committer:  # so much that not all of it lies in the manifest
        committer.commit(batches(1, 60), "more")
    keys = sorted(filled.refreshed().keys("label"))
    for chunk in (filled.path / "repo" / "chunks").iterdir():
        chunk.unlink() if content is None else chunk.write_bytes(content)
    damaged = Lake.open(filled.path)

    for read in (damaged.query, lambda: damaged.keys("label"), lambda: damaged.describe(keys[0])):
        with pytest.raises(LakeReadError, match="run sekkei lake verify") as caught:
            read()
        assert "\n" not in caught.value.message
    assert damaged.verify()


@pytest.mark.parametrize("folder", ["snapshots", "refs/branch.main"])
def test_a_damaged_lake_is_not_taken_for_one_of_another_schema(filled, folder):
    for file in (filled.path / "repo" / folder).iterdir():
        file.write_bytes(b"")

    for read in (Lake.open, Lake.open_or_create):
        with pytest.raises(LakeReadError, match="the lake is damaged") as caught:
            read(filled.path)
        assert "\n" not in caught.value.message


@pytest.mark.parametrize("record", [dict, str, object])
def test_rows_are_of_records_only(filled, record):
    with pytest.raises(InvalidInputError, match=r"one of ExperimentRow, .*, but found"):
        filled.rows(record, [])


def test_one_text_is_not_taken_for_keys(filled):
    with pytest.raises(InvalidInputError, match=r"found the text 'abc'; write \[key\]"):
        filled.rows(LabelRow, "abc")


def test_a_lake_is_made_and_opened_by_a_text_too(tmp_path):
    made = Lake.create(str(tmp_path / "lake"))

    assert Lake.open(str(tmp_path / "lake")).state_id == made.state_id
    assert Lake.open_or_create(str(tmp_path / "lake")).path == tmp_path / "lake"
