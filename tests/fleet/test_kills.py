"""Whatever is killed, and whenever: nothing is lost, nothing is stored twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from sekkei.lake import Lake

PROGRAM = Path(__file__).with_name("chain_campaign.py")
RESUME_S = 30.0


@dataclass
class Driver:
    """A campaign that runs, and runs again after a kill."""

    lake: Path
    pool: str
    count: int
    process: "subprocess.Popen[bytes] | None" = None
    starts: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.lake.with_name("log.jsonl")

    def start(self) -> None:
        if self.process is None:
            self.starts.append(time.time())
            self.loads.append(_load())
            command = [PROGRAM, self.lake, self.pool, self.count, self.log]
            self.process = subprocess.Popen([sys.executable, *map(str, command)])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process = None

    def events(self) -> list[dict[str, Any]]:
        if not self.log.exists():
            return []
        # The last line may be cut off by a kill.
        lines = self.log.read_text().split("\n")[:-1]
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def wait_for_events(self, n_event: int) -> bool:
        """Wait for that many more; return whether the campaign goes on."""
        wanted = len(self.events()) + n_event
        deadline = time.monotonic() + 240.0
        while len(self.events()) < wanted:
            if self.process.poll() is not None:
                return False
            assert time.monotonic() < deadline, "the campaign stands still"
            time.sleep(0.05)
        return True

    def resumes(self) -> list[tuple[float, float]]:
        """Time in s from each start after a kill to the first item that was given out, and load."""
        times = [e["time"] for e in self.events() if e["event"] == "given"]
        ends = [*self.starts[1:], float("inf")]
        spans = zip(self.starts, ends, self.loads, strict=True)
        firsts = [(min((t for t in times if a <= t < b), default=None), a, n) for a, b, n in spans]
        return [(t - a, load) for t, a, load in firsts[1:] if t is not None]

    def check_resumes(self) -> None:
        # Most of it is importing: where n processes want one core, it takes n times as long.
        assert all(seconds < RESUME_S * load for seconds, load in self.resumes()), self.resumes()


def _load() -> float:
    """Processes that want to run, per core, at least 1."""
    running = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[0])
    return max(running, os.getloadavg()[0], os.cpu_count() or 1) / (os.cpu_count() or 1)


def kill_in_a_commit(driver: Driver) -> None:
    """Kill the committer when a file of the next commit appears."""
    folder = driver.lake / "repo" / "transactions"
    before = set(folder.iterdir()) if folder.exists() else set()
    deadline = time.monotonic() + 60.0
    while driver.process.poll() is None and time.monotonic() < deadline:
        if folder.exists() and set(folder.iterdir()) != before:
            break
        time.sleep(0.0005)  # a commit takes tens of milliseconds; without it, looking costs a core
    driver.kill()


def check_complete(lake: Path, count: int) -> None:
    filled = Lake.open(lake)
    assert filled.verify() == []
    found = {
        t: list(filled.table(t)["key"]) for t in ("experiment", "snapshot", "label", "refusal")
    }
    assert {table: len(keys) for table, keys in found.items()} == {
        "experiment": count,
        "snapshot": 6 * count,
        "label": 5 * count,
        "refusal": count,
    }
    assert all(max(Counter(keys).values()) == 1 for keys in found.values())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1])
def test_kills_of_driver_and_committer_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    driver = Driver(tmp_path / "lake", "serial", count=12)

    for kill in (Driver.kill, kill_in_a_commit):
        driver.start()
        assert driver.wait_for_events(rng.randrange(5, 30))
        kill(driver)
        assert Lake.open(driver.lake).verify() == []
    driver.start()

    assert driver.process.wait(120.0) == 0
    check_complete(driver.lake, driver.count)
    driver.check_resumes()


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A Ray with a head that works on nothing, and two nodes of one CPU."""
    from ray.cluster_utils import Cluster

    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    for _ in range(2):
        found.add_node(num_cpus=1)
    yield found
    found.shutdown()


@pytest.mark.ray
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_random_kills_of_anything_lose_and_double_nothing(cluster: Any, tmp_path: Path) -> None:
    n_round = int(os.environ.get("SEKKEI_KILL_ROUNDS", "20"))
    rng = random.Random(n_round)
    driver = Driver(tmp_path / "lake", cluster.address, count=8 * n_round)
    killed: Counter[str] = Counter()

    for i_round in range(n_round):
        driver.start()
        if not driver.wait_for_events(rng.randrange(5, 40)):
            break
        what = ("worker", "raylet", "driver", "committer")[(i_round + rng.randrange(2)) % 4]
        killed[what] += 1
        _kill(what, driver, cluster, rng)
    driver.start()

    assert driver.process.wait(600.0) == 0
    check_complete(driver.lake, driver.count)
    assert sum(killed.values()) >= n_round - 1, killed
    told = {"killed": killed, "resume_s_at_load": driver.resumes()}
    (tmp_path / "kills.json").write_text(json.dumps(told))
    driver.check_resumes()


def _kill(what: str, driver: Driver, cluster: Any, rng: random.Random) -> None:
    if what == "driver":
        driver.kill()
    elif what == "committer":
        kill_in_a_commit(driver)
    elif what == "raylet":
        node = rng.choice(sorted(cluster.worker_nodes, key=lambda node: node.unique_id))
        cluster.remove_node(node, allow_graceful=False)
        cluster.add_node(num_cpus=1)
    else:
        _kill_a_worker(cluster, rng)


def _kill_a_worker(cluster: Any, rng: random.Random) -> None:
    # Only children of our own raylets: other fleets may be at work on this machine.
    raylets = [
        psutil.Process(info.process.pid)
        for node in cluster.worker_nodes
        for info in node.all_processes["raylet"]
    ]
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        workers = [
            p for r in raylets for p in r.children() if p.name().startswith("ray::TaskRunner")
        ]
        if workers:
            os.kill(rng.choice(sorted(workers, key=lambda p: p.pid)).pid, signal.SIGKILL)
            return
        time.sleep(0.1)
