"""Many threads ask for the same: one makes it; and later states read only what is new."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from sekkei.lake import column_reader
from sekkei.lake.kept import Kept


def ask_at_once(kept, make, n=8):
    """What each of some threads got that asked while the first one was making it."""
    may_end = threading.Event()

    def slowly(known):
        assert may_end.wait(10.0)
        return make(known)

    with ThreadPoolExecutor(n) as pool:
        asked = [pool.submit(kept.get, "key", slowly) for _ in range(n)]
        while not all(one.running() for one in asked):
            time.sleep(0.01)
        time.sleep(0.1)  # they run, and now they wait
        may_end.set()
        return [one.exception() or one.result() for one in asked]


def test_what_many_ask_for_at_once_is_made_once():
    made = []

    found = ask_at_once(Kept(10), lambda known: made.append(known) or "value")

    assert found == ["value"] * 8
    assert made == [None]


def test_a_failure_is_told_to_all_who_wait_and_is_not_kept():
    kept = Kept(10)

    def fail(known):
        raise ValueError("no such column")

    failed = ask_at_once(kept, fail)

    assert len({id(error) for error in failed}) == 1
    assert str(failed[0]) == "no such column"
    assert kept.get("key", lambda known: "mended") == "mended"


def test_what_was_not_used_for_longest_goes_first():
    kept = Kept(20, len)
    for name in ("a", "b", "a", "c"):
        kept.get(name, lambda known: "x" * 10)

    made = [name for name in ("a", "b") if kept.get(name, lambda known: "new") == "new"]

    assert made == ["b"]


def test_what_is_too_large_is_given_and_not_kept():
    kept = Kept(20, len)

    found = kept.get("a", lambda known: "x" * 30)

    assert len(found) == 30
    assert kept.get("a", lambda known: "new") == "new"


def test_a_value_that_is_not_enough_is_made_into_one_that_is():
    kept = Kept(10)
    kept.get("a", lambda known: [1])

    found = kept.get("a", lambda known: [*known, 2], lambda value: len(value) >= 2)

    assert found == [1, 2]
    assert kept.get("a", lambda known: "anew") == [1, 2]


def test_a_later_state_reads_only_the_rows_that_are_new(lake, batches, monkeypatch):
    with lake.committer() as committer:
        committer.commit(batches(), "first")
    first = lake.refreshed()
    before = first.query("snapshot")
    with first.committer() as committer:
        committer.commit(batches(seed=1), "second")
    read = []
    real = column_reader.read_column
    monkeypatch.setattr(
        column_reader,
        "read_column",
        lambda *about: read.append(about[3]) or real(*about),
    )

    second = first.refreshed()
    after = second.query("snapshot")

    assert {rows.start for rows in read} == {1, 3}  # experiments, snapshots: none from the start
    assert after[: len(before)].equals(before)
    assert second.at(first.state_id).query("snapshot").equals(before)
    assert len(after) == 2 * len(before)


def test_a_state_is_itself_until_something_is_committed(lake):
    assert lake.refreshed() is lake
