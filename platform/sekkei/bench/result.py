"""What a benchmark found, and the files it is kept in."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sekkei.fleet.processors import available_cpus

Row = Mapping[str, Any]


def describe_machine(packages: Sequence[str] = ("sekkei", "numpy", "torch", "ase")) -> Row:
    """Say what a figure depends on: processor, threads and versions."""
    return {
        "processor": _processor(),
        "cpu_count": available_cpus(),
        "omp_num_threads": os.environ.get("OMP_NUM_THREADS", ""),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: package_version(name) for name in packages},
    }


def package_version(name: str) -> str | None:
    """Return the version of an installed distribution, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@dataclass(frozen=True, slots=True)
class BenchResult:
    """The rows of a benchmark and everything needed to read them."""

    name: str
    """Of the benchmark."""

    rows: Sequence[Row]
    """One record per thing measured; all have the same names, with units in them."""

    notes: Sequence[str] = ()
    """What was left out and why, one line each."""

    machine: Row = field(default_factory=describe_machine)
    """Where it was measured."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    """Further files by name, such as figures."""

    shown: Sequence[str] = ()
    """Columns that people see; all if empty."""

    @property
    def has_missed(self) -> bool:
        """Whether a row has a target (``target_met``) that was not reached."""
        return any(row.get("target_met") is False for row in self.rows)


def write_result(result: BenchResult, folder: Path) -> tuple[Path, ...]:
    """Write ``NAME.json`` and the further files of a benchmark; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "name": result.name,
        "machine": dict(result.machine),
        "rows": [dict(row) for row in result.rows],
        "notes": list(result.notes),
    }
    paths = [folder / f"{result.name}.json"]
    paths[0].write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    for name, content in result.files.items():
        paths.append(folder / name)
        paths[-1].write_bytes(content)
    return tuple(paths)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
