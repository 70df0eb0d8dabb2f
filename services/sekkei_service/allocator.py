"""The heap of a process that lives for long and has many threads: few arenas, free pages returned.

The C library of Linux, glibc, gives threads up to eight arenas for each processor, and each keeps
what was freed in it. Every new state of a lake is read by other threads, so that the memory of a
service grew with the states that it saw, though what it used did not. Elsewhere (musl, macOS)
nothing is done here.
"""

import asyncio
import ctypes
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_M_ARENA_MAX = -8  # of malloc.h
_MOST_ARENAS = 2
_EVERY_S = 10.0


def use_few_arenas() -> None:
    """Let the threads that are still to come share two arenas."""
    if (glibc := _glibc()) is not None:
        glibc.mallopt(_M_ARENA_MAX, _MOST_ARENAS)


@asynccontextmanager
async def returning_pages(every_s: float = _EVERY_S) -> AsyncIterator[None]:
    """Return free pages to the system every few seconds, while a service runs."""
    returning = asyncio.create_task(_return_pages(every_s))
    try:
        yield
    finally:
        returning.cancel()


async def _return_pages(every_s: float) -> None:
    glibc = _glibc()
    while glibc is not None:
        await asyncio.sleep(every_s)
        await asyncio.to_thread(glibc.malloc_trim, 0)  # some milliseconds, without Python's lock


def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
