"""Time that a measurement takes: medians, on one thread."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch on one thread meanwhile; other libraries follow ``OMP_NUM_THREADS``."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def median_seconds(work: Callable[[], object], n_repeat: int) -> float:
    """Return the median CPU time of a call in s, after one call that warms up.

    CPU time of this process, so that other work on the machine counts as little as it can.
    """
    work()
    spent = []
    for _ in range(n_repeat):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return median(spent)
