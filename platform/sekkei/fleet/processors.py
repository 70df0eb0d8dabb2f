"""How many CPUs there are to work with."""

import joblib


def available_cpus() -> int:
    """Return how many CPUs this process may use, at least 1.

    The least of what the machine has, the affinity of this process, the quota of its container
    (cgroups v1 and v2, a part of a CPU counted as one), and ``LOKY_MAX_CPU_COUNT`` if that is set.
    """
    return int(joblib.cpu_count())
