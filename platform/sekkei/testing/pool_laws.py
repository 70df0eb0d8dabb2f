"""Laws of a pool, and workers that try it."""

import errno
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from sekkei.errors import InvalidInputError, LabelError
from sekkei.fleet.port import Pool, Task
from sekkei.transport.labeler import Refusal


class ObligingWorker:
    """Does what the payload says: ``echo``, ``refuse``, ``forbid``, ``blunder``, ``nap``, ….

    Further ones are ``print``, ``exit`` and ``fill``, which finds a full disk.
    """

    def work(self, payload: str, /) -> str:
        verb, _, _ = payload.partition(" ")
        if verb == "refuse":
            raise LabelError("an atom must not sit on another, but 3 and 4 do", atoms=[3, 4])
        if verb == "forbid":
            raise InvalidInputError("a neck must fit its device, but 9 layers do not", layers=9)
        if verb == "blunder":
            raise TypeError("somebody forgot a cast")
        if verb == "nap":
            time.sleep(0.05)
        if verb == "print":
            print(payload)  # noqa: T201  (what nobody should, and many do)
        if verb == "exit":
            sys.exit(0)
        if verb == "fill":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "scratch.tmp")
        return payload


class MortalWorker:
    """Ends its own process, as a crash in native code would: ``die`` always, ``once FILE`` once."""

    def work(self, payload: str, /) -> str:
        verb, _, mark = payload.partition(" ")
        is_first = verb == "once" and not Path(mark).exists()
        if is_first:
            Path(mark).touch()
        if verb == "die" or is_first:
            os.kill(os.getpid(), signal.SIGKILL)
        return payload


class PoolLaws:
    """Inherit, and give a fixture ``pool`` that is open."""

    def test_every_task_has_exactly_one_result(self, pool: Pool) -> None:
        tasks = [_task(f"echo {i}") for i in range(50)]

        results = list(pool.run(iter(tasks), ObligingWorker))

        assert Counter(r.task.key for r in results) == Counter(t.key for t in tasks)
        assert all(r.outcome == r.task.payload for r in results)

    def test_no_tasks_give_no_results(self, pool: Pool) -> None:
        assert list(pool.run([], ObligingWorker)) == []

    def test_an_expected_failure_is_a_row(self, pool: Pool) -> None:
        tasks = [_task("echo 1"), _task("refuse"), _task("echo 2")]

        outcomes = {r.task.key: r.outcome for r in pool.run(tasks, ObligingWorker)}

        refusal = outcomes.pop("refuse")
        assert isinstance(refusal, Refusal)
        assert (refusal.kind, refusal.recipe) == ("LabelError", "recipe-1")
        assert refusal.message == "an atom must not sit on another, but 3 and 4 do"
        assert outcomes == {"echo 1": "echo 1", "echo 2": "echo 2"}

    def test_a_worker_that_exits_is_a_row_and_the_others_go_on(self, pool: Pool) -> None:
        outcomes = {
            r.task.key: r.outcome for r in pool.run([_task("exit"), _task("echo")], ObligingWorker)
        }

        refusal = outcomes["exit"]
        assert isinstance(refusal, Refusal)
        assert refusal.kind == "WorkerExitError"
        assert "ended its process with sys.exit(0)" in refusal.message
        assert outcomes["echo"] == "echo"

    def test_a_full_disk_is_a_row(self, pool: Pool) -> None:
        (result,) = pool.run([_task("fill")], ObligingWorker)

        assert isinstance(result.outcome, Refusal)
        assert result.outcome.kind == "DiskFullError"
        assert "on the disk of scratch.tmp, but: No space left on device" in result.outcome.message

    def test_what_a_worker_prints_is_not_among_the_results(
        self, pool: Pool, capfd: pytest.CaptureFixture[str]
    ) -> None:
        (result,) = pool.run([_task("print 1")], ObligingWorker)

        assert result.outcome == "print 1"
        assert capfd.readouterr().out == ""

    def test_another_expected_failure_arrives_as_itself(self, pool: Pool) -> None:
        with pytest.raises(InvalidInputError, match=r"^a neck must fit its device") as caught:
            list(pool.run([_task("forbid")], ObligingWorker))

        assert type(caught.value) is InvalidInputError
        assert caught.value.facts == {"layers": 9}

    def test_a_bug_stops_the_run(self, pool: Pool) -> None:
        with pytest.raises(TypeError, match="somebody forgot a cast"):
            list(pool.run([_task("blunder"), _task("echo 1")], ObligingWorker))

    def test_tasks_are_pulled_as_workers_get_free(self, pool: Pool) -> None:
        pulled, done, ahead = 0, 0, []

        def endless() -> Iterator[Task[str]]:
            nonlocal pulled
            while True:
                ahead.append(pulled - done)
                pulled += 1
                yield _task(f"nap {pulled}")

        with closing(pool.run(endless(), ObligingWorker)) as results:
            assert pulled == 0
            for _ in islice(results, 20):
                done += 1

        assert max(ahead) < 2 * pool.n_workers

    def test_a_closed_run_lets_the_pool_be_used_again(self, pool: Pool) -> None:
        with closing(pool.run((_task(f"nap {i}") for i in range(100)), ObligingWorker)) as results:
            next(results)

        assert [r.outcome for r in pool.run([_task("echo 1")], ObligingWorker)] == ["echo 1"]

    def test_a_result_says_where_and_when_it_was_made(self, pool: Pool) -> None:
        before = time.time()

        (result,) = pool.run([_task("nap")], ObligingWorker)

        assert result.provenance.node
        assert before <= result.provenance.started < result.provenance.finished <= time.time()
        assert result.provenance.cpu_seconds >= 0.0


def _task(text: str) -> Task[str]:
    return Task(key=text, subject=text, recipe="recipe-1", payload=text)
