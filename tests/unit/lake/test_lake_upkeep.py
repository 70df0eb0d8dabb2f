"""What gc gives back is known before."""

from datetime import UTC, datetime, timedelta

import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake


def files(lake):
    return {p.relative_to(lake.path): p.stat().st_size for p in lake.path.rglob("*") if p.is_file()}


def test_a_dry_run_tells_the_truth_and_changes_nothing(lake, batches):
    with lake.committer() as committer:
        for seed in range(4):
            committer.commit(batches(seed), f"batch {seed}")
        committer.tag("second", lake.refreshed().history()[2][0])
        before, now = files(lake), datetime.now(UTC)

        told = lake.refreshed().gc_dry_run(now)
        after_trial = files(lake)
        done = committer.gc(now)

    assert after_trial == before
    assert told == done
    assert told.states == 3  # the empty lake, the first and the third batch
    assert told.objects > 0
    assert told.bytes > 0
    kept = Lake.open(lake.path)
    assert kept.verify() == kept.at("second").verify() == []
    assert kept.tags() == {"second": kept.at("second").state_id}


def test_states_that_are_young_enough_stay(filled):
    told = filled.gc_dry_run(datetime.now(UTC) - timedelta(days=1))

    assert (told.states, told.objects, told.bytes) == (0, 0, 0)


def test_a_state_that_is_none_is_refused(filled):
    with pytest.raises(InvalidInputError, match="look at its history"):
        filled.at("no such name")
