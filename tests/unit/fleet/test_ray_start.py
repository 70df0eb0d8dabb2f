"""A Ray that does not start is told in one line, and leaves nothing behind."""

import subprocess
import sys

# In a process of its own: what is cleaned up after it would end the Ray of other tests, and their
# process with it.
_LATE = """
import os
from pathlib import Path

import ray

from sekkei.errors import ClusterError
from sekkei.fleet.session import join_ray

folders = []

def late(**options):
    folders.append(Path(options["_temp_dir"]).parent)
    raise Exception("The current node timed out during startup.\\nThis could happen because")

ray.init = late
before = dict(os.environ)
try:
    join_ray(None, 1)
except ClusterError as error:
    print(error.message)
print([folder.exists() for folder in folders], dict(os.environ) == before)
"""


def test_a_ray_that_is_late_on_a_busy_machine_is_told_in_one_line() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _LATE], check=False, capture_output=True, text=True, timeout=200
    )

    assert ended.returncode == 0, ended.stderr
    said, left = ended.stdout.splitlines()
    assert said.startswith("a Ray must start on this machine, but: The current node timed out")
    assert said.endswith("or with --serial")
    assert left == "[False] True"
