"""A state that gc deleted, a lake that was moved, a process that was forked: none is damage."""

import multiprocessing
from datetime import UTC, datetime

import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import Batch, Lake, LakeGoneError, LakeReadError


@pytest.fixture
def forgotten(filled, batches):
    """A lake that is open at a state which gc deleted meanwhile, larger than its manifests."""
    with filled.committer() as committer:
        committer.commit(batches(1, 60), "more")
    held = filled.refreshed()
    with filled.committer() as committer:
        committer.commit(batches(2, 60), "still more")
        committer.gc(datetime.now(UTC))
    return held


READS = {
    "verify": lambda lake: lake.verify(),
    "query": lambda lake: lake.query(),
    "keys": lambda lake: lake.keys("label"),
    "history": lambda lake: lake.history(),
    "array": lambda lake: lake.array("label/transmission").compute(),
    "copy": lambda lake: lake.copy(lake.path.parent / "copy"),
    "export": lambda lake: lake.export_zarr(lake.path.parent / "out.zarr"),
    "info": lambda lake: lake.info(),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_state_that_gc_deleted_is_not_called_damaged(forgotten, read):
    with pytest.raises(LakeGoneError, match=r"gc deleted \w+ of .*; open the newest state") as told:
        read(forgotten)

    assert "\n" not in told.value.message
    assert sorted(entry.name for entry in forgotten.path.parent.iterdir()) == ["filled"]
    assert forgotten.refreshed().verify() == []


def test_a_state_with_a_tag_is_read_on(filled, batches):
    with filled.committer() as committer:
        committer.tag("kept", filled.state_id)
        committer.commit(batches(2, 60), "more")
        committer.gc(datetime.now(UTC))

    assert filled.verify() == []
    assert filled.history(1)[0][0] == filled.state_id


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_lake_that_was_moved_is_not_called_damaged(filled, read):
    filled.path.rename(filled.path.parent / "elsewhere")

    with pytest.raises(LakeGoneError, match=r"must stay where it is, but .* was moved"):
        read(filled)

    assert sorted(entry.name for entry in filled.path.parent.iterdir()) == ["elsewhere"]
    assert Lake.open(filled.path.parent / "elsewhere").verify() == []


def test_a_lake_that_is_moved_under_its_committer_takes_nothing_and_leaves_nothing(filled, batches):
    elsewhere = filled.path.parent / "elsewhere"
    with filled.committer() as committer:
        filled.path.rename(elsewhere)

        for write in (
            lambda: committer.commit(batches(1), "more"),
            lambda: committer.tag("name", filled.state_id),
            lambda: committer.gc(datetime.now(UTC)),
        ):
            with pytest.raises(LakeGoneError, match="was moved"):
                write()

    assert [entry.name for entry in filled.path.parent.iterdir()] == ["elsewhere"]
    assert Lake.open(elsewhere).state_id == filled.state_id


def _report(function, answers):
    try:
        answers.put(("did", function()))
    except InvalidInputError as error:
        answers.put(("refused", error.message))


def _in_fork(function):
    """Return what a forked process said; nothing if it hangs."""
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=_report, args=(function, answers), daemon=True)
    child.start()
    child.join(20.0)
    if child.is_alive():
        child.kill()
        return None
    return answers.get()


FORKED = {
    "the same lake": lambda lake: lake.keys("label"),
    "another": lambda lake: Lake.open(lake.path),
    "a new one": lambda lake: Lake.create(lake.path.parent / "new"),
    "a commit": lambda lake: lake.append_rows(Batch(), "nothing"),
}


@pytest.mark.filterwarnings("ignore:.*use of fork")
@pytest.mark.parametrize("use", FORKED.values(), ids=FORKED.keys())
def test_a_forked_process_is_told_to_be_spawned_instead_of_waiting_for_ever(filled, use):
    filled.keys("label")

    answer = _in_fork(lambda: use(filled))

    assert answer is not None
    assert answer[0] == "refused"
    assert 'multiprocessing.get_context("spawn")' in answer[1]


def test_gc_stops_where_a_tag_is_broken_until_it_is_given_again(filled, batches):
    with filled.committer() as committer:
        committer.tag("kept", filled.state_id)
        committer.commit(batches(1), "more")
    reference = filled.path / "repo" / "refs" / "tag.kept" / "ref.json"
    reference.write_bytes(reference.read_bytes()[:-3])
    now = datetime.now(UTC)

    found = filled.refreshed().verify()
    with filled.committer() as committer:
        with pytest.raises(LakeReadError, match="'kept' is broken; give it again"):
            committer.gc(now)
        committer.tag("kept", filled.state_id)
        committer.gc(now)

    assert found == ["tag: kept is broken; give it again, or gc will not run"]
    assert filled.refreshed().at("kept").verify() == []


@pytest.mark.parametrize("kind", ["snapshots", "manifests"])
def test_gc_of_a_damaged_lake_deletes_nothing_and_says_why(filled, kind):
    for file in (filled.path / "repo" / kind).iterdir():
        file.write_bytes(b"")
    files = sorted(filled.path.glob("repo/*/*"))

    with filled.committer() as committer, pytest.raises(LakeReadError, match="what gc must keep"):
        committer.gc(datetime.now(UTC))

    assert sorted(filled.path.glob("repo/*/*")) == files


def test_readers_beside_gc_see_the_lake_or_are_told_that_their_state_is_gone(filled, batches):
    told = []
    with filled.committer() as committer:
        for seed in range(1, 5):
            lake = Lake.open(filled.path)
            committer.commit(batches(seed, 40), "more")
            committer.gc(datetime.now(UTC))
            for read in (lake.verify, lake.info):
                try:
                    read()
                except LakeGoneError as error:
                    told.append(error.message)

    assert len(told) >= 6
    assert Lake.open(filled.path).verify() == []


@pytest.mark.parametrize("content", [b"x" * 9999, b"", None], ids=["junk", "empty", "deleted"])
def test_rows_are_not_put_behind_damaged_ones(filled, batches, content):
    with filled.committer() as committer:
        committer.commit(batches(1, 60), "more")
    before = filled.refreshed().state_id
    for chunk in (filled.path / "repo" / "chunks").iterdir():
        chunk.unlink() if content is None else chunk.write_bytes(content)

    with (
        Lake.open(filled.path).committer() as committer,
        pytest.raises(LakeReadError, match="run sekkei lake verify") as told,
    ):
        committer.commit(batches(2, 60), "behind")

    assert "\n" not in told.value.message
    assert Lake.open(filled.path).state_id == before


def test_a_damaged_state_is_not_taken_for_one_that_never_was(filled, batches):
    with filled.committer() as committer:
        committer.tag("kept", filled.state_id)
        newest = committer.commit(batches(1), "more")
    (filled.path / "repo" / "snapshots" / filled.state_id).write_bytes(b"")
    lake = Lake.open(filled.path)

    for name in (filled.state_id, "kept"):
        with pytest.raises(LakeReadError, match=f"reading state {name} said: an object is cut"):
            lake.at(name)
    with pytest.raises(InvalidInputError, match="was it deleted by gc"):
        lake.at("0" * 20)
    assert lake.at(newest).state_id == newest


def test_whoever_makes_a_lake_second_opens_it(tmp_path, monkeypatch):
    first = Lake.create(tmp_path / "lake")
    answers = iter([False])
    monkeypatch.setattr(
        "sekkei.lake.lake.is_lake", lambda path: next(answers, (path / "repo").is_dir())
    )

    assert Lake.open_or_create(tmp_path / "lake").state_id == first.state_id
