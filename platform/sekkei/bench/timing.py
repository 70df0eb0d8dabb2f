"""Time that a measurement takes."""

import time
from collections.abc import Callable
from statistics import median


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
