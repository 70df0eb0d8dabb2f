"""Files of `deploy/` that start clusters: they parse, they name options that exist, they run."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from ray.autoscaler._private.util import prepare_config, validate_config
from ray.scripts.scripts import cli
from tests.deploy.conftest import HEAD, PORTS, stand_in
from tests.deploy.test_chart_commands import unknown_options

DEPLOY = Path(__file__).parents[2] / "deploy"
SCRIPT = DEPLOY / "slurm" / "campaign.sbatch"


def test_the_cluster_file_is_one_that_ray_takes() -> None:
    config = yaml.safe_load((DEPLOY / "ray" / "cluster.yaml").read_text())

    validate_config(prepare_config(config))


def test_no_ray_of_a_cluster_file_starts_without_a_token() -> None:
    config = yaml.safe_load((DEPLOY / "ray" / "cluster.yaml").read_text())
    commands = config["head_start_ray_commands"] + config["worker_start_ray_commands"]
    starts = [command for command in commands if "ray start" in command]

    assert len(starts) == 2
    assert all("RAY_AUTH_MODE=token" in command for command in starts)
    options = {o for command in starts for o in re.findall(r"(--[a-z-]+)", command)}
    known = CliRunner().invoke(cli, ["start", "--help"]).output
    assert {option for option in options if option not in known} == set()


def _submit(slurm: dict[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    command = ["bash", SCRIPT, "c.yaml", "/lake"]
    done = subprocess.run(
        command, env=slurm, cwd=folder, capture_output=True, text=True, check=False
    )
    assert list(folder.glob(".sekkei-*")) == []
    return done


def test_the_slurm_script_starts_one_ray_over_all_nodes(
    slurm: dict[str, str], tmp_path: Path
) -> None:
    tell = 'all="$*"; echo "$RAY_AUTH_MODE ${all%% -- *}"'
    rest = 'while [[ $1 != -- ]]; do shift; done; shift; exec "$@"'
    stand_in(tmp_path / "bin", "ray", f"{tell}; {rest}")
    stand_in(tmp_path / "bin", "sekkei", 'echo "$*"; exit 3')

    done = _submit(slurm, tmp_path)

    assert done.stdout.splitlines() == [
        f"token symmetric-run --address {HEAD} --min-nodes 2 --num-cpus 16 {PORTS}",
        f"campaign run c.yaml --lake /lake --address {HEAD}",
    ]
    assert done.returncode == 3, done.stderr
    token = tmp_path / ".sekkei" / "ray-token"
    assert token.stat().st_mode & 0o077 == 0
    assert len(token.read_text().strip()) == 64
    assert unknown_options(cli, ["start", *PORTS.split()]) == []
    known = CliRunner().invoke(cli, ["symmetric-run", "--help"]).output
    assert "--address" in known
    assert "--min-nodes" in known


def test_a_ray_that_does_not_start_is_not_a_success(slurm: dict[str, str], tmp_path: Path) -> None:
    # Ray's own command ends with 0 then.
    stand_in(tmp_path / "bin", "ray", "echo Failed to start Ray >&2")

    done = _submit(slurm, tmp_path)

    assert done.returncode == 1
    assert "the campaign did not begin" in done.stderr


def test_a_time_limit_of_slurm_reaches_the_campaign(slurm: dict[str, str], tmp_path: Path) -> None:
    stand_in(
        tmp_path / "bin",
        "ray",
        "trap 'echo told; exit 9' TERM; echo up; while :; do sleep 0.1; done",
    )
    script = subprocess.Popen(
        ["bash", SCRIPT, "c.yaml", "/lake"],
        env=slurm,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert script.stdout.readline() == "up\n"

    script.send_signal(signal.SIGTERM)

    assert script.communicate(timeout=20)[0] == "told\n"
    assert script.returncode == 9


def test_the_slurm_script_wants_its_arguments(slurm: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", SCRIPT, "c.yaml"], env=slurm, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "a lake: an absolute path" in done.stderr


class Nodes:
    """Two machines made of namespaces: own network, processes, host name, and folder of Ray."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.holders: list[subprocess.Popen[bytes]] = []
        self.inner: list[str] = []

    def open(self) -> None:
        hosts, rays = self.folder / "hosts", f"{tempfile.gettempdir()}/ray"
        hosts.write_text("127.0.0.1 localhost\n10.77.0.1 node1\n10.77.0.2 node2\n")
        for name in ("node1", "node2"):
            live = (
                f"hostname {name}; mkdir -p {rays}; mount -t tmpfs tmpfs {rays}; "
                f"mount --bind {hosts} /etc/hosts; ip link set lo up; echo ready; sleep 3600"
            )
            kinds = ["--fork", "--pid", "--net", "--mount", "--uts", "--mount-proc", "--kill-child"]
            holder = subprocess.Popen(
                ["unshare", *kinds, "bash", "-c", live], stdout=subprocess.PIPE
            )
            self.holders.append(holder)
            if holder.stdout.readline() != b"ready\n":
                pytest.skip("this machine lets nobody make namespaces: no two nodes to test on")
            found = subprocess.run(
                ["pgrep", "-P", str(holder.pid)], capture_output=True, text=True, check=True
            )
            self.inner.append(found.stdout.split()[0])
        self._wire()

    def _wire(self) -> None:
        one, two = self.inner
        pair = ["ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", two]
        self._in(one, *pair)
        for number, node in enumerate(self.inner, start=1):
            self._in(node, "ip", "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
            self._in(node, "ip", "link", "set", "eth0", "up")

    def _in(self, node: str, *words: str) -> None:
        subprocess.run(["nsenter", "-t", node, "-n", *words], check=True)

    def close(self) -> None:
        for holder in self.holders:
            holder.kill()
            holder.communicate()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    tools = ("unshare", "nsenter", "ip", "pgrep")
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"two nodes are made of namespaces: needs root, and misses {missing or 'it'}")
    made = Nodes(tmp_path)
    try:
        made.open()
        yield made
    finally:
        made.close()


