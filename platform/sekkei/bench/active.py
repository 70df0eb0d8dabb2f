"""Labels chosen where the surrogate is least sure, beside labels drawn at random."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from sekkei.bench.descriptor import DATA
from sekkei.bench.learning_data import Contacts
from sekkei.bench.result import BenchResult, Row
from sekkei.campaign.learning import widest
from sekkei.campaign.stage_spec import ActiveLearningPlan
from sekkei.lake import Lake
from sekkei.model import Dataset, Predictor, TrainingOptions, WaveOptions, train_direct
from sekkei.model.dataset import hold_out_groups
from sekkei.model.direct.waves.bands import shipped_wires
from sekkei.model.metric import MetricRow
from sekkei.model.metric import measure as judge
from sekkei.shapes import Int
from sekkei.threads import few_threads

LEAST_SURE, RANDOM = "least sure", "random"

_WIRE = "bcc100-5+4"
_OTHERS = tuple(name for name in shipped_wires() if name != _WIRE)

_SMALL = TrainingOptions(
    n_member=3,
    epochs=2,
    test_share=0.05,
    waves=WaveOptions(offsets_ev=(), batches=((60, 5), (120, 2)), without_wires=_OTHERS),
)
"""Three short fits: only the choice differs between the two."""


@dataclass(frozen=True, slots=True)
class ActivePlan:
    """How much is done."""

    sizes: tuple[int, ...] = (30, 60, 90, 120, 150, 180, 210, 240)
    """Labels of each round."""

    seeds: tuple[int, ...] = (0, 1, 2)
    """Of the first labels, of what is drawn at random, and of the fits."""

    training: TrainingOptions = field(default_factory=lambda: _SMALL)
    """Of the surrogate."""

    most_per_experiment: int = 2
    """Most labels of a round from one experiment, where the surrogate chooses."""

    n_pool: int = 10_000
    """Most labels to choose from."""


QUICK = ActivePlan(sizes=(30, 60), seeds=(0,), n_pool=200)


def measure(
    *, is_quick: bool, say: Callable[[str], None], plan: ActivePlan | None = None
) -> BenchResult:
    """Choose labels of shipped potassium contacts; see `sekkei.bench.registry.Measure`.

    They are between wires of one kind, because a surrogate is trained anew in every round. All
    labels are known; a round only sees those that it chose. Tests are of experiments that
    are never chosen from, the same for all seeds and both ways of choosing. Both begin with the
    same labels.
    """
    plan = plan or (QUICK if is_quick else ActivePlan())
    contacts = Contacts.from_lake(Lake.open(DATA))
    rows = contacts.of_size("1x", is_potassium=True)
    is_between = np.array([contacts.dataset.electrodes[i] == _WIRE for i in rows])
    data = contacts.dataset.rows(rows[is_between])
    held = hold_out_groups(data.groups, 0.2, np.random.default_rng(12))
    pool, test = np.flatnonzero(~held), data.rows(np.flatnonzero(held))
    figures: dict[tuple[str, int], list[MetricRow]] = {}
    with few_threads(1):
        for seed in plan.seeds:
            few = np.sort(np.random.default_rng(seed).permutation(pool)[: plan.n_pool])
            for size, found in _rounds(data, few, test, plan, seed):
                say(f"seed {seed}, {found.model}, {size} labels: MAE {found.mae:.3f} G0")
                figures.setdefault((found.model, size), []).append(found)
    table = [_row(choice, size, found) for (choice, size), found in figures.items()]
    return BenchResult("active", table, notes=list(_notes(table)))


def labels_needed(sizes: Sequence[int], errors: Sequence[float], error: float) -> float | None:
    """Return how many labels reach an error, between rounds by a straight line; None if none do.

    Examples
    --------
    >>> labels_needed([30, 60, 90], [0.3, 0.1, 0.12], 0.2)
    45.0
    """
    for i, found in enumerate(errors):
        if found <= error:
            if i == 0:
                return float(sizes[0])
            share = (errors[i - 1] - error) / (errors[i - 1] - found)
            return float(sizes[i - 1] + share * (sizes[i] - sizes[i - 1]))
    return None


def _rounds(
    data: Dataset, pool: Int[np.ndarray, " row"], test: Dataset, plan: ActivePlan, seed: int
) -> Iterator[tuple[int, MetricRow]]:
    n_experiment = len(set(test.groups))
    first = np.sort(np.random.default_rng(seed).permutation(pool)[: plan.sizes[0]])
    for choice in (LEAST_SURE, RANDOM):
        rng, known, chosen = np.random.default_rng(seed), first[:0], first
        for size, following in zip(plan.sizes, (*plan.sizes[1:], None), strict=True):
            known = np.sort(np.concatenate([known, chosen]))
            predictor = train_direct(data.rows(known), plan.training, seed).predictor
            predicted = predictor.predict(test.junctions).mean
            yield size, judge(choice, "test", test.conductance_g0, predicted, n_experiment)
            left = np.setdiff1d(pool, known)
            if following is not None and choice == RANDOM:
                chosen = rng.permutation(left)[: following - size]
            elif following is not None:
                chosen = _least_sure(predictor, data, left, following - size, plan)


def _least_sure(
    predictor: Predictor, data: Dataset, left: Int[np.ndarray, " row"], n: int, plan: ActivePlan
) -> Int[np.ndarray, " chosen"]:
    keys = [data.snapshot_keys[i] for i in left]
    sigma = predictor.predict([data.junctions[i] for i in left]).sigma.tolist()
    groups = {key: data.groups[i] for key, i in zip(keys, left, strict=True)}
    rule = ActiveLearningPlan(batch=n, most_per_experiment=plan.most_per_experiment)
    row_of = dict(zip(keys, left.tolist(), strict=True))
    return np.array([row_of[key] for key in widest(keys, sigma, groups, rule)], dtype=np.int64)


def _row(choice: str, size: int, found: Sequence[MetricRow]) -> Row:
    mae = np.array([row.mae for row in found])
    return {
        "choice": choice,
        "n_label": size,
        "n_seed": len(found),
        "n_test": found[0].n,
        "mae_g0": float(mae.mean()),
        "mae_least_g0": float(mae.min()),
        "mae_most_g0": float(mae.max()),
        "rmse_g0": float(np.mean([row.rmse for row in found])),
    }


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    curves = {
        choice: [row for row in rows if row["choice"] == choice] for choice in (LEAST_SURE, RANDOM)
    }
    for name in ("mae_g0", "rmse_g0"):
        target = min(row[name] for row in curves[RANDOM])
        needed = [
            labels_needed([row["n_label"] for row in curve], [row[name] for row in curve], target)
            for curve in curves.values()
        ]
        yield f"labels for {name} {target:.3f}: {LEAST_SURE} {needed[0]}, {RANDOM} {needed[1]}"
