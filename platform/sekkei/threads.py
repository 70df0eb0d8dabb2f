"""On how many threads libraries compute."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """Let libraries of this process compute on one thread meanwhile.

    Threads that share a small matrix wait for each other. On a machine whose cores are busy that
    takes most of the time: an eigenvalue problem of 700 orbitals 30 times as long. Libraries that
    are loaded meanwhile are left alone.

    Examples
    --------
    >>> import torch
    >>> before = torch.get_num_threads()
    >>> with one_thread():
    ...     torch.get_num_threads()
    1
    >>> torch.get_num_threads() == before
    True
    """
    torch = sys.modules.get("torch")  # it counts for itself, if it is there
    before = torch.get_num_threads() if torch is not None else 1
    with threadpool_limits(1):
        if torch is not None:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch is not None:
                torch.set_num_threads(before)
