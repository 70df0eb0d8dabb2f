"""Everything that a cluster has, as processes of one machine, and what happens when some die.

A bucket (moto), PostgreSQL, MLflow on both, a Ray head and a second node, and the service. A
campaign is sent by HTTP; in its middle the service and the second node are killed with SIGKILL and
started anew. At the end nothing is lost or doubled: the plan, the lake and `lake verify` agree.
Then a model is trained, lake and tokens are backed up and restored into empty folders and verified.

    python deploy/two_nodes.py [FOLDER]

needs what `make install-dev` installs, and PostgreSQL's ``initdb`` and ``postgres`` on the path.
Nothing listens on anything but 127.0.0.1; all secrets are made on the spot.
"""

import json
import os
import pwd
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psutil

import sekkei
from sekkei.errors import SekkeiError

BIN = Path(sys.executable).parent
HERE = "127.0.0.1"
N_EXPERIMENT, N_LABEL = 24, 6
WAIT_S = 400.0
CAMPAIGN = f"""\
name: two-nodes
experiments:
  - count: {N_EXPERIMENT}
    template: {{potential: meam, cycles: 1, contact: {{electrode: staggered-3, neck_width: 1}}}}
labels: {{labeler: tight-binding, per_experiment: {N_LABEL}}}
"""

Say = Callable[[str], None]


