"""Which refusals say something of a structure, and which of the day on which it was tried."""

from collections.abc import Mapping

CIRCUMSTANCES: Mapping[str, str] = {
    "WorkerDiedError": "its worker died",
    "TimeLimitError": "its time was out",
    "MemoryLimitError": "memory ran out",
    "NodeLostError": "its node was lost",
    "DiskFullError": "a disk was full",
    "SharedMemoryError": "shared memory was full",
}
"""Kinds of refusals that came of the circumstances, and what happened. All others, those that
nobody knows here included, are of the input: trying again would end as before."""


def is_of_circumstances(kind: str) -> bool:
    """Whether a refusal of this kind may end otherwise on another day.

    Examples
    --------
    >>> is_of_circumstances("WorkerDiedError"), is_of_circumstances("ConvergenceError")
    (True, False)
    """
    return kind in CIRCUMSTANCES
