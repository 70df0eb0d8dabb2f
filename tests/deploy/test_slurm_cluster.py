"""Slurm's scripts: where the head is, which ports are whose, and a cluster that lasts."""

import io
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, redirect_stdout
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from ray.scripts.scripts import cli
from tests.deploy.conftest import stand_in
from tests.deploy.test_chart_commands import unknown_options

SLURM = Path(__file__).parents[2] / "deploy" / "slurm"
SCRIPTS = sorted(SLURM.glob("*.sbatch"))
CLUSTER = SLURM / "cluster.sbatch"
OTHERS = sorted((SLURM.parent).rglob("*.sh"))


def _block(script: Path) -> str:
    text = script.read_text("utf-8")
    return text[text.index("# Where this Ray is:") : text.index("# End of these lines.")]


FINDER = _block(CLUSTER).split("<< 'PYTHON'\n")[1].split("\nPYTHON\n")[0]


@pytest.mark.parametrize("script", [*SCRIPTS, *OTHERS], ids=lambda path: path.name)
def test_a_script_is_clean(script: Path) -> None:
    checker = Path(sys.executable).with_name("shellcheck")

    done = subprocess.run([checker, script], capture_output=True, text=True, check=False)

    assert done.stdout == ""


def test_every_script_finds_its_ray_by_the_same_lines() -> None:
    assert [path.name for path in SCRIPTS] == ["campaign.sbatch", "cluster.sbatch"]
    assert _block(SCRIPTS[0]) == _block(SCRIPTS[1])


class Network:
    """What a node knows of the network: its addresses, names, the way to others, ports in use."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **known: Any) -> None:
        self._patch = monkeypatch
        self.addresses: list[str] = known.get("addresses", ["127.0.0.1", "10.0.0.7"])
        self.names: dict[str, list[str]] = known.get("names", {})
        self.routes: dict[str, str] = known.get("routes", {})
        self.taken: set[int] = known.get("taken", set())

    def find(self, job: int, nodes: str, here: str = "node7") -> tuple[str, int]:
        found = [SimpleNamespace(address=address) for address in self.addresses]
        self._patch.setattr(psutil, "net_if_addrs", lambda: {"eth0": found})
        self._patch.setattr(socket, "gethostbyname_ex", self._named)
        self._patch.setattr(socket, "socket", lambda *_: Probe(self))
        self._patch.setattr(sys, "argv", ["-", str(job), here, *nodes.split()])
        with redirect_stdout(io.StringIO()) as said:
            exec(compile(FINDER, "finder", "exec"), {})
        address, port = said.getvalue().split()
        return address, int(port)

    def _named(self, name: str) -> tuple[str, list[str], list[str]]:
        if name not in self.names:
            raise OSError
        return name, [], self.names[name]


class Probe:
    """A socket of such a network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._source = ""

    def __enter__(self) -> "Probe":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def connect(self, where: tuple[str, int]) -> None:
        if where[0] not in self._network.routes:
            raise OSError
        self._source = self._network.routes[where[0]]

    def getsockname(self) -> tuple[str, int]:
        return self._source, 0

    def bind(self, where: tuple[str, int]) -> None:
        if where[1] in self._network.taken:
            raise OSError


def test_a_name_that_stands_for_the_loopback_is_not_the_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As Debian writes /etc/hosts. Each node would take itself for the head, or none (ray#58875).
    network = Network(monkeypatch, names={"node7": ["127.0.1.1"]})

    assert network.find(41, "node7 node8") == ("10.0.0.7", 20000 + 41 * 16)


def test_the_address_that_others_reach_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    # The name stands for the slow network; the others are reached by the fast one (ray#59551).
    network = Network(
        monkeypatch,
        addresses=["127.0.0.1", "192.168.1.7", "10.0.0.7"],
        names={"node7": ["192.168.1.7"]},
        routes={"node8": "10.0.0.7"},
    )

    assert network.find(41, "node7 node8")[0] == "10.0.0.7"


def test_a_name_of_another_machine_is_not_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, names={"node7": ["203.0.113.9"]})

    assert network.find(41, "node7 node8")[0] == "10.0.0.7"


def test_the_head_may_be_named_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, addresses=["127.0.0.1", "10.0.0.7", "10.9.0.7"])
    monkeypatch.setenv("SEKKEI_HEAD_ADDRESS", "10.9.0.7")

    assert network.find(41, "node7 node8")[0] == "10.9.0.7"
    monkeypatch.setenv("SEKKEI_HEAD_ADDRESS", "10.9.0.8")
    with pytest.raises(SystemExit, match="set SEKKEI_HEAD_ADDRESS"):
        network.find(41, "node7 node8")