@dataclass(slots=True)
class Stack:
    """Processes by name, and how each is started again."""

    folder: Path
    environment: dict[str, str]
    commands: dict[str, list[str]] = field(default_factory=dict)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], user: int | None = None) -> None:
        """Start a process whose output goes to a file of its name."""
        self.commands[name] = list(command)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, user=user, cwd=self.folder
            )

    def again(self, name: str) -> None:
        """Start it with the same command."""
        self.start(name, self.commands[name])

    def kill(self, name: str, *, with_children: bool) -> None:
        """Kill it as a power cut would: nothing of it is asked."""
        process = self.running.pop(name)
        family = psutil.Process(process.pid).children(recursive=True) if with_children else []
        for one in [*family, process]:
            try:
                one.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        process.wait()

    def run(self, *words: str) -> str:
        """Run a command of Sekkei to its end and return what it printed."""
        done = subprocess.run(
            [BIN / "sekkei", *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(
                f"sekkei {' '.join(words)} ended with {done.returncode}: {done.stderr}"
            )
        return done.stdout

    def end(self) -> None:
        """End all that runs, the last one first."""
        for name in reversed(list(self.running)):
            self.kill(name, with_children=True)


def main(folder: Path, say: Say) -> dict[str, Any]:
    """Start the stack, break it, and return what was found."""
    ports: dict[str, int] = {}
    with _stack(folder) as stack:
        _start_stores(stack, ports)
        _start_nodes(stack, ports)
        token = stack.run(
            "token", "create", "op", "--role", "operator", "--state", "state", "--json"
        )
        registry = f"http://{HERE}:{ports['mlflow']}"
        # Ray takes ports of its own while it starts, so that one is free when it is asked for.
        ports["service"] = _free_port()
        stack.start(
            "service",
            _words(
                "sekkei",
                f"serve --lake s3://sekkei/lake --state state --workers 2 "
                f"--registry {registry} --address {HERE}:{ports['ray']} --port {ports['service']}",
            ),
        )
        say("bucket, PostgreSQL, MLflow, two nodes of Ray and the service run")
        url = f"http://{HERE}:{ports['service']}"
        found = _campaign(stack, url, json.loads(token)["token"], say)
        found |= _afterwards(stack, registry, url, json.loads(token)["token"], say)
    return found


def _campaign(stack: Stack, url: str, token: str, say: Say) -> dict[str, Any]:
    file = stack.folder / "campaign.yaml"
    file.write_text(CAMPAIGN, "utf-8")
    started = time.monotonic()
    with _connected(url, token) as service:
        service.campaigns.submit(file)
        _await(lambda: _n_label(service) > 0, "first labels")
        before = _n_label(service)
    stack.kill("service", with_children=False)
    stack.kill("second-node", with_children=True)
    say(f"killed the service and the second node after {before} labels")
    stack.again("second-node")
    stack.again("service")
    with _connected(url, token) as service:
        ended = service.campaigns.wait("two-nodes")
        say(f"the campaign {ended.state} after {time.monotonic() - started:.0f} s")
        rows = service.lake.refreshed().info()["rows"]
    return {"state": ended.state, "labels_at_the_kill": before, "rows": rows}


def _afterwards(stack: Stack, registry: str, url: str, token: str, say: Say) -> dict[str, Any]:
    quickly = ("--option", "assembly=series", "--option", "epochs=5", "--option", "n_member=2")
    lake = ("--lake", "s3://sekkei/lake")
    stack.run("lake", "verify", *lake)
    stack.run("model", "train", *lake, "--registry", registry, *quickly)
    with _connected(url, token) as service:
        models = [f"{row.name}:{row.version}" for row in service.models.list()]
    # What a bucket and a database server keep is theirs to keep; a copy in a folder is ours.
    stack.run("lake", "copy", "copied/lake", *lake)
    stack.run("backup", "kept", "--lake", "copied/lake", "--state", "state")
    stack.run("restore", "kept", "--lake", "restored/lake", "--state", "restored/state")
    stack.run("lake", "verify", "--lake", "restored/lake")
    rows = json.loads(stack.run("lake", "info", "--lake", "restored/lake", "--json"))["rows"]
    say("the lake verifies, and so does its backup in an empty folder")
    return {"models": models, "restored_rows": rows}


def _start_stores(stack: Stack, ports: dict[str, int]) -> None:
    ports |= {name: _free_port() for name in ("s3", "postgres", "mlflow")}
    stack.start("bucket", [str(BIN / "moto_server"), "-H", HERE, "-p", str(ports["s3"])])
    stack.environment["AWS_ENDPOINT_URL_S3"] = endpoint = f"http://{HERE}:{ports['s3']}"
    stack.environment["MLFLOW_S3_ENDPOINT_URL"] = endpoint
    database = stack.folder / "database"
    user = _database_user()
    database.mkdir(mode=0o700)
    if user is not None:
        os.chown(database, user, -1)
    subprocess.run(
        [_program("initdb"), "-D", database, "-U", "mlflow", "-A", "trust", "--no-sync"],
        check=True,
        capture_output=True,
        user=user,
        cwd="/",
    )
    words = ["-D", str(database), "-h", HERE, "-p", str(ports["postgres"]), "-k", str(database)]
    stack.start("postgres", [_program("postgres"), *words], user)
    _await_port(ports["s3"])
    _await_port(ports["postgres"])
    boto3.client("s3", endpoint_url=endpoint, **_keys(stack)).create_bucket(Bucket="sekkei")
    address = f"postgresql+psycopg2://mlflow@{HERE}:{ports['postgres']}/postgres"
    stack.start(
        "mlflow",
        _words(
            "mlflow",
            f"server --host {HERE} --port {ports['mlflow']} --workers 1 "
            f"--backend-store-uri {address} --serve-artifacts "
            "--artifacts-destination s3://sekkei/mlflow",
        ),
    )


def _start_nodes(stack: Stack, ports: dict[str, int]) -> None:
    ports |= {name: _free_port() for name in ("ray", "board")}
    roles = {
        "first-node": f"--head --port={ports['ray']} --dashboard-host={HERE} "
        f"--dashboard-port={ports['board']} --temp-dir={tempfile.gettempdir()}/ray-{ports['ray']}",
        "second-node": f"--address={HERE}:{ports['ray']}",
    }
    for name, role in roles.items():
        # On one machine the agents of two nodes would want the same port.
        agent = f"--dashboard-agent-listen-port={_free_port()}"
        here = f"--node-ip-address={HERE} --num-cpus=1 --block --disable-usage-stats {agent}"
        stack.start(name, _words("ray", f"start {role} {here}"))
        _await_port(ports["ray"])
    for name in ("board", "mlflow"):
        _await_port(ports[name])


@contextmanager
def _stack(folder: Path) -> Iterator[Stack]:
    folder.chmod(0o755)  # the user of the database goes through it
    ray_token = folder / "ray-token"
    ray_token.touch(mode=0o600)
    ray_token.write_text(secrets.token_hex(32), "utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    stack = Stack(
        folder,
        environment
        | {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(ray_token),
            "AWS_ACCESS_KEY_ID": "two-nodes",
            "AWS_SECRET_ACCESS_KEY": secrets.token_hex(16),
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PATH": f"{BIN}:{os.environ['PATH']}",
        },
    )
    try:
        yield stack
    finally:
        stack.end()


@contextmanager
def _connected(url: str, token: str) -> Iterator[Any]:
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            connection = sekkei.connect(url, token)
            break
        except SekkeiError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
    with connection:
        yield connection


def _n_label(service: Any) -> int:
    try:
        return int(service.lake.info()["rows"]["label"])
    except SekkeiError:  # there is no lake before the campaign makes one
        return 0


def _await(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {WAIT_S:.0f} s in vain for {what}")
        time.sleep(0.3)


def _await_port(port: int) -> None:
    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HERE, port)) == 0

    _await(answers, f"port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def _words(program: str, rest: str) -> list[str]:
    return [str(BIN / program), *shlex.split(rest)]


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} of PostgreSQL must be on the path, but is not; install it")
    return found


def _database_user() -> int | None:
    # PostgreSQL refuses to run as root.
    return None if os.geteuid() else pwd.getpwnam("postgres").pw_uid


def _keys(stack: Stack) -> dict[str, str]:
    return {
        "aws_access_key_id": stack.environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": stack.environment["AWS_SECRET_ACCESS_KEY"],
        "region_name": stack.environment["AWS_REGION"],
    }


if __name__ == "__main__":
    place = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="two-nodes-"))
    place.mkdir(parents=True, exist_ok=True)
    outcome = main(place.resolve(), lambda line: print(line, file=sys.stderr, flush=True))
    print(json.dumps(outcome, indent=1))
