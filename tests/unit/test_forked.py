"""A process that has computed, and forks then."""

import os
import subprocess
import sys

import pytest

_TWO_THREADS = """
import os, sys
import sekkei
import torch

torch.set_num_threads(2)

def multiply():
    numbers = torch.ones(1200, 1200, dtype=torch.float64)
    return float((numbers @ numbers)[0, 0])

multiply()
"""
_DYNAMICS = """
import os, sys
from sekkei.structure.dynamics import stretch
from sekkei.structure.experiment import ContactSpec

def multiply():
    wire = ContactSpec(electrode="staggered-3", neck_width=1)
    return 1200.0 if stretch(wire, "meam", 0.1, 1).n_atom else 0.0

multiply()
"""
_FORK = """
child = os.fork()
if child == 0:
    os._exit(0 if multiply() == 1200.0 else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.parametrize("used", [_TWO_THREADS, _DYNAMICS], ids=["threads", "dynamics"])
def test_a_forked_process_computes_on(used: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", used + _FORK],
        env={**os.environ, "OMP_NUM_THREADS": "2"},
        check=False,
        timeout=100,
        capture_output=True,
    )

    assert ended.returncode == 0, ended.stderr
