import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sekkei.errors import InvalidInputError, LabelError, MissingExtraError
from sekkei.fleet.event import Event
from sekkei.fleet.pool import RayPool
from sekkei.fleet.port import MemoryLimitError, Needs, Pool, Task, WorkerDiedError
from sekkei.fleet.retry import RetryPolicy
from sekkei.fleet.serial import SerialPool
from sekkei.testing.pool_laws import MortalWorker, ObligingWorker, PoolLaws
from sekkei.transport.labeler import Refusal


class TestSerialPool(PoolLaws):
    @pytest.fixture
    def pool(self) -> SerialPool:
        return SerialPool()


@pytest.mark.ray
class TestRayPool(PoolLaws):
    @pytest.fixture
    def pool(self, ray_pool: RayPool) -> RayPool:
        return ray_pool


class TellingWorker:
    """Writes its process number into the file that the payload names, then takes its time."""

    def work(self, payload: str, /) -> int:
        with Path(payload).open("a") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(2.0 if Path(payload).read_text().count("\n") == 1 else 0.0)
        return os.getpid()


class ThreadCountingWorker:
    """Says how many threads it may use."""

    def work(self, payload: str, /) -> str:
        return os.environ.get("OMP_NUM_THREADS", "unset")


class StrainedWorker:
    """Does what the payload says: ``hang``, ``hang once FILE``, ``hoard``, ``hoard once FILE``."""

    def work(self, payload: str, /) -> str:
        verb, _, mark = payload.replace(" once", "").partition(" ")
        is_first = not mark or not Path(mark).exists()
        if mark and verb != "echo":
            Path(mark).touch()
        if verb == "hang" and is_first:
            time.sleep(600.0)
        if verb == "hoard" and is_first:
            bytearray(2**62)
        return payload


@pytest.fixture(autouse=True)
def _workers_travel_by_value(request: pytest.FixtureRequest) -> None:
    # The workers of this file are not importable where Ray runs them.
    if request.node.get_closest_marker("ray"):
        from ray import cloudpickle

        cloudpickle.register_pickle_by_value(sys.modules[__name__])


def _tasks(*payloads: str) -> list[Task[str]]:
    return [Task(key=p, subject=p, recipe="recipe-1", payload=p) for p in payloads]


def _limited(limit_s: float, *payloads: str) -> list[Task[str]]:
    return [replace(task, limit_s=limit_s) for task in _tasks(*payloads)]


@pytest.mark.ray
def test_a_task_whose_worker_is_killed_from_outside_is_done_by_another(
    ray_pool: RayPool, tmp_path: Path
) -> None:
    note = tmp_path / "pids"
    killed = threading.Thread(target=_kill_who_signs, args=(note,))

    killed.start()
    results = list(ray_pool.run(_tasks(str(note)), TellingWorker))
    killed.join()

    pids = [int(line) for line in note.read_text().split()]
    assert len(pids) == 2
    assert [r.outcome for r in results] == [pids[1]]


@pytest.mark.ray
def test_a_crash_loses_none_of_the_tasks_that_waited_behind_it(
    ray_pool: RayPool, tmp_path: Path
) -> None:
    payloads = ["echo 1", f"once {tmp_path / 'a'}", "echo 2", f"once {tmp_path / 'b'}", "echo 3"]

    results = list(ray_pool.run(_tasks(*payloads), MortalWorker))

    assert sorted(r.outcome for r in results) == sorted(payloads)


@pytest.mark.ray
def test_a_poisonous_task_is_refused_and_the_others_go_on(ray_pool: RayPool) -> None:
    payloads = [f"echo {i}" for i in range(8)]

    results = list(ray_pool.run(_tasks("die", *payloads), MortalWorker))

    outcomes = {r.task.key: r.outcome for r in results}
    refusal = outcomes.pop("die")
    assert isinstance(refusal, Refusal)
    assert (refusal.kind, refusal.recipe) == ("WorkerDiedError", "recipe-1")
    assert refusal.message == (
        "a worker must survive this task, but 3 died of it, one after the other"
    )
    assert outcomes == {p: p for p in payloads}
    assert len(results) == 9


@pytest.mark.ray
def test_a_worker_that_cannot_be_imported_is_one_line(ray_pool: RayPool) -> None:
    def start() -> ObligingWorker:
        import a_package_that_nobody_wrote  # noqa: F401

        return ObligingWorker()

    with pytest.raises(
        MissingExtraError, match=r"^a worker must be able to start, but: "
    ) as caught:
        list(ray_pool.run(_tasks("echo 1"), start))

    assert "No module named 'a_package_that_nobody_wrote'" in caught.value.message
    assert "\n" not in str(caught.value)


