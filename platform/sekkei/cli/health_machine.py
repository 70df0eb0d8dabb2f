"""Small actions that show whether this machine is fit for work: memory, clock, locks."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_RAY_BYTES = 256 * 2**20
_LARGEST_DRIFT_S = 2.0


def try_shared_memory() -> str:
    """See that processes that run dynamics, and Ray's object store, find shared memory."""
    from sekkei.fleet.processors import available_cpus
    from sekkei.structure.shared_memory import (
        BYTES_PER_PROCESS,
        FOLDER,
        abandoned_mpi_files,
        free_shared_memory,
    )

    free, n_cpu = free_shared_memory(), available_cpus()
    if free is None:
        return f"this system has no {FOLDER}"
    needed = _RAY_BYTES + n_cpu * BYTES_PER_PROCESS
    left = abandoned_mpi_files()
    behind = f"; {len(left)} files of processes that are gone can be removed" if left else ""
    told = f"{FOLDER} has {free / 1e6:.0f} MB free, {n_cpu} workers need {needed / 1e6:.0f} MB"
    if free < needed:
        raise OSError(f"{told}{behind}")
    return f"{told}{behind}"


def try_clock() -> str:
    """See that clock and file system agree on the time: commits and leases go by both."""
    with _scratch() as file:
        drift = os.fstat(file.fileno()).st_mtime - time.time()
        where = Path(file.name).parent
    if abs(drift) > _LARGEST_DRIFT_S:
        raise OSError(f"the clock of this machine and that of {where} are {drift:+.1f} s apart")
    return f"clock and file system of {where} agree within {_LARGEST_DRIFT_S:g} s"


def try_locks() -> str:
    """See that files can be locked, by which a lake has one writer at a time."""
    with _scratch() as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        return f"locked a file in {Path(file.name).parent}"


@contextmanager
def _scratch() -> Iterator[IO[bytes]]:
    # Where one stands is where lakes are made, if anything can be.
    here = Path.cwd()
    with tempfile.NamedTemporaryFile(dir=here if os.access(here, os.W_OK) else None) as file:
        file.write(b"written now")
        file.flush()
        yield file
