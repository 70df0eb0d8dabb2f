"""On how many threads libraries compute."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def few_threads(n_thread: int | None = None) -> Iterator[None]:
    """Let libraries of this process compute on few threads meanwhile.

    Threads that share a small matrix wait for each other. On a machine whose cores are busy that
    takes most of the time: an eigenvalue problem of 700 orbitals 30 times as long. Libraries that
    are loaded meanwhile are left alone. Where several threads of a process are inside at a time,
    some may compute on as many as before, or as few afterwards: that costs time, and nothing else.

    Parameters
    ----------
    n_thread
        How many; if absent, as many as ``OMP_NUM_THREADS`` says, or else one.

    Examples
    --------
    >>> import torch
    >>> before = torch.get_num_threads()
    >>> with few_threads(1):
    ...     torch.get_num_threads()
    1
    >>> torch.get_num_threads() == before
    True
    """
    n_thread = n_thread or _asked()
    torch = sys.modules.get("torch")  # it counts for itself, if it is there
    set_threads = getattr(torch, "set_num_threads", None)  # a thread may just be loading it
    before = torch.get_num_threads() if torch is not None and set_threads is not None else 1
    with threadpool_limits(n_thread):
        if set_threads is not None:
            set_threads(n_thread)
        try:
            yield
        finally:
            if set_threads is not None:
                set_threads(before)


def _asked() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdecimal() and int(asked) else 1
