"""What the C library of a long-lived driver keeps of memory that was freed."""

import ctypes
import sys

_ARENA_MAX = -8
"""glibc's M_ARENA_MAX."""

N_ARENA = 2


def share_arenas() -> bool:
    """Let all threads of this process take memory from two arenas; say whether that was possible.

    Each commit runs on threads of its own, glibc spreads threads over up to eight arenas a core,
    and each arena keeps the peak of the largest commit that it met: most of what a driver grew by.
    Other C libraries have no arenas to share. Arenas that are there stay: call it early.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_ARENA_MAX, N_ARENA))