def test_a_node_alone_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, addresses=["127.0.0.1"])

    assert network.find(41, "node7")[0] == "127.0.0.1"
    with pytest.raises(SystemExit, match="an address that the other nodes reach"):
        network.find(41, "node7 node8")


def test_jobs_have_ports_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch)

    firsts = sorted(network.find(job, "node7")[1] for job in range(987_000, 987_700))
    assert all(after - before >= 16 for before, after in pairwise(firsts))
    # Above what Ray takes for workers, below what Linux gives to whoever asks for any port.
    assert min(firsts) > 19999
    assert max(network.find(job, "node7")[1] for job in range(800)) + 16 <= 32768


def test_ports_that_somebody_has_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, taken={20000 + 41 * 16 + 5})

    assert network.find(41, "node7")[1] == 20000 + 42 * 16


def test_a_script_really_finds_this_machine(slurm: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "bin" / "python").unlink()
    stand_in(tmp_path / "bin", "scontrol", "echo node7")
    (tmp_path / "try").write_text(f'set -euo pipefail\n{_block(CLUSTER)}echo "$where"\n')
    slurm["PATH"] = f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{slurm['PATH']}"

    done = subprocess.run(
        ["bash", tmp_path / "try"], env=slurm, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    address, port = done.stdout.split()
    with closing(socket.create_server((address, int(port)))):
        assert int(port) >= 20000


RAY = """\
echo "$*" >> "$HOME/$SLURMD_NODENAME.told"
trap 'exit 0' TERM
while :; do sleep 0.1; done"""
# Two nodes: the script's function on each, with the name of each.
TWO = """\
while [[ $1 == -* ]]; do shift; done
for node in node7 node8; do SLURMD_NODENAME=$node "$@" & done
trap 'kill $(jobs -p)' TERM
wait; wait"""


@pytest.fixture
def head(slurm: dict[str, str], tmp_path: Path) -> int:
    """A first port whose neighbours are free, and programs that stand for a Ray on two nodes."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = int(probe.getsockname()[1])
    stand_in(tmp_path / "bin", "python", f"cat > /dev/null; echo 127.0.0.1 {port}")
    stand_in(tmp_path / "bin", "srun", TWO)
    stand_in(tmp_path / "bin", "ray", RAY)
    slurm["SEKKEI_RAY_DIR"] = str(tmp_path / "ray")
    (tmp_path / ".sekkei").mkdir()
    (tmp_path / ".sekkei" / "ray-token").write_text("0" * 64)
    return port


def _until(condition: Any, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_cluster_says_where_it_is_and_ends_with_its_job(
    slurm: dict[str, str], tmp_path: Path, head: int
) -> None:
    told = tmp_path / ".sekkei" / "clusters" / "41.env"
    with (
        closing(socket.create_server(("127.0.0.1", head))),  # what the head of Ray would open
        closing(socket.create_server(("127.0.0.1", head + 1))),
    ):
        script = subprocess.Popen(
            ["bash", CLUSTER], env=slurm, cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        _until(lambda: told.is_file() and (tmp_path / "node8.told").is_file())

        assert f"RAY_API_SERVER_ADDRESS=http://127.0.0.1:{head + 1}" in told.read_text()
        assert f"RAY_AUTH_TOKEN_PATH={tmp_path}/.sekkei/ray-token" in told.read_text()
        script.send_signal(signal.SIGTERM)
        said, _ = script.communicate(timeout=20)

    assert "a cluster of 2 nodes" in said
    assert not told.exists()
    first, second = ((tmp_path / f"node{n}.told").read_text().split() for n in (7, 8))
    assert first[:6] == ["start", "--head", "--node-ip-address", "127.0.0.1", "--port", str(head)]
    assert second[:3] == ["start", "--address", f"127.0.0.1:{head}"]
    for words in (first, second):
        assert unknown_options(cli, words) == []
        assert words[words.index("--temp-dir") + 1] == str(tmp_path / "ray")
        given = [int(word) for word in words if re.fullmatch(r"\d{4,5}", word)]
        assert set(given) <= set(range(head, head + 16))
        assert len(given) == len(set(given))


def test_a_cluster_that_does_not_start_says_so(
    slurm: dict[str, str], tmp_path: Path, head: int
) -> None:
    assert head
    stand_in(tmp_path / "bin", "ray", "echo no shared memory >&2; exit 1")
    slurm["SEKKEI_WAIT_TRIES"] = "2"

    done = subprocess.run(
        ["bash", CLUSTER], env=slurm, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "the cluster did not start" in done.stderr
    assert list((tmp_path / ".sekkei").rglob("*.env")) == []


def test_a_lasting_cluster_stops_nobody_elses_ray() -> None:
    code = re.sub(r"^#.*$", "", CLUSTER.read_text("utf-8"), flags=re.MULTILINE)

    assert "ray stop" not in code
    assert "symmetric-run" not in code
