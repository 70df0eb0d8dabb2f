"""A design that was killed goes on as one that was not: a real process, a real kill."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sekkei.design.asking import ask
from sekkei.design.loop import run_design
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.design.state_file import read_state
from sekkei.testing.proposer_laws import SmoothProblem

SPEC = DesignSpec(target_g0=2.0, rounds=4, initial=4, batch=2, finalists=1, seed=3)

# One round is quick, the labels of the third take for ever: there the process is killed.
PROGRAM = """
import sys, time
from pathlib import Path
from sekkei.design.loop import run_design
from sekkei.design.specification import DesignSpec
from sekkei.design.state_file import one_writer, write_state
from sekkei.testing.proposer_laws import SmoothProblem

class Slow(SmoothProblem):
    def verify(self, junctions):
        if n_round == 2:
            (file.parent / "in-third-round").touch()
            time.sleep(600)
        return super().verify(junctions)

def keep(state, done):
    global n_round
    n_round = state.n_round
    write_state(file, state)

n_round, file = 0, Path(sys.argv[1])
with one_writer(file):
    run_design(DesignSpec.model_validate_json(sys.argv[2]), Slow(), progress=keep)
"""


@pytest.mark.slow
def test_after_a_kill_the_next_proposals_are_those_of_a_run_that_was_not_stopped(
    tmp_path: Path,
) -> None:
    file = tmp_path / "mine.design.json"
    command = [sys.executable, "-c", PROGRAM, str(file), SPEC.model_dump_json()]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 240.0
    while not (tmp_path / "in-third-round").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    states: list[DesignState] = []
    straight = run_design(SPEC, SmoothProblem(), progress=lambda state, _: states.append(state))
    stopped = read_state(file, SPEC, is_resumed=True)
    resumed = run_design(SPEC, SmoothProblem(), stopped)

    assert stopped == states[1]
    assert ask(stopped, 2) == ask(states[1], 2)
    assert resumed.state == straight.state
    before, after = straight.rounds[2:], resumed.rounds
    assert [t.proposal for done in after for t in done.trials] == [
        t.proposal for done in before for t in done.trials
    ]
