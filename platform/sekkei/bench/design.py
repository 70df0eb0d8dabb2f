"""Trials until the first hit: the optimiser beside Sobol and random search, on real contacts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from scipy.stats import quantile_test

from sekkei.bench.kept_designs import KeptDesigns
from sekkei.bench.result import BenchResult, Row
from sekkei.bench.timing import one_thread
from sekkei.bench.tpe import TpeProposer, is_installed
from sekkei.design import DesignProblem, DesignSpec, StretchedContacts
from sekkei.design.trials import misses_until_hit
from sekkei.observe.figures.regret import best_so_far, regret_figure
from sekkei.observe.figures.style import as_bytes
from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.transport.plugins import make_labeler

TPE = "tpe"

KEPT = "design-kept"
"""Folder of finished designs, in that of the results."""

Misses = tuple[tuple[float, bool], ...]

PROPOSERS: tuple[str, ...] = ("botorch", "target-ei", "feasibility", TPE, "sobol", "random")


@dataclass(frozen=True, slots=True)
class DesignBenchPlan:
    """How much is done."""

    targets_g0: tuple[float, ...] = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75)
    """Conductances asked for."""

    tolerance_g0: float = 0.05
    """Of each."""

    n_seed: int = 10
    """Designs of each target."""

    limit: int = 400
    """A design without a hit after so many trials is given up."""

    proposers: tuple[str, ...] = PROPOSERS
    """Who is measured; ``random``, by which all are divided, among them."""

    def measured(self) -> tuple[str, ...]:
        """Return who is measured here: Optuna only where it is installed."""
        return tuple(name for name in self.proposers if name != TPE or is_installed())

    def spec(self, target_g0: float, seed: int, proposer: str) -> DesignSpec:
        """Return one design: thin contacts of sodium and potassium."""
        return DesignSpec(
            target_g0=target_g0,
            tolerance_g0=self.tolerance_g0,
            elements=("Na", "K"),
            electrode="staggered-3",
            neck_width=(1, 3),
            elongation_angstrom=(0.0, 4.0),
            initial=8,
            batch=4,
            seed=seed,
            # One that is no proposer by name is handed over as it is.
            proposer="sobol" if proposer == TPE else proposer,
        )


QUICK = DesignBenchPlan(
    targets_g0=(1.25, 2.25), n_seed=5, limit=200, proposers=("botorch", "sobol", "random")
)


def measure(
    *,
    is_quick: bool,
    say: Callable[[str], None],
    plan: DesignBenchPlan | None = None,
    make_problem: Callable[[DesignSpec], DesignProblem] | None = None,
    folder: Path | None = None,
) -> BenchResult:
    """Count trials of each proposer; see `sekkei.bench.registry.Measure`.

    A trial is one proposal: a contact that is cut, pulled and relaxed by the potential, and
    labelled by tight binding between its leads. No surrogate helps. Each proposer has the same
    targets and seeds. Finished designs are kept in ``folder``, and found again by the next run.
    """
    plan = plan or (QUICK if is_quick else DesignBenchPlan())
    kept = KeptDesigns(folder / KEPT if folder else None)
    trials = partial(_tried, kept, plan, make_problem or _contacts)
    rows: list[Row] = []
    curves: dict[str, list[Misses]] = {name: [] for name in plan.measured()}
    with one_thread():
        for target in plan.targets_g0:
            found = dict(_misses(plan, target, trials, say))
            counts = {name: [_count(one) for one in every] for name, every in found.items()}
            rows += [_row(plan, target, name, counts) for name in found]
            for name, every in found.items():
                curves[name] += every
    files = {"design-regret.png": _drawn(plan, curves)}
    return BenchResult("design", rows, notes=_notes(plan), files=files)


def _misses(
    plan: DesignBenchPlan,
    target: float,
    trials: Callable[[float, int, str], Misses],
    say: Callable[[str], None],
) -> Iterator[tuple[str, list[Misses]]]:
    for name in plan.measured():
        every = []
        for seed in range(plan.n_seed):
            every.append(trials(target, seed, name))
            n_trial = _count(every[-1])
            say(f"{target:g} G0, {name}, seed {seed}: {n_trial or f'none in {plan.limit}'}")
        yield name, every


def _tried(
    kept: KeptDesigns,
    plan: DesignBenchPlan,
    make_problem: Callable[[DesignSpec], DesignProblem],
    target: float,
    seed: int,
    name: str,
) -> Misses:
    spec = plan.spec(target, seed, name)
    proposer = TpeProposer() if name == TPE else None
    found = kept.get(
        (spec.described(), name, plan.limit),
        lambda: misses_until_hit(spec, make_problem(spec), plan.limit, proposer),
    )
    return tuple((float(away), bool(is_hit)) for away, is_hit in found)


def _count(misses: Misses) -> int | None:
    return len(misses) if misses[-1][1] else None


def _drawn(plan: DesignBenchPlan, curves: Mapping[str, Sequence[Misses]]) -> bytes:
    regrets = {
        name: np.stack([best_so_far([away for away, _ in one], plan.limit) for one in every])
        for name, every in curves.items()
    }
    return as_bytes(regret_figure(regrets, plan.tolerance_g0), "png")


def _row(
    plan: DesignBenchPlan, target: float, name: str, found: dict[str, list[int | None]]
) -> Row:
    # A design that was given up counts as one trial more than it was given.
    trials = {key: [n or plan.limit + 1 for n in counts] for key, counts in found.items()}
    median = float(np.median(trials[name]))
    interval = quantile_test(trials[name], p=0.5).confidence_interval(0.9)
    return {
        "target_g0": target,
        "proposer": name,
        "n_seed": plan.n_seed,
        "n_hit": sum(n is not None for n in found[name]),
        "median_trials": median,
        "median_low": float(interval.low),
        "median_high": float(interval.high),
        "fewest": min(trials[name]),
        "most": max(trials[name]),
        "random_over_this": float(np.median(trials["random"])) / median,
    }


def _notes(plan: DesignBenchPlan) -> Sequence[str]:
    hit = f"a hit is a label within {plan.tolerance_g0:g} G0; without one in {plan.limit} trials a "
    median = "median_low and median_high are its exact 90 % interval by order statistics; "
    return (
        f"{hit}design counts as {plan.limit + 1}",
        f"{median}few seeds have none",
        "labels are by tight binding, which is not first principles",
        *(() if TPE in plan.measured() else ("Optuna is not measured; try pip install optuna",)),
        "Ax and BayBE are not measured (decision 0046)",
    )


def _contacts(spec: DesignSpec) -> DesignProblem:
    return StretchedContacts(spec, _no_estimate, make_labeler("tight-binding"))


def _no_estimate(
    junctions: Sequence[Junction],
) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
    nothing = np.full(len(junctions), np.nan)
    return nothing, nothing
