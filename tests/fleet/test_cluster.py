"""Campaigns as jobs of a real Ray cluster of two nodes that asks for a token."""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from sekkei.errors import ClusterError, InvalidInputError
from sekkei.fleet.cluster import Cluster
from sekkei.lake import Lake

BIN = Path(sys.executable).parent
CAMPAIGN = """\
name: there
experiments:
  - count: {count}
    template: {{potential: meam, cycles: 1, contact: {{electrode: staggered-3, neck_width: 1}}}}
labels: {{labeler: tight-binding, per_experiment: 3}}
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Machines:
    """A head and a second node on this machine."""

    address: str
    folder: Path
    environment: dict[str, str]

    def sekkei(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [BIN / "sekkei", "campaign", *words],
            env=self.environment | variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def record(self, *words: str) -> dict[str, Any]:
        found = self.sekkei(*words, "--json")
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)

    def write(self, count: int) -> str:
        file = self.folder / f"{count}.yaml"
        file.write_text(CAMPAIGN.format(count=count))
        return str(file)


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    # Ray puts sockets into its folder, whose paths must be short.
    folder = tmp_path_factory.mktemp("c")
    token = folder / "token"
    token.write_text(secrets.token_hex(32))
    head, board = _free_port(), _free_port()
    environment = os.environ | {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_API_SERVER_ADDRESS": f"http://127.0.0.1:{board}",
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }
    environment.pop("RAY_ADDRESS", None)
    here = ["--node-ip-address=127.0.0.1", "--num-cpus=1", "--block"]
    server = ["--head", f"--port={head}", "--include-dashboard=true", "--dashboard-host=127.0.0.1"]
    roles = [
        [*server, f"--dashboard-port={board}", f"--temp-dir={tempfile.gettempdir()}/ray-{head}"],
        [f"--address=127.0.0.1:{head}"],
    ]
    nodes = []
    try:
        for role in roles:
            # On one machine the agents of two nodes would want the same port.
            agent = f"--dashboard-agent-listen-port={_free_port()}"
            command = [str(BIN / "ray"), "start", *role, *here, agent]
            with (folder / f"{len(nodes)}.log").open("w") as log:
                nodes.append(
                    subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
                )
            _await_port(head if len(nodes) == 1 else board)
        yield Machines(f"http://127.0.0.1:{board}", folder, environment)
    finally:
        for node in nodes:
            for process in [*psutil.Process(node.pid).children(recursive=True), node]:
                process.kill()
            node.wait()


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 120.0
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.3)
    pytest.fail(f"no Ray at port {port}")


@pytest.mark.slow
def test_a_campaign_is_submitted_watched_and_stored(machines: Machines) -> None:
    lake = machines.folder / "lake"
    job = machines.record("submit", machines.write(2), "--lake", str(lake))
    followed = machines.sekkei("logs", "there", "--follow")

    assert (job["campaign"], job["attempt"]) == ("there", 1)
    assert followed.returncode == 0, followed.stdout
    assert "labels 6/6" in followed.stdout
    shown = machines.record("show", "there")
    assert (shown["state"], shown["lake"]) == ("succeeded", str(lake))
    assert [(stage["stored"], stage["missing"]) for stage in shown["stages"]] == [(2, 0), (6, 0)]
    assert [row["job"] for row in [machines.record("list")]] == [job["job"]]
    info = Lake.open(lake).info()
    assert (info["rows"]["experiment"], info["rows"]["label"]) == (2, 6)
    assert secrets_of(machines) not in followed.stdout + followed.stderr


def secrets_of(machines: Machines) -> str:
    return Path(machines.environment["RAY_AUTH_TOKEN_PATH"]).read_text()


@pytest.mark.slow
def test_one_that_is_stopped_goes_on_and_repeats_nothing(machines: Machines) -> None:
    lake, file = machines.folder / "long", machines.write(120)
    first = machines.record("submit", file, "--lake", str(lake))
    _await_labels(lake)
    again = machines.sekkei("submit", file, "--lake", str(lake), "--json")
    assert "runs already" in again.stderr
    assert json.loads(again.stdout)["job"] == first["job"]

    assert machines.record("stop", first["job"])["state"] == "stopped"
    stored = Lake.open(lake).keys("label")
    resumed = machines.record("resume", first["job"])
    assert resumed["attempt"] == 2
    followed = machines.sekkei("logs", resumed["job"], "--follow")

    assert followed.returncode == 0, followed.stdout
    opened = Lake.open(lake)
    assert stored < opened.keys("label")
    assert opened.info()["rows"]["label"] == 360
    assert opened.verify() == []
    refused = machines.sekkei("stop", resumed["job"])
    assert refused.returncode == 2
    assert "must run to be stopped, but there is succeeded" in refused.stderr


def _await_labels(lake: Path) -> None:
    deadline = time.monotonic() + 180.0
    while time.monotonic() < deadline:
        if lake.is_dir() and Lake.open(lake).keys("label"):
            return
        time.sleep(0.5)
    pytest.fail("no label came")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"RAY_AUTH_TOKEN_PATH": ""}, "asks for a token, and none was sent"),
        ({"RAY_AUTH_TOKEN": "wrong"}, "asks for a token, and the one that was sent is another"),
    ],
    ids=["none", "wrong"],
)
def test_a_token_must_be_right(machines: Machines, variables: dict[str, str], told: str) -> None:
    found = machines.sekkei("list", **variables)

    assert found.returncode == 1
    assert told in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.slow
def test_an_unknown_campaign_is_told_with_the_known_ones(machines: Machines) -> None:
    found = machines.sekkei("show", "elsewhere")

    assert found.returncode == 2
    assert "but found 'elsewhere'; there: " in found.stderr


def test_a_cluster_that_does_not_answer_is_told_in_one_line() -> None:
    with pytest.raises(ClusterError, match="must answer at http://127") as caught:
        Cluster(f"http://127.0.0.1:{_free_port()}", {})

    assert "\n" not in caught.value.message


def test_an_address_must_be_that_of_a_dashboard() -> None:
    with pytest.raises(InvalidInputError, match="http://HOST:8265, but found auto"):
        Cluster("auto", {})


def test_a_file_of_the_token_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="RAY_AUTH_TOKEN_PATH must name a file"):
        Cluster("http://127.0.0.1:1", {"RAY_AUTH_TOKEN_PATH": str(tmp_path / "none")})
