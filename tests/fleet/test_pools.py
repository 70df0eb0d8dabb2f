import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from sekkei.errors import InvalidInputError, LabelError, MissingExtraError
from sekkei.fleet.pool import Patience, RayPool
from sekkei.fleet.port import Pool, Task, WorkerDiedError
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


@pytest.fixture(autouse=True)
def _workers_travel_by_value(request: pytest.FixtureRequest) -> None:
    # The workers of this file are not importable where Ray runs them.
    if request.node.get_closest_marker("ray"):
        from ray import cloudpickle

        cloudpickle.register_pickle_by_value(sys.modules[__name__])


def _tasks(*payloads: str) -> list[Task[str]]:
    return [Task(key=p, subject=p, recipe="recipe-1", payload=p) for p in payloads]


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

    hasty = RayPool(1, patience=Patience(deaths_at_start=2))
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
    deadline = time.monotonic() + 30.0
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