@pytest.mark.ray
def test_a_worker_that_refuses_to_start_says_so_itself(ray_pool: RayPool) -> None:
    def start() -> ObligingWorker:
        raise LabelError("a labeler must have a basis, but found none")

    with pytest.raises(LabelError, match=r"^a labeler must have a basis, but found none$"):
        list(ray_pool.run(_tasks("echo 1"), start))


@pytest.mark.ray
def test_a_worker_that_dies_at_its_start_is_given_up(ray_pool: RayPool) -> None:
    def start() -> ObligingWorker:
        os.kill(os.getpid(), signal.SIGKILL)
        return ObligingWorker()

    hasty = RayPool(1, policy=RetryPolicy(deaths_at_start=2))
    with hasty, pytest.raises(WorkerDiedError, match="must survive its start, but 2 in a row"):
        list(hasty.run(_tasks("echo 1"), start))


@pytest.mark.ray
def test_a_worker_has_one_openmp_thread(ray_pool: RayPool) -> None:
    (result,) = ray_pool.run(_tasks("echo 1"), ThreadCountingWorker)

    assert result.outcome == "1"


@pytest.mark.ray
def test_a_heartbeat_is_heard_while_nothing_is_ready(ray_pool: RayPool, tmp_path: Path) -> None:
    beats: list[float] = []

    list(
        ray_pool.run(_tasks(str(tmp_path / "note")), TellingWorker, on_wait=lambda: beats.append(0))
    )

    assert len(beats) >= 2


@pytest.mark.ray
def test_nothing_listens_to_the_network(ray_pool: RayPool) -> None:
    import psutil

    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    hosts = {c.laddr.ip for p in family for c in _listening(p)}

    assert hosts <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}


@pytest.mark.ray
def test_a_task_that_hangs_is_refused_after_its_tries_and_the_others_go_on(
    ray_pool: RayPool,
) -> None:
    tasks = [*_tasks("echo 1"), *_limited(0.5, "hang"), *_tasks("echo 2", "echo 3")]
    events: list[Event] = []

    results = list(ray_pool.run(tasks, StrainedWorker, watch=events.append))

    outcomes = {r.task.key: r.outcome for r in results}
    refusal = outcomes.pop("hang")
    assert isinstance(refusal, Refusal)
    assert refusal.kind == "TimeLimitError"
    assert refusal.message.startswith("a task must end within 0.5 s, but 2 tries on fresh workers")
    assert outcomes == {f"echo {i}": f"echo {i}" for i in (1, 2, 3)}
    # Twice by itself, and before that perhaps as one of several that travelled together.
    n_retry = [e.key for e in events if e.name == "retried"].count("hang")
    assert n_retry in (1, 2)
    assert [e.kind for e in events if e.name == "worker-lost"] == ["TIME_OUT"] * (n_retry + 1)
    assert [r.attempt for r in results if r.task.key == "hang"] == [n_retry + 1]


@pytest.mark.ray
@pytest.mark.parametrize("verb", ["hang", "hoard"])
def test_what_failed_by_chance_is_done_by_a_fresh_worker(
    ray_pool: RayPool, tmp_path: Path, verb: str
) -> None:
    payload = f"{verb} once {tmp_path / 'mark'}"

    (result,) = ray_pool.run(_limited(2.0, payload), StrainedWorker)

    assert (result.outcome, result.attempt) == (payload, 2)


@pytest.mark.ray
def test_a_task_that_does_not_fit_into_memory_is_refused(ray_pool: RayPool) -> None:
    results = list(ray_pool.run(_tasks("hoard", "echo 1"), StrainedWorker))

    outcomes = {r.task.key: r.outcome for r in results}
    refusal = outcomes["hoard"]
    assert isinstance(refusal, Refusal)
    assert refusal.kind == "MemoryLimitError"
    assert outcomes["echo 1"] == "echo 1"


@pytest.mark.ray
def test_a_bug_names_the_task_that_it_struck(ray_pool: RayPool) -> None:
    (task,) = _tasks("blunder")

    for pool in (ray_pool, SerialPool()):
        with pytest.raises(TypeError) as caught:
            list(pool.run([replace(task, stage="labels")], ObligingWorker))

        assert caught.value.__notes__ == ["this happened in the task blunder of labels"]


