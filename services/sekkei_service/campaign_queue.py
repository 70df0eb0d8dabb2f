"""The queue of campaigns: a lake is filled by one at a time, and the others wait in order.

A campaign waits by a small file in its folder, which says as which attempt it is to begin. So the
queue outlives the service, and a campaign that has begun is not begun again.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sekkei.errors import SekkeiError
from sekkei_service.campaign_process import write_json

_QUEUED = "queued.json"
_LOOK_S = 1.0
_LOG = logging.getLogger("sekkei_service")


def enqueue(folder: Path, attempt: int, now_unix_s: float) -> None:
    """Let a campaign wait for its turn, to begin as some attempt."""
    write_json(folder / _QUEUED, {"attempt": attempt, "time_unix_s": now_unix_s})


def queued_since(folder: Path, n_attempt: int) -> float | None:
    """Return since when a campaign waits; None if it does not.

    Parameters
    ----------
    folder
        Of the campaign.
    n_attempt
        Attempts that it has made.
    """
    try:
        found = json.loads((folder / _QUEUED).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return float(found["time_unix_s"]) if int(found["attempt"]) > n_attempt else None


def leave_queue(folder: Path) -> None:
    """Let a campaign wait no more."""
    (folder / _QUEUED).unlink(missing_ok=True)


def is_empty(campaigns: Path) -> bool:
    """Whether no campaign of a folder can be waiting; costs next to nothing."""
    return next(campaigns.glob(f"*/{_QUEUED}"), None) is None


@asynccontextmanager
async def advancing(advance: Callable[[], None], look_s: float = _LOOK_S) -> AsyncIterator[None]:
    """Look every second whether the next campaign can begin, while a service runs."""

    async def look() -> None:
        while True:
            try:
                await asyncio.to_thread(advance)
            except (SekkeiError, OSError, ValueError, LookupError):
                # A disk that is full today may have room tomorrow, and a broken file be mended.
                _LOG.exception("the next campaign could not begin, or a design not be kept")
            await asyncio.sleep(look_s)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
