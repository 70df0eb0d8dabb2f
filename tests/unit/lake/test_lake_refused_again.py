"""Work that is refused again for another reason is shown with the newest one."""

from dataclasses import replace

import pytest

from sekkei.campaign.retry import Retries, RetryChoice
from sekkei.lake import Batch, RefusalRow
from sekkei.transport.labeler import Refusal


@pytest.fixture
def first(batch) -> RefusalRow:
    return next(row for row in batch.refusals if row.stage == "label")


def again(row: RefusalRow, kind: str, message: str, later_s: float) -> RefusalRow:
    when = replace(row.provenance, finished=row.provenance.finished + later_s)
    refusal = Refusal(kind, message, row.refusal.recipe, row.refusal.cpu_seconds)
    return replace(row, refusal=refusal, provenance=when)


def commit(lake, *rows: RefusalRow):
    with lake.committer() as committer:
        for row in rows:
            committer.commit(Batch(refusals=(row,)), "tried again")
    return lake.refreshed()


def test_a_retry_that_is_refused_for_another_reason_shows_the_newest(filled, first) -> None:
    memory = again(first, "OutOfMemoryError", "the worker needed 9 GB", 60.0)
    time = again(first, "TimeLimitError", "it took 600 s", 120.0)

    lake = commit(filled, memory, time, again(first, *_words(memory), 180.0))

    (shown,) = lake.outcomes([first.key])
    told = [(row["table"], row["kind"]) for row in lake.describe(first.key)]
    standing = lake.standing_refusals()
    assert (shown.kind, shown.message) == _words(memory)
    assert told == [
        ("refusal", first.refusal.kind),
        ("refusal", "OutOfMemoryError"),
        ("refusal", "TimeLimitError"),
        ("refusal", "OutOfMemoryError"),
    ]
    assert standing[standing["key"] == first.key]["kind"].tolist() == ["OutOfMemoryError"]
    assert lake.info()["refusals_by_kind"]["OutOfMemoryError"] == 1
    assert lake.verify() == []


def test_what_is_refused_again_is_tried_again_by_its_newest_kind(filled, first) -> None:
    lake = commit(filled, again(first, "OddError", "now for this", 60.0))

    retries = Retries.of(lake, RetryChoice(kinds=frozenset({"OddError"})))

    assert retries.counted([first.key]) == {"OddError": 1}
    assert first.key not in retries.left_alone(lake)


def test_what_is_delivered_twice_or_late_is_no_news(filled, first) -> None:
    later = again(first, "OddError", "now for this", 60.0)

    lake = commit(filled, first, later, later, first, again(first, "OddError", "late", 30.0))

    assert lake.info()["rows"]["refusal"] == filled.info()["rows"]["refusal"] + 1
    assert lake.outcomes([first.key])[0].message == "now for this"


def test_a_copy_and_an_import_keep_every_reason(filled, first, tmp_path) -> None:
    lake = commit(filled, again(first, "OddError", "now for this", 60.0))

    copied = lake.copy(tmp_path / "copy")
    lake.import_into(tmp_path / "other", lake.path)
    imported = type(lake).open(tmp_path / "other")

    for one in (copied, imported):
        assert one.outcomes([first.key])[0].message == "now for this"
        assert one.verify() == []


def _words(row: RefusalRow) -> tuple[str, str]:
    return row.refusal.kind, row.refusal.message