@pytest.mark.ray
def test_a_worker_that_does_not_fit_into_memory_is_one_line(ray_pool: RayPool) -> None:
    def start() -> ObligingWorker:
        bytearray(2**62)
        return ObligingWorker()

    with pytest.raises(MemoryLimitError, match="must fit into memory while it starts"):
        list(ray_pool.run(_tasks("echo 1"), start))


@pytest.mark.ray
def test_a_worker_without_its_library_is_one_line_within_ten_seconds(
    ray_pool: RayPool, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"

    def start() -> ObligingWorker:
        mark.touch()
        raise OSError("libxc.so.9: cannot open shared object file")

    with pytest.raises(MissingExtraError, match=r"OSError: libxc.so.9: cannot open shared"):
        list(ray_pool.run(_tasks("echo 1"), start))

    # From its first breath: how long a machine takes to start a process is not ours.
    assert time.time() - mark.stat().st_mtime < 10.0


@pytest.mark.ray
def test_a_worker_that_is_slow_to_start_is_told_and_then_given_up() -> None:
    def start() -> ObligingWorker:
        time.sleep(600.0)
        return ObligingWorker()

    events: list[Event] = []
    hasty = RayPool(1, policy=RetryPolicy(slow_start_s=0.5, start_s=3.0))
    with hasty, pytest.raises(WorkerDiedError, match=r"ready within 3 s, but none of 1 is; \d"):
        list(hasty.run(_tasks("echo 1"), start, watch=events.append))

    assert [e.name for e in events] == ["worker-slow"]
    assert "CPUs are free; waiting up to 3 s" in events[0].detail


@pytest.mark.ray
def test_work_in_flight_is_bounded_by_its_size() -> None:
    now = most = 0

    def count(event: Event) -> None:
        nonlocal now, most
        now += event.name == "given"
        most = max(most, now)

    tasks = [Task(str(i), str(i), "recipe-1", "echo" + 50_000 * "x") for i in range(6)]
    with RayPool(2, policy=RetryPolicy(bytes_in_flight=60_000)) as pool:
        for _ in pool.run(tasks, ObligingWorker, watch=count):
            now -= 1

    # The second task makes it 100 kB; from there nothing more is given out.
    assert most == 2


@pytest.mark.ray
def test_tasks_may_come_up_while_others_are_done(ray_pool: RayPool) -> None:
    later: list[Task[str] | None] = []
    first = _tasks("echo 1")

    def source() -> Iterator[Task[str] | None]:
        yield from first
        while not later:
            yield None
        yield from later

    done = []
    for result in ray_pool.run(source(), ObligingWorker):
        done.append(result.outcome)
        if len(done) == 1:
            later.extend(_tasks("echo 2", "echo 3"))

    assert sorted(done) == ["echo 1", "echo 2", "echo 3"]


@pytest.mark.ray
def test_a_worker_has_the_threads_that_it_needs(ray_pool: RayPool) -> None:
    (result,) = ray_pool.run(_tasks("echo 1"), ThreadCountingWorker, needs=Needs(cpus=2))

    assert result.outcome == "2"


def test_one_alone_refuses_what_does_not_fit_into_memory() -> None:
    (result,) = SerialPool().run(_tasks("hoard"), StrainedWorker)

    assert isinstance(result.outcome, Refusal)
    assert result.outcome.kind == "MemoryLimitError"


def test_a_source_that_pauses_for_nothing_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="must not pause while nothing is under way"):
        list(SerialPool().run([None], ObligingWorker))


def test_a_pool_that_is_not_open_says_so() -> None:
    with pytest.raises(InvalidInputError, match="a pool must be open to run, but this one is not"):
        next(RayPool(1).run(_tasks("echo 1"), ObligingWorker))


def test_a_pool_has_at_least_one_worker() -> None:
    with pytest.raises(InvalidInputError, match="at least one worker, but found 0"):
        RayPool(0)


@pytest.mark.parametrize("pool", [SerialPool(), RayPool(1)], ids=["serial", "ray"])
def test_the_pools_fit_the_port(pool: Pool) -> None:
    assert isinstance(pool, Pool)


def _kill_who_signs(note: Path) -> None:
    deadline = time.monotonic() + 120.0
    while not (note.exists() and note.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(int(note.read_text()), signal.SIGKILL)


def _listening(process: "object") -> list:
    import psutil

    try:
        connections = process.net_connections(kind="inet")
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return []
    return [c for c in connections if c.status == psutil.CONN_LISTEN]
