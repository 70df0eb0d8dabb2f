"""Shared memory: the MPI library under LAMMPS takes a file of it in every process."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import hexdigits

from sekkei.errors import ExperimentError

FOLDER = Path("/dev/shm")  # noqa: S108  (the one name that it has on Linux)
"""Where Linux keeps shared memory; containers give it 64 MB by default."""

BYTES_PER_PROCESS = 2 * 2**20
"""What one process that runs dynamics needs, with room to spare: MPICH takes 1.01 MB."""


class SharedMemoryError(ExperimentError):
    """Too little shared memory is free; free some and run again."""


def free_shared_memory(folder: Path = FOLDER) -> int | None:
    """Return how many bytes of shared memory are free; None where the system has no such folder."""
    return shutil.disk_usage(folder).free if folder.is_dir() else None


def check_shared_memory(n_process: int, folder: Path = FOLDER) -> None:
    """Check that processes that run dynamics will find their shared memory.

    Without it the system would end a process with "Bus error", where it writes first.

    Raises
    ------
    SharedMemoryError
        If too little is free; says how much is needed and how much is there.
    """
    free, needed = free_shared_memory(folder), n_process * BYTES_PER_PROCESS
    if free is not None and free < needed:
        who = "1 process" if n_process == 1 else f"{n_process} processes"
        raise SharedMemoryError(
            f"dynamics in {who} needs {needed / 1e6:.1f} MB of shared memory, but {folder} has "
            f"{free / 1e6:.1f} MB free; remove what nobody uses there, or give the container more "
            "(--shm-size)",
            needed_bytes=needed,
            free_bytes=free,
        )


def mpi_files(folder: Path = FOLDER) -> tuple[Path, ...]:
    """Return the files that MPICH keeps for this process, by the number in their name."""
    return tuple(folder.glob(f"mpich_shm_{os.getpid():x}_*"))


def abandoned_mpi_files(folder: Path = FOLDER) -> tuple[Path, ...]:
    """Return files of this user that MPICH made for processes that are gone."""
    return tuple(path for path in folder.glob("mpich_shm_*_*") if _is_abandoned(path))


@contextmanager
def leaving_no_mpi_file(folder: Path = FOLDER) -> Iterator[None]:
    """Start MPI inside of this; it leaves no file behind, however its process will end.

    MPICH removes its file in ``MPI_Finalize`` only, which LAMMPS does not call, and a killed
    process cannot. No other process is to find it, so that its name can go at once: the memory
    stays until the process ends, and is free then. A file of our number that is there before is
    of a process that is gone, and MPI would end ours for it ("Out of memory").
    """
    _remove(mpi_files(folder))
    try:
        yield
    finally:
        _remove(mpi_files(folder))


def _remove(files: tuple[Path, ...]) -> None:
    for path in files:
        path.unlink(missing_ok=True)


def _is_abandoned(path: Path) -> bool:
    number = path.name.split("_")[2]
    is_number = all(digit in hexdigits for digit in number)
    try:
        is_ours = path.stat().st_uid == os.getuid()
    except FileNotFoundError:  # gone meanwhile
        return False
    return is_ours and is_number and not Path("/proc", str(int(number, 16))).exists()
