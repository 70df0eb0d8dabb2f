"""Memory of processes, where what several of them share counts once."""

import os
from collections import defaultdict
from pathlib import Path

_PROC = Path("/proc")


def available_mb() -> float:
    """Return what new processes may take on this machine, in MB."""
    return _in_mb(_PROC / "meminfo", "MemAvailable")


def proportional_mb(pid: int) -> float:
    """Return what a process takes, in MB, each shared page divided among those that share it.

    0 for one that has ended. Added up over processes it is what they take together, which their
    resident sizes are not: libraries would count once for each.
    """
    try:
        return _in_mb(_PROC / str(pid) / "smaps_rollup", "Pss")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def descendants(pid: int | None = None) -> tuple[int, ...]:
    """Return the processes that a process started, and those that they did; of this one if None."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in _PROC.glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        # The name, in parentheses, may have spaces and parentheses in it.
        children[int(stat.rpartition(")")[2].split()[1])].append(int(folder.name))
    found, left = [], [os.getpid() if pid is None else pid]
    while left:
        born = children[left.pop()]
        found.extend(born)
        left.extend(born)
    return tuple(found)


def _in_mb(file: Path, name: str) -> float:
    for line in file.read_text("ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
