"""CPU time of verbs that only read, beside what the libraries that they need take to import."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sekkei.bench.lake_records import make_batch
from sekkei.bench.result import BenchResult, Row
from sekkei.lake import Lake
from sekkei.tracking import MlflowRegistry

N_LABEL = 1000
"""Labels of the lake that is looked at."""

_RUN = "import sys; from sekkei.cli.app import main; main()"
_STORE = "import icechunk, zarr"


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Run each verb several times in turn; see `sekkei.bench.registry.Measure`."""
    n_run = 5 if is_quick else 15
    with TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder)
        lake, models = str(folder / "lake"), str(folder / "mlflow.db")
        verbs = {
            "--help": (("--help",), "import typer"),
            "electrode list": (("electrode", "list"), "import typer, numpy"),
            "lake info": (("lake", "info", "--lake", lake), _STORE),
            "lake query": (("lake", "query", "--lake", lake), _STORE),
            "model list": (("model", "list", "--registry", models), "import typer, numpy"),
        }
        rows = []
        for verb, (words, needed) in verbs.items():
            say(f"{verb}, {n_run} runs")
            rows.append(_row(verb, words, needed, n_run))
    return BenchResult(
        name="start",
        rows=rows,
        notes=[f"the lake holds {N_LABEL} labels; both commands run in turn; CPU time is user+sys"],
    )


def cpu_seconds(command: Sequence[str]) -> float:
    """Run a command, and return the CPU time of it and its children, in s."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, capture_output=True, env=environment)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _row(verb: str, words: Sequence[str], needed: str, n_run: int) -> Row:
    pairs = [
        (
            cpu_seconds([sys.executable, "-c", _RUN, *words]),
            cpu_seconds([sys.executable, "-c", needed]),
        )
        for _ in range(n_run)
    ]
    spent, floor = [one for one, _ in pairs], [one for _, one in pairs]
    return {
        "verb": verb,
        "cpu_seconds_min": min(spent),
        "cpu_seconds_median": median(spent),
        "cpu_seconds_max": max(spent),
        "needed": needed,
        "needed_cpu_seconds": median(floor),
        "ratio": median(spent) / median(floor),
    }


def _fill(folder: Path) -> None:
    with Lake.create(folder / "lake").committer() as committer:
        committer.commit(make_batch(0, N_LABEL), "to be looked at")
    MlflowRegistry(f"sqlite:///{folder / 'mlflow.db'}")
