"""Memory of processes."""

import os
import subprocess
import sys

from sekkei.bench.process_memory import available_mb, descendants, proportional_mb


def test_a_process_that_a_child_started_is_found_and_weighed() -> None:
    # The outer one prints the inner one's id and waits for both to be let go.
    program = (
        "import subprocess, sys; inner = subprocess.Popen([sys.executable, '-c', 'input()']); "
        "print(inner.pid, flush=True); inner.wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as outer:
        assert outer.stdout is not None
        inner = int(outer.stdout.readline())
        found = descendants()
        size_mb = proportional_mb(outer.pid)
        outer.communicate("\n")

    assert {outer.pid, inner} <= set(found)
    assert 1.0 < size_mb < 100.0
    assert proportional_mb(outer.pid) == 0.0


def test_this_process_takes_less_than_the_machine_has() -> None:
    assert 1.0 < proportional_mb(os.getpid()) < 100.0 * available_mb()
