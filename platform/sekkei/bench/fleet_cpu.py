"""CPU time of a program with all processes that it started: Ray's daemons and workers, too."""

import os
from pathlib import Path


def family_cpu_seconds(root: int | None = None) -> float:
    """Return the CPU time that a process and its living descendants have used so far, in s.

    Linux only. Children that ended are counted where their parent waited for them.

    Parameters
    ----------
    root
        The process; this one if absent.
    """
    ticks, parents = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (found := _stat(entry)) is not None:
            parents[int(entry.name)], ticks[int(entry.name)] = found
    first = os.getpid() if root is None else root
    total = sum(n for process, n in ticks.items() if _descends(process, first, parents))
    return total / os.sysconf("SC_CLK_TCK")


def _stat(entry: Path) -> tuple[int, int] | None:
    try:
        # A name in parentheses, which may hold anything, stands before the numbers.
        found = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None  # it ended in between
    return int(found[1]), sum(map(int, found[11:15]))


def _descends(process: int, root: int, parents: dict[int, int]) -> bool:
    while process not in (root, 0):
        process = parents.get(process, 0)
    return process == root
