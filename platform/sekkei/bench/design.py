"""Labels until a proved contact: a campaign with estimates beside optimisers that know labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from scipy.stats import quantile_test

from sekkei.bench.design_searches import (
    CAMPAIGN,
    RANDOM,
    TPE,
    WIDE_ELECTRODE,
    DesignBenchPlan,
    Pursued,
    pursue,
)
from sekkei.bench.kept_designs import KeptDesigns
from sekkei.bench.remembered_contacts import RememberedContacts
from sekkei.bench.result import BenchResult, Row
from sekkei.design import DesignProblem, DesignSpec, StretchedContacts
from sekkei.design.contacts import Estimator
from sekkei.design.proof import DECLARED_CHANCE
from sekkei.design.staged import staged_estimator
from sekkei.model import Predictor, load_predictor
from sekkei.model.predictor_labeler import PredictorLabeler
from sekkei.observe.figures.regret import best_so_far, regret_figure
from sekkei.observe.figures.style import as_bytes
from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.threads import few_threads
from sekkei.transport.plugins import make_labeler

MODELS = Path("data/models")
"""Of a checkout, in which the benchmark is run."""

KEPT = "design-kept"
"""Folder of finished searches, in that of the results."""

HAMILTONIAN = "hamiltonian"
DFT = "dft"
BY_TWO = "dft, two surrogates"
"""Labels by DFT, and estimates by the learned Hamiltonian of what may be near the target."""

DFT_LABEL_S = 4.7
"""CPU-s of a label by DFT of 54 atoms, as measured in decision 0046."""

WIDE_DFT_LABEL_S = 45.0
"""CPU-s of one of 210 atoms: 37 to 64 in `data/wide-contacts`."""

_FEWER = 20.0

_PURSUED = TypeAdapter(Pursued)

QUICK = DesignBenchPlan(
    targets_g0=(1.5, 3.0),
    seeds={CAMPAIGN: 2, "botorch": 1, RANDOM: 2},
    limit=100,
    wide_targets_g0=(),
    dft_targets_g0=(),
)

ProblemOf = Callable[[DesignSpec, str], DesignProblem]
Found = Mapping[tuple[str, float], Sequence[Pursued]]


def measure(
    *,
    is_quick: bool,
    say: Callable[[str], None],
    plan: DesignBenchPlan | None = None,
    problem_of: ProblemOf | None = None,
    folder: Path | None = None,
) -> BenchResult:
    """Count labels until a candidate is proved; see `sekkei.bench.registry.Measure`.

    Labels are by a learned Hamiltonian, and at the end by DFT; estimates of the campaign are by a
    direct model. Finished searches are kept in ``folder``, and found again by the next run.
    """
    plan = plan or (QUICK if is_quick else DesignBenchPlan())
    kept = KeptDesigns(folder / KEPT if folder else None)
    run = _Run(plan, kept, problem_of or _contacts(), say)
    with few_threads(1):
        found = {
            **run.searched(HAMILTONIAN, plan.targets_g0, plan.measured()),
            **run.searched(HAMILTONIAN, plan.wide_targets_g0, plan.measured()),
        }
        by_dft = {
            labels: run.searched(labels, plan.dft_targets_g0, {CAMPAIGN: plan.dft_seeds})
            for labels in (DFT, BY_TWO)
        }
    rows = [
        _row(plan, HAMILTONIAN, target, name, found)
        for target in (*plan.targets_g0, *plan.wide_targets_g0, None)
        for name in plan.measured()
    ]
    rows += [
        _row(plan, labels, target, CAMPAIGN, one)
        for labels, one in by_dft.items()
        for target in plan.dft_targets_g0
    ]
    files = {"design-regret.png": _drawn(plan, found)}
    return BenchResult("design", rows, notes=_notes(plan), files=files, shown=_SHOWN)


@dataclass(frozen=True, slots=True)
class _Run:
    plan: DesignBenchPlan
    kept: KeptDesigns
    problem_of: ProblemOf
    say: Callable[[str], None]

    def searched(
        self, labels: str, targets_g0: Sequence[float], searches: Mapping[str, int]
    ) -> Found:
        plan = self.plan
        found: dict[tuple[str, float], list[Pursued]] = {}
        for seed in range(max(searches.values()) if targets_g0 else 0):
            # Searches of one seed begin with the same contacts, whatever their target; where two
            # surrogates estimate, the target says which of them.
            contacts = self._contacts(labels, targets_g0[0], seed)
            for i, target in enumerate(targets_g0):
                if i and labels == BY_TWO:
                    contacts = self._contacts(labels, target, seed)
                for name in (name for name, n_seed in searches.items() if seed < n_seed):
                    one = self._done(labels, plan.spec(target, seed, name), name, contacts)
                    found.setdefault((name, target), []).append(one)
        return found

    def _contacts(self, labels: str, target_g0: float, seed: int) -> RememberedContacts:
        spec = self.plan.spec(target_g0, seed, CAMPAIGN)
        return RememberedContacts(self.problem_of(spec, labels))

    def _done(
        self, labels: str, spec: DesignSpec, name: str, contacts: RememberedContacts
    ) -> Pursued:
        limit = self.plan.limit
        made = partial(_as_json, spec, name, contacts, limit)
        kept = self.kept.get((spec.described(), name, labels, limit), made)
        done = _PURSUED.validate_python(kept)
        effort = done.effort
        self.say(
            f"{spec.target_g0:g} G0, {name}, seed {spec.seed}, labels by {labels}: "
            f"{effort.n_label} labels, {effort.n_structure} structures, {done.cost_s():.0f} CPU-s"
            + ("" if effort.is_proved else ", nothing proved")
        )
        return done


def _as_json(spec: DesignSpec, name: str, contacts: RememberedContacts, limit: int) -> object:
    return asdict(pursue(spec, name, contacts, limit))


def _row(plan: DesignBenchPlan, labels: str, target: float | None, name: str, found: Found) -> Row:
    done = _of(found, name, target)
    counts = [_labels(plan, one) for one in done]
    interval = quantile_test(counts, p=0.5).confidence_interval(0.9)
    random = [_labels(plan, one) for one in _of(found, RANDOM, target)]
    fewer = float(np.median(random) / np.median(counts)) if random else None
    n_proof = sum(one.effort.n_proof for one in done)
    declared = [is_kept for one in done for is_kept in _declared(one)]
    is_aim = name == CAMPAIGN and target is None
    return {
        "labels_by": labels,
        "target_g0": target,
        "search": name,
        "n_design": len(done),
        "n_proved": sum(one.effort.is_proved for one in done),
        "median_labels": float(np.median(counts)),
        "median_low": float(interval.low),
        "median_high": float(interval.high),
        "mean_labels": float(np.mean(counts)),
        "most": max(counts),
        "mean_structures": float(np.mean([one.effort.n_structure for one in done])),
        "proofs": n_proof,
        "proofs_kept": sum(one.effort.is_proved for one in done) / n_proof if n_proof else None,
        "declared": len(declared),
        "declared_kept": float(np.mean(declared)) if declared else None,
        "cpu_s": float(np.mean([one.cost_s() for one in done])),
        "cpu_s_dft": float(np.mean(_costs_by_dft(plan, found, name, target))),
        "think_cpu_s": float(np.mean([one.think_s for one in done])),
        "random_over_this": fewer,
        "target_met": fewer >= _FEWER if is_aim and fewer is not None else None,
    }


_SHOWN = (
    "labels_by", "target_g0", "search", "n_design", "n_proved", "median_labels", "mean_labels",
    "mean_structures", "proofs_kept", "declared", "declared_kept", "cpu_s", "cpu_s_dft",
    "random_over_this",
)  # fmt: skip


def _of(found: Found, name: str, target: float | None) -> list[Pursued]:
    return [
        one
        for (search, asked), every in found.items()
        if search == name and target in {None, asked}
        for one in every
    ]


def _costs_by_dft(
    plan: DesignBenchPlan, found: Found, name: str, target: float | None
) -> list[float]:
    targets = (*plan.targets_g0, *plan.wide_targets_g0) if target is None else (target,)
    return [
        one.cost_s(WIDE_DFT_LABEL_S if asked in plan.wide_targets_g0 else DFT_LABEL_S)
        for asked in targets
        for one in _of(found, name, asked)
    ]


def _declared(done: Pursued) -> list[bool]:
    """Say of each candidate that was declared before its proof whether it is proved."""
    chances = done.effort.chances
    return [
        done.effort.is_proved and i + 1 == len(chances)
        for i, chance in enumerate(chances)
        if chance >= DECLARED_CHANCE
    ]


def _labels(plan: DesignBenchPlan, done: Pursued) -> int:
    # A search that was given up counts as one label more than it was given.
    return done.effort.n_label if done.effort.is_proved else plan.limit + 1


def _drawn(plan: DesignBenchPlan, found: Found) -> bytes:
    # The last round, or a proof, may go beyond the limit.
    longest = max(one.effort.n_label for every in found.values() for one in every)
    regrets = {
        name: np.stack(
            [
                best_so_far(one.effort.misses_g0 or (np.inf,), longest)
                for one in _of(found, name, None)
            ]
        )
        for name in plan.measured()
    }
    return as_bytes(regret_figure(regrets, plan.tolerance_g0), "png")


def _notes(plan: DesignBenchPlan) -> Sequence[str]:
    return (
        f"a hit is a label within {plan.tolerance_g0:g} G0",
        "proved is a candidate of which two of three fresh structures are hits; these labels count",
        f"a search that proves nothing with {plan.limit} labels counts as {plan.limit + 1}",
        "campaign has estimates by a direct model; the others label each structure that they make",
        "median_low and median_high are its exact 90 % interval by order statistics",
        f"cpu_s_dft is with labels at {DFT_LABEL_S:g} CPU-s, as by DFT of 54 atoms",
        *_wide_notes(plan),
        *(() if TPE in plan.measured() else ("Optuna is not measured; try pip install optuna",)),
        "Ax and BayBE are not measured (decision 0046)",
    )


def _wide_notes(plan: DesignBenchPlan) -> Sequence[str]:
    if not plan.wide_targets_g0:
        return ()
    named = ", ".join(f"{target:g}" for target in plan.wide_targets_g0)
    return (
        f"{named} G0 are asked of potassium between wide wires",
        f"labels of that cost {WIDE_DFT_LABEL_S:g} CPU-s in cpu_s_dft",
    )


def _contacts() -> ProblemOf:
    by_leads = {
        is_wide: (
            _estimator(load_predictor(MODELS / direct)),
            load_predictor(MODELS / hamiltonian),
        )
        for is_wide, direct, hamiltonian in (
            (False, "alkali-direct", "alkali-hamiltonian"),
            (True, "potassium-direct", "potassium"),
        )
    }

    def problem_of(spec: DesignSpec, labels: str) -> DesignProblem:
        direct, matrices = by_leads[spec.electrode == WIDE_ELECTRODE]
        is_staged = labels == BY_TWO
        second = staged_estimator(spec.within, direct, _estimator(matrices))
        labeler = PredictorLabeler(matrices) if labels == HAMILTONIAN else make_labeler("gpaw")
        return StretchedContacts(spec, second if is_staged else direct, labeler)

    return problem_of


def _estimator(predictor: Predictor) -> Estimator:
    def estimate(
        junctions: Sequence[Junction],
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        found = predictor.predict(junctions)
        return found.mean, found.sigma

    return estimate
