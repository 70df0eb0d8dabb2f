"""Short tasks travel together, and small commits wait for each other: blame and bounds stay."""

from collections import Counter
from pathlib import Path

import pytest

from sekkei.campaign.context import CommitBuffer, CommitPolicy
from sekkei.fleet.event import Event
from sekkei.fleet.failure import attribute_failure
from sekkei.fleet.pool import RayPool
from sekkei.fleet.port import Task
from sekkei.fleet.retry import FailureKind
from sekkei.lake import Batch, Lake
from sekkei.testing.pool_laws import MortalWorker, ObligingWorker
from sekkei.transport.labeler import Refusal


def task(text: str) -> Task[str]:
    return Task(key=text, subject=text, recipe="recipe-1", payload=text)


@pytest.mark.ray
def test_short_tasks_travel_together_and_each_is_done_once(ray_pool: RayPool) -> None:
    events: list[Event] = []
    tasks = [task(f"echo {i}") for i in range(300)]

    results = list(ray_pool.run(tasks, ObligingWorker, watch=events.append))

    assert Counter(r.task.key for r in results) == Counter(t.key for t in tasks)
    assert sum(event.name == "given" for event in events) == 300
    assert all(r.attempt == 1 and r.outcome == r.task.payload for r in results)


@pytest.mark.ray
def test_a_bug_among_short_tasks_is_named(ray_pool: RayPool) -> None:
    tasks = [task(f"echo {i}") for i in range(100)]
    tasks.insert(60, task("blunder"))

    with pytest.raises(TypeError, match="somebody forgot a cast") as caught:
        list(ray_pool.run(tasks, ObligingWorker))

    assert any("the task blunder" in note for note in caught.value.__notes__)


@pytest.mark.ray
@pytest.mark.slow
def test_a_poison_among_short_tasks_is_refused_and_the_others_are_done(ray_pool: RayPool) -> None:
    tasks = [task(f"echo {i}") for i in range(100)]
    tasks.insert(60, task("die"))

    outcomes = {r.task.key: r.outcome for r in ray_pool.run(tasks, MortalWorker)}

    refusal = outcomes.pop("die")
    assert isinstance(refusal, Refusal)
    assert refusal.kind == "WorkerDiedError"
    assert len(outcomes) == 100
    assert all(key == outcome for key, outcome in outcomes.items())


def test_of_several_that_ran_out_of_time_nobody_is_blamed_yet() -> None:
    tasks = [task("1"), task("2"), task("3")]

    assert attribute_failure(tasks, FailureKind.TIME_OUT, 2) == ([], tasks[:2])
    assert attribute_failure(tasks, FailureKind.TIME_OUT) == (tasks[:1], tasks[:1])


@pytest.mark.parametrize(("share", "n_commit"), [(1.0, 5), (1e-6, 2)])
def test_commits_take_a_small_part_of_the_time(tmp_path: Path, share: float, n_commit: int) -> None:
    commits: list[Event] = []
    policy = CommitPolicy(n_result=2, seconds=3600.0, share=share)

    with Lake.create(tmp_path / "lake").committer() as committer:
        buffer = CommitBuffer(committer, policy, "nothing", commits.append)
        for _ in range(10):
            buffer.add(Batch())
        buffer.flush()

    # The first is not held back; the others wait for the end where commits may take no time.
    assert len(commits) == n_commit
    assert sum(event.n_item for event in commits) == 10
