"""What a first hit costs: with a cheap estimate that decides what is labelled, and without one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import bootstrap

from sekkei.bench.kept_designs import KeptDesigns
from sekkei.bench.result import BenchResult, Row
from sekkei.bench.timing import one_thread
from sekkei.design import DesignProblem, DesignSpec, Search, Spent, StretchedContacts
from sekkei.design.costs import Costs
from sekkei.model import load_predictor
from sekkei.model.predictor_labeler import PredictorLabeler
from sekkei.shapes import Float
from sekkei.structure.junction import Junction

MODELS = Path("data/models")
"""Of a checkout, in which the benchmark is run."""

KEPT = "fidelity-kept"
"""Folder of finished designs, in that of the results."""

_TARGET = 0.6


@dataclass(frozen=True, slots=True)
class Cost:
    """What a label costs."""

    name: str
    """For people."""

    label_s: float | None = None
    """CPU-s; measured if absent."""


@dataclass(frozen=True, slots=True)
class FidelityPlan:
    """How much is done."""

    targets_g0: tuple[float, ...] = (0.9, 1.4, 2.1, 2.8)
    """Conductances asked for."""

    tolerance_g0: float = 0.05
    """Of each."""

    n_seed: int = 5
    """Designs of each target."""

    limit: int = 120
    """A design without a hit after so many structures is given up."""

    costs: tuple[Cost, ...] = (Cost("as measured"), Cost("as of DFT", 4.7))
    """What a label costs; by DFT it was measured on contacts of 54 atoms."""

    proposer: str = "botorch"
    """Who proposes."""

    def spec(self, target_g0: float, seed: int) -> DesignSpec:
        """Return one design: alloys of sodium and potassium between thin wires of potassium."""
        return DesignSpec(
            target_g0=target_g0,
            tolerance_g0=self.tolerance_g0,
            elements=("Na", "K"),
            electrode="bcc111-2+2+2",
            electrode_element="K",
            neck_width=(1, 6),
            elongation_angstrom=(0.0, 6.0),
            initial=8,
            batch=4,
            seed=seed,
            proposer=self.proposer,
        )


QUICK = FidelityPlan(targets_g0=(1.5, 2.5), n_seed=3, limit=60)


def measure(
    *,
    is_quick: bool,
    say: Callable[[str], None],
    plan: FidelityPlan | None = None,
    problem_of: Callable[[DesignSpec], DesignProblem] | None = None,
    folder: Path | None = None,
) -> BenchResult:
    """Spend what a first hit takes; see `sekkei.bench.registry.Measure`.

    Finished designs are kept in ``folder``, and found again by the next run.
    Labels are by a learned Hamiltonian, estimates by a direct model. Each design is done twice
    with the same seed: every structure is labelled, or those that `best_to_label` chooses.
    """
    plan = plan or (QUICK if is_quick else FidelityPlan())
    problem_of = problem_of or _contacts()
    rows: list[Row] = []
    kept = KeptDesigns(folder / KEPT if folder else None)
    spend = partial(_spent, kept, plan.limit, problem_of, say)
    with one_thread():
        specs = [
            plan.spec(target, seed) for target in plan.targets_g0 for seed in range(plan.n_seed)
        ]
        everything = [spend(spec, None) for spec in specs]
        for cost in plan.costs:
            chosen = [spend(spec, cost) for spec in specs]
            # Which labels there are does not depend on their cost where there are all.
            pairs = list(zip([_at(cost, one) for one in everything], chosen, strict=True))
            rows += _rows(cost, pairs)
    return BenchResult("fidelity", rows, notes=_notes(plan))


def _spent(
    kept: KeptDesigns,
    limit: int,
    problem_of: Callable[[DesignSpec], DesignProblem],
    say: Callable[[str], None],
    spec: DesignSpec,
    cost: Cost | None,
) -> Spent:
    label_s = None if cost is None else cost.label_s

    def made() -> dict[str, Any]:
        search = Search(spec, problem_of(spec), has_estimates=cost is not None, label_s=label_s)
        return _as_json(search.run(limit))

    spent = _from_json(kept.get((spec.described(), limit, cost is not None, label_s or 0.0), made))
    how = "everything labelled" if cost is None else f"estimates choose, cost {cost.name}"
    say(
        f"{spec.target_g0:g} G0, seed {spec.seed}, {how}: {spent.costs.n_made} structures, "
        f"{spent.costs.n_label} labels, {spent.seconds:.1f} CPU-s"
        + ("" if spent.is_hit else ", no hit")
    )
    return spent


def _as_json(spent: Spent) -> dict[str, Any]:
    return {
        "is_hit": spent.is_hit,
        "ask_s": spent.ask_s,
        "costs": spent.costs.model_dump(mode="json"),
    }


def _from_json(found: Mapping[str, Any]) -> Spent:
    return Spent(found["is_hit"], found["ask_s"], Costs.model_validate(found["costs"]))


def _at(cost: Cost, spent: Spent) -> Spent:
    if cost.label_s is None:
        return spent
    dear = spent.costs.model_copy(update={"label_s": cost.label_s * spent.costs.n_label})
    return replace(spent, costs=dear)


def _rows(cost: Cost, pairs: Sequence[tuple[Spent, Spent]]) -> list[Row]:
    rows: list[Row] = []
    for name, side in (("everything is labelled", 0), ("estimates choose", 1)):
        found = [pair[side] for pair in pairs]
        ratio, low, high = _ratio(pairs) if side else (1.0, 1.0, 1.0)
        rows.append(
            {
                "label_cost": cost.name,
                "labels": name,
                "n_design": len(found),
                "n_hit": sum(one.is_hit for one in found),
                "mean_structures": float(np.mean([one.costs.n_made for one in found])),
                "mean_labels": float(np.mean([one.costs.n_label for one in found])),
                "cpu_s": float(np.mean([one.seconds for one in found])),
                "ask_cpu_s": float(np.mean([one.ask_s for one in found])),
                "structures_cpu_s": float(np.mean([one.costs.made_s for one in found])),
                "labels_cpu_s": float(np.mean([one.costs.label_s for one in found])),
                "cost_ratio": ratio,
                "ratio_low": low,
                "ratio_high": high,
                "target_met": bool(ratio <= _TARGET) if side else None,
            }
        )
    return rows


def _ratio(pairs: Sequence[tuple[Spent, Spent]]) -> tuple[float, float, float]:
    costs = np.array([[one.seconds for one in pair] for pair in pairs])

    def ratio(single: Float[np.ndarray, "..."], chosen: Float[np.ndarray, "..."]) -> float:
        return float(chosen.sum() / single.sum())

    found = bootstrap(
        (costs[:, 0], costs[:, 1]),
        ratio,
        paired=True,
        vectorized=False,
        confidence_level=0.9,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return ratio(costs[:, 0], costs[:, 1]), float(found.low), float(found.high)


def _notes(plan: FidelityPlan) -> Sequence[str]:
    return (
        f"a hit is a label within {plan.tolerance_g0:g} G0",
        f"a design without a hit in {plan.limit} structures counts with what it cost",
        "cost_ratio is that of the sums over all designs, with its 90 % interval by bootstrap",
        "labels are by a learned Hamiltonian; with a cost that is given they count as much as that",
        "costs of proposals, structures, estimates and labels are measured as CPU time",
    )


def _contacts() -> Callable[[DesignSpec], DesignProblem]:
    direct = load_predictor(MODELS / "alkali-direct")
    labeler = PredictorLabeler(load_predictor(MODELS / "alkali-hamiltonian"))

    def estimate(
        junctions: Sequence[Junction],
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        found = direct.predict(junctions)
        return found.mean, found.sigma

    return lambda spec: StretchedContacts(spec, estimate, labeler)
