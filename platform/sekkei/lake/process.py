"""Which process may use lakes: Icechunk's threads do not come along into a forked one."""

import os
from functools import cache

from sekkei.errors import InvalidInputError


def check_process() -> None:
    """Refuse a process that was forked from one which had used a lake: it would wait for ever.

    Raises
    ------
    InvalidInputError
        If it was.
    """
    if (first := _first_user()) != os.getpid():
        raise InvalidInputError(
            f"a lake must be used by a process with threads of its own, but process {os.getpid()} "
            f"was forked from {first}, which had used one; start processes by "
            'multiprocessing.get_context("spawn")',
            forked_from=first,
        )


@cache
def _first_user() -> int:
    # A fork inherits the answer.
    return os.getpid()