SRUN = """\
while [[ $1 == -* ]]; do shift; done
pids=(); n=0
trap 'kill "${pids[@]}"' TERM
for node in $NODES; do
  nsenter -t "$node" -n -p -m -u --wdns="$PWD" -- \\
    env SLURMD_NODENAME=node$((n+1)) "$@" & pids+=($!); n=$((n+1))
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=$?; done
exit $status"""

CAMPAIGN = """\
name: on-two-nodes
experiments:
  - count: 6
    template: {potential: meam, cycles: 1, contact: {electrode: staggered-3, neck_width: 1}}
labels: {labeler: tight-binding, per_experiment: 4}
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_campaign_of_slurm_runs_on_two_nodes(
    slurm: dict[str, str], tmp_path: Path, nodes: Nodes
) -> None:
    from sekkei.lake import Lake

    stand_in(tmp_path / "bin", "srun", SRUN)
    stand_in(tmp_path / "bin", "scontrol", "printf '%s\\n' node1 node2")
    (tmp_path / "bin" / "python").unlink()
    programs = Path(sys.executable).parent
    (tmp_path / "campaign.yaml").write_text(CAMPAIGN)
    environment = slurm | {
        "PATH": f"{tmp_path / 'bin'}:{programs}:{os.environ['PATH']}",
        "NODES": " ".join(nodes.inner),
        "SLURM_CPUS_PER_TASK": "1",
        "SLURMD_NODENAME": "node1",
    }
    # As Slurm does it, the script runs on the first node: in its network, where no name is known.
    first = ["nsenter", "-t", nodes.inner[0], "-n", "-u", f"--wdns={tmp_path}", "--"]
    done = subprocess.run(
        [*first, "bash", SCRIPT, "campaign.yaml", str(tmp_path / "lake")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, (done.stdout[-3000:], done.stderr)
    lake = Lake.open(tmp_path / "lake")
    assert lake.info()["rows"]["label"] == 24
    assert set(lake.table("label")["node"]) == {"node1", "node2"}


ASK = """\
import json, sys, urllib.request
file, address = sys.argv[1:]
token = {"Authorization": "Bearer " + open(file).read().strip()}
request = urllib.request.Request(address + "/nodes?view=summary", headers=token)
found = json.load(urllib.request.urlopen(request, timeout=30))["data"]["summary"]
print(sum(node["raylet"]["state"] == "ALIVE" for node in found))
"""


def _n_alive(node: str, variables: Path) -> int:
    """Return how many nodes the cluster has whose file it is."""
    told = dict(re.findall(r"^export (\w+)=(.*)$", variables.read_text(), re.MULTILINE))
    words = [sys.executable, "-c", ASK, told["RAY_AUTH_TOKEN_PATH"], told["RAY_API_SERVER_ADDRESS"]]
    done = subprocess.run(
        ["nsenter", "-t", node, "-n", *words], capture_output=True, text=True, check=False
    )
    return int(done.stdout) if done.returncode == 0 else 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_clusters_share_two_nodes(slurm: dict[str, str], tmp_path: Path, nodes: Nodes) -> None:
    stand_in(tmp_path / "bin", "srun", SRUN)
    stand_in(tmp_path / "bin", "scontrol", "printf '%s\\n' node1 node2")
    (tmp_path / "bin" / "python").unlink()
    environment = slurm | {
        "PATH": f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "NODES": " ".join(nodes.inner),
        "SLURM_CPUS_PER_TASK": "1",
        "SLURMD_NODENAME": "node1",
    }
    first = ["nsenter", "-t", nodes.inner[0], "-n", "-u", f"--wdns={tmp_path}", "--", "bash"]
    folder = f"{tempfile.gettempdir()}/ray"  # of each node's own
    jobs = ("41", "42")
    scripts = []
    for job in jobs:
        with (tmp_path / f"{job}.err").open("w") as errors:
            script = subprocess.Popen(
                [*first, DEPLOY / "slurm" / "cluster.sbatch"],
                env=environment | {"SLURM_JOB_ID": job, "SEKKEI_RAY_DIR": f"{folder}/{job}"},
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        scripts.append(script)
    files = [tmp_path / ".sekkei" / "clusters" / f"{job}.env" for job in jobs]
    try:
        end = time.monotonic() + 420
        while not all(file.is_file() and _n_alive(nodes.inner[0], file) == 2 for file in files):
            said = [(tmp_path / f"{job}.err").read_text()[-2000:] for job in jobs]
            assert all(script.poll() is None for script in scripts), said
            assert time.monotonic() < end, said
            time.sleep(2)
    finally:
        for script in scripts:
            script.terminate()
    for script in scripts:
        script.wait(timeout=60)

    assert not any(file.exists() for file in files)
