"""From a damaged lake there is a way back to its last state that verifies."""

import os
import shutil
from datetime import UTC, datetime

import pytest

from sekkei.errors import InvalidInputError, LakeConflictError
from sekkei.lake import Lake, LakeReadError, restore_lake


@pytest.fixture
def grown(filled, batches):
    """A lake with one more commit, so that there is something to go back to."""
    with filled.committer() as committer:
        committer.commit(batches(1, 60), "more")
    return filled.refreshed()


def empty_objects(lake, kind, before):
    for file in (lake.path / "repo" / kind).iterdir():
        if file.name not in before:
            file.write_bytes(b"")


def empty_state(lake):
    (lake.path / "repo" / "snapshots" / lake.state_id).write_bytes(b"")


def empty_reference(lake):
    (lake.path / "repo" / "refs" / "branch.main" / "ref.json").write_bytes(b"")


def delete_reference(lake):
    shutil.rmtree(lake.path / "repo" / "refs" / "branch.main")


@pytest.mark.parametrize(
    ("kind", "is_kept"), [("chunks", True), ("manifests", False), ("snapshots", False)]
)
def test_a_lake_goes_back_to_its_last_sound_state(filled, batches, kind, is_kept):
    before = {file.name for file in (filled.path / "repo" / kind).iterdir()}
    with filled.committer() as committer:
        damaged = committer.commit(batches(1, 60), "more")
    empty_objects(filled, kind, before)

    done = restore_lake(filled.path, is_dry_run=False)

    lake = Lake.open(filled.path)
    assert lake.state_id == done.after == filled.state_id
    assert lake.verify() == []
    assert [tried.state for tried in done.tried] == [damaged, filled.state_id]
    assert done.tried[0].problems > 0
    assert done.tried[0].first
    assert lake.tags() == ({f"replaced-{damaged}": damaged} if is_kept else {})
    with lake.committer() as committer:
        committer.gc(datetime.now(UTC))
        committer.commit(batches(1, 60), "the same again")
    assert Lake.open(filled.path).verify() == []


def test_what_would_be_lost_is_said_and_nothing_is_changed(filled, batches):
    before = {file.name for file in (filled.path / "repo" / "chunks").iterdir()}
    with filled.committer() as committer:
        damaged = committer.commit(batches(1, 60), "more")
    empty_objects(filled, "chunks", before)
    files = {path: path.stat().st_mtime_ns for path in filled.path.rglob("*")}

    told = restore_lake(filled.path, is_dry_run=True)

    assert (told.is_dry_run, told.before, told.after) == (True, damaged, filled.state_id)
    assert [(left.state, left.message) for left in told.lost] == [(damaged, "more")]
    assert told.lost_rows["snapshot"] == 60
    assert told.lost_rows["label"] == 59
    assert {path: path.stat().st_mtime_ns for path in filled.path.rglob("*")} == files


@pytest.mark.parametrize("damage", [empty_reference, delete_reference])
def test_without_a_reference_nothing_is_lost(grown, damage):
    damage(grown)
    with pytest.raises(LakeReadError, match="see what sekkei lake restore --lake"):
        Lake.open(grown.path)

    done = restore_lake(grown.path, is_dry_run=False)

    assert (done.before, done.after, done.lost, done.kept_as) == ("", grown.state_id, (), "")
    assert Lake.open(grown.path).keys("snapshot") == grown.keys("snapshot")


def test_a_state_that_cannot_be_read_is_counted(grown):
    empty_state(grown)

    told = restore_lake(grown.path, is_dry_run=True)

    assert told.unreadable == 1
    assert [tried.problems for tried in told.tried] == [1, 0]
    assert "cut short" in told.tried[0].first


def test_a_state_or_a_tag_may_be_chosen(grown, filled):
    with grown.committer() as committer:
        committer.tag("early", filled.state_id)

    done = restore_lake(grown.path, "early", is_dry_run=False)

    lake = Lake.open(grown.path)
    assert lake.state_id == done.after == filled.state_id
    assert lake.tags()[done.kept_as] == grown.state_id
    assert restore_lake(grown.path, grown.state_id, is_dry_run=False).after == grown.state_id


def test_a_sound_lake_stays_as_it_is(filled):
    done = restore_lake(filled.path, is_dry_run=False)

    assert (done.before, done.after, done.kept_as, done.lost) == (
        filled.state_id,
        filled.state_id,
        "",
        (),
    )
    assert Lake.open(filled.path).tags() == {}


def test_no_state_that_is_damaged_is_restored(grown):
    for chunk in (grown.path / "repo" / "chunks").iterdir():
        chunk.write_bytes(b"")

    with pytest.raises(InvalidInputError, match=r"has \d+ problems, the first: .*last-good"):
        restore_lake(grown.path, grown.state_id, is_dry_run=True)


def test_a_state_that_is_none_of_the_lake_is_refused(filled):
    with pytest.raises(InvalidInputError, match=r"must be one of .* found 'nothing'"):
        restore_lake(filled.path, "nothing", is_dry_run=True)


def test_without_any_sound_state_the_lake_is_left_alone(filled):
    for kind in ("snapshots", "chunks"):
        for file in (filled.path / "repo" / kind).iterdir():
            file.write_bytes(b"")

    with pytest.raises(LakeReadError, match=r"none of 1 does; .* bring back a copy"):
        restore_lake(filled.path, is_dry_run=False)


def test_a_lake_that_somebody_writes_to_is_not_restored(filled):
    with filled.committer(), pytest.raises(LakeConflictError, match=f"process {os.getpid()}"):
        restore_lake(filled.path, is_dry_run=False)


def test_a_folder_without_a_lake_is_not_restored(tmp_path):
    with pytest.raises(InvalidInputError, match="holds none; check the path"):
        restore_lake(tmp_path, is_dry_run=True)

    assert list(tmp_path.iterdir()) == []
