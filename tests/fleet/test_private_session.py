"""Who else on the machine may look into a private Ray: nobody."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

_AT_WORK = """
import json, os, stat, sys
from pathlib import Path
import ray
from sekkei.fleet.pool import RayPool
from sekkei.fleet.pool_map import map_with_pool

def look(_):
    token = Path(os.environ["RAY_AUTH_TOKEN_PATH"])
    return str(token), [(str(p), os.lstat(p).st_mode) for p in (token, *token.parents)]

with RayPool(1) as pool:
    ((token, modes),) = map_with_pool(pool, look, [None])
    address = ray.get_runtime_context().gcs_address
    print(json.dumps({"token": token, "modes": modes, "address": address}), flush=True)
    sys.stdin.readline()
"""
_STRANGER = """
import ray, sys
from ray._private import ray_constants
ray_constants.ENABLE_RAY_CLUSTER = False  # 127.0.0.1 stays what it is
ray.init(address=sys.argv[1], log_to_driver=False)
print("joined")
"""


def _join(address: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _STRANGER, address],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    return done.stdout.strip()


@pytest.mark.ray
def test_nobody_else_on_the_machine_can_join_a_campaign(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 40)
    long.mkdir(parents=True)
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(long)}
    environment.pop("RAY_AUTH_MODE", None)

    campaign = subprocess.Popen(
        [sys.executable, "-c", _AT_WORK],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert campaign.stdout is not None
    found = json.loads(campaign.stdout.readline())
    token = Path(found["token"])
    files_while_at_work = [p.name for p in token.parent.iterdir()]
    stranger, owner = (
        _join(found["address"], {**environment, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secret})
        for secret in ("a guess", token.read_text("utf-8"))
    )
    _, said = campaign.communicate("end\n", timeout=60)

    modes = {path: stat.S_IMODE(mode) for path, mode in found["modes"]}
    assert modes[str(token)] == 0o600
    assert modes[str(token.parent)] == 0o700
    assert sorted(files_while_at_work) == ["r", "token"]
    assert (stranger, owner) == ("", "joined")
    assert said.count("\n") == 1
    assert f"TMPDIR has {len(str(long))} characters, and sockets of Ray need at most 26" in said
    assert not token.parent.exists()
    assert list(home.iterdir()) == []
    assert list(long.iterdir()) == []


_FORKED = """
import os, sys
from sekkei.errors import InvalidInputError
from sekkei.fleet.pool import RayPool
from sekkei.fleet.pool_map import map_with_pool

def say(use):
    child = os.fork()
    if child == 0:
        try:
            use()
        except InvalidInputError as error:
            print(error.message, flush=True)
        os._exit(0)
    os.waitpid(child, 0)

with RayPool(1) as pool:
    list(map_with_pool(pool, abs, [-1]))
    say(lambda: list(map_with_pool(pool, abs, [-2])))
    say(lambda: RayPool(1).__enter__())
    print(*map_with_pool(pool, abs, [-3]))
say(lambda: RayPool(1).__enter__())
"""


@pytest.mark.ray
def test_a_process_forked_from_one_with_a_ray_is_refused_in_one_line() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _FORKED], check=False, timeout=150, capture_output=True, text=True
    )

    lines = ended.stdout.splitlines()
    assert ended.returncode == 0, ended.stderr
    assert lines.pop(2) == "3"
    assert len(lines) == 3
    assert all("start it by multiprocessing.get_context('spawn')" in line for line in lines)
