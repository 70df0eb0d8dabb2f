"""One service at a time looks after a folder: limits, designs and replays are counted in one."""

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from sekkei.errors import InvalidInputError
from sekkei_service.campaign_process import write_json

LOCK, HOLDER = ".service.lock", ".service.json"


@contextmanager
def one_service(state: Path) -> Iterator[None]:
    """Hold the lock of a folder of a service; it ends with the process, however that ends.

    Raises
    ------
    InvalidInputError
        If another service holds it, or it cannot be locked.
    """
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A soft lock, the fall-back, would outlive a killed process.
    lock = FileLock(state / LOCK, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise InvalidInputError(
            f"a folder must be of one service at a time, but {state} is of {_holder(state)}; stop "
            "that one, or name another --state"
        ) from error
    except OSError as error:
        raise InvalidInputError(
            f"the folder of a service must be one that can be locked, but {state} is not: "
            f"{error.strerror}; name a --state on a local disk"
        ) from error
    try:
        write_json(state / HOLDER, {"pid": os.getpid(), "host": platform.node()})
        yield
    finally:
        lock.release()


def _holder(state: Path) -> str:
    # Between the lock and the first word of its holder, there is none, or that of the one before.
    try:
        found = json.loads((state / HOLDER).read_text("utf-8"))
    except FileNotFoundError:
        return "another process"
    return f"process {found['pid']} on {found['host']}"
