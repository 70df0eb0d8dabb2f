"""Which benchmarks there are. Their modules are loaded only when they run."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from sekkei.bench.result import BenchResult


@runtime_checkable
class Measure(Protocol):
    """What a benchmark's module has under the name ``measure``."""

    def __call__(self, *, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
        """Measure, and return what was found.

        Parameters
        ----------
        is_quick
            Smaller and fewer, within minutes.
        say
            Takes one line of progress for people.
        """
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """One benchmark, before its module is loaded."""

    name: str
    """As the command line calls it."""

    module: str
    """Module that has ``measure``."""

    summary: str
    """What is measured against what, in one line."""

    is_resumable: bool = False
    """Whether ``measure`` takes a ``folder`` in which it keeps what is finished."""


BENCHES: tuple[Bench, ...] = (
    Bench("kernel", "sekkei.bench.kernel", "Landauer kernel beside ase.transport, kwant and sisl"),
    Bench("dft", "sekkei.bench.dft", "CPU time of a DFT label against the number of atoms"),
    Bench("descriptor", "sekkei.bench.descriptor", "junctions described per second, and DScribe"),
    Bench("lake", "sekkei.bench.lake", "ingest and filters beside ase.db, Zarr and DuckDB"),
    Bench("fleet", "sekkei.bench.fleet", "labels per second beside bare loops, memory, scaling"),
    Bench("start", "sekkei.bench.start", "CPU time of verbs that only read beside bare imports"),
    Bench("basis", "sekkei.bench.basis", "bands of basis sets beside plane waves, error and cost"),
    Bench(
        "accuracy", "sekkei.bench.accuracy", "DFT labels of contacts beside a converged reference"
    ),
    Bench(
        "label-error",
        "sekkei.bench.label_error",
        "error bars of labels beside their differences from basis=reference",
    ),
    Bench(
        "leads",
        "sekkei.bench.leads",
        "the same contacts between thin wires, wide wires and surfaces",
        is_resumable=True,
    ),
    Bench(
        "learning",
        "sekkei.bench.learning",
        "models of conductance beside baselines, split by experiment, size and material",
        is_resumable=True,
    ),
    Bench(
        "active",
        "sekkei.bench.active",
        "error against labels: chosen where a surrogate is least sure, and at random",
    ),
    Bench(
        "design",
        "sekkei.bench.design",
        "labels until a proved contact: a campaign beside optimisers and random search",
        is_resumable=True,
    ),
)


def load_measure(bench: Bench, folder: Path | None = None) -> Measure:
    """Import a benchmark and return its function.

    Parameters
    ----------
    folder
        Where one that is resumable goes on from.
    """
    measure = import_module(bench.module).measure
    return cast("Measure", partial(measure, folder=folder) if bench.is_resumable else measure)
