"""Commits: atomic, idempotent, one committer."""

import pickle
import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import zarr

from sekkei.errors import InvalidInputError, LakeConflictError
from sekkei.lake import Batch, Lake


def test_a_batch_that_is_committed_twice_is_stored_once(filled, batch):
    with filled.committer() as committer:
        tip = committer.commit(batch, "again")

    assert tip == filled.state_id
    assert filled.refreshed().state_id == filled.state_id


def test_an_empty_batch_makes_no_commit(lake):
    with lake.committer() as committer:
        assert committer.commit(Batch(), "nothing") == lake.state_id


def test_only_new_rows_of_a_batch_are_stored(filled, batch, batches):
    more = batches(seed=1)
    mixed = Batch(
        experiments=more.experiments, snapshots=batch.snapshots + more.snapshots + more.snapshots
    )

    with filled.committer() as committer:
        committer.commit(mixed, "old, new, and new again")

    lake = filled.refreshed()
    expected = [row.key for row in batch.snapshots + more.snapshots]
    assert lake.table("snapshot")["key"].tolist() == expected
    assert lake.verify() == []


def test_a_committer_remembers_what_it_committed_itself(lake, batch):
    with lake.committer() as committer:
        first = committer.commit(batch, "once")
        second = committer.commit(batch, "twice")

    assert first == second


def test_structures_of_later_batches_follow_the_earlier_ones(lake, batches):
    found = [batches(seed) for seed in range(4)]

    with lake.committer() as committer:
        for batch in found:
            committer.commit(batch, "one of four")

    rows = [row for batch in found for row in batch.snapshots]
    junctions = lake.refreshed().junctions([row.key for row in rows])
    for junction, row in zip(junctions, rows, strict=True):
        np.testing.assert_array_equal(junction.positions, row.snapshot.junction.positions)


def test_a_batch_with_one_bad_row_leaves_the_lake_as_it_was(lake, batch):
    wrong = replace(batch.predictions[1], snapshot="not a key")
    bad = replace(batch, predictions=(batch.predictions[0], wrong))

    with lake.committer() as committer:
        with pytest.raises(InvalidInputError, match="a key must be"):
            committer.commit(bad, "half of it")
        committer.commit(replace(batch, predictions=()), "the good half")

    lake = lake.refreshed()
    assert (len(lake.keys("snapshot")), len(lake.keys("prediction"))) == (3, 0)
    assert lake.verify() == []


def test_a_second_committer_is_refused_with_the_name_of_the_first(lake):
    with (
        lake.committer(),
        pytest.raises(
            LakeConflictError,
            match=re.escape(f"one committer at a time, but {lake.path} is held by process ")
            + r"\d+ on \S+; wait for it, or stop it$",
        ),
        Lake.open(lake.path).committer(),
    ):
        pytest.fail("two committers")


def test_the_lock_is_free_again_after_an_error(lake):
    with pytest.raises(KeyError, match="unrelated"), lake.committer():
        raise KeyError("unrelated")

    with lake.committer() as committer:
        assert committer.commit(Batch(), "nothing") == lake.state_id


def test_a_committer_without_its_lock_refuses(lake, batch):
    with lake.committer() as committer:
        pass

    with pytest.raises(LakeConflictError, match="must hold the lock of its lake"):
        committer.commit(batch, "too late")


def test_a_stranger_who_commits_without_the_lock_is_noticed(damage, filled):
    with filled.committer() as committer:
        session = filled._repository.writable_session("main")
        damage(lambda root: root.attrs.update({"stranger": True}))
        zarr.open_group(session.store, mode="r+").attrs["mine"] = True

        with pytest.raises(LakeConflictError, match="only the committer may write"):
            committer._finish(session, "too late", {})


def test_an_old_state_can_be_read_again(filled, batches):
    with filled.committer() as committer:
        committer.commit(batches(seed=1), "more")

    newest = filled.refreshed()
    assert len(newest.table("snapshot")) == 6
    assert len(newest.at(filled.state_id).table("snapshot")) == 3
    assert len(filled.table("snapshot")) == 3


def test_an_unknown_state_is_refused(filled):
    with pytest.raises(InvalidInputError, match=r"a state must be one of .* but found 'nonsense'"):
        filled.at("nonsense")


def test_the_history_is_newest_first(filled):
    found = filled.history(10)

    assert [message for _, _, message in found][:2] == ["fill", "create the lake"]
    assert found[0][0] == filled.state_id
    assert found[0][1] >= found[1][1]
    assert len(filled.history(1)) == 1


def test_a_lake_survives_pickling_at_its_state(filled, batches):
    with filled.committer() as committer:
        committer.commit(batches(seed=1), "more")

    copy = pickle.loads(pickle.dumps(filled))

    assert copy.state_id == filled.state_id
    assert copy.keys("label") == filled.keys("label")


def test_old_states_can_be_forgotten_except_those_kept_by_name(filled, batches):
    with filled.committer() as committer:
        for seed in (1, 2):
            committer.commit(batches(seed), f"batch {seed}")
        committer.tag("model-1", filled.state_id)
        middle = filled.refreshed().history()[1][0]

        freed = committer.gc(datetime.now(UTC)).bytes

    lake = Lake.open(filled.path)
    assert freed > 0
    assert (len(lake.keys("snapshot")), lake.verify()) == (9, [])
    assert len(lake.at(filled.state_id).keys("snapshot")) == 3
    with pytest.raises(InvalidInputError, match="a state must be one of"):
        lake.at(middle)


def test_a_name_is_kept_for_one_state(filled):
    first = filled.history()[1][0]

    with filled.committer() as committer:
        committer.tag("model-1", filled.state_id)
        committer.tag("model-1", filled.state_id)

        with pytest.raises(InvalidInputError, match="'model-1' cannot be given to"):
            committer.tag("model-1", first)
        with pytest.raises(InvalidInputError, match="cannot be given to 'nonsense'"):
            committer.tag("model-2", "nonsense")
