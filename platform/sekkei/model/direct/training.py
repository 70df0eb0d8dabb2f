"""Training and judging: the surrogate and its baselines, split by experiment."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.model.calibration import LEVELS, Calibration, Coverage, calibrate, measure_coverage
from sekkei.model.dataset import Dataset, group_folds, hold_out_groups
from sekkei.model.direct.contender import Contender, Fitted, Material, contenders, prepare
from sekkei.model.direct.feature import describe_junctions
from sekkei.model.direct.fitting import TrainingOptions
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.model.direct.surrogate import Surrogate
from sekkei.model.metric import EvaluationReport, MetricRow, ParityTable, measure

FitProgress = Callable[[int, int], None]
"""Called with how many fits are done and how many there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """A surrogate and how good it is."""

    surrogate: Surrogate
    """The trained ensemble."""

    report: EvaluationReport
    """What was measured, with every baseline."""

    n_label: int
    """Number of labels, held-out ones included."""

    seed: int
    """Seed of split and weights."""


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    train: np.ndarray
    folds: tuple[tuple[np.ndarray, np.ndarray], ...]
    tests: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    members: tuple[Fitted, ...]
    predictions: dict[str, np.ndarray]
    spread: dict[str, np.ndarray]


def train_surrogate(
    dataset: Dataset,
    options: TrainingOptions,
    seed: int,
    progress: FitProgress | None = None,
) -> Training:
    """Train an ensemble, calibrate it, and judge it beside its baselines.

    Whole experiments are held out for the test. The others are cut into folds of whole
    experiments; every contender is trained once per fold, without it. The rows left out
    calibrate the intervals, the mean over the fits is what is tested. Descriptors are scaled by
    the training rows, without their labels.

    Parameters
    ----------
    dataset
        Labels of at least three experiments.
    options
        What the network is and how long it learns.
    seed
        Seed of the split and of the weights; equal seeds give equal weights on one machine.
    progress
        Called after every fit.

    Raises
    ------
    InvalidInputError
        If there are fewer than three experiments that may be trained on.
    LabelError
        If a junction cannot be described.
    """
    split = _split(dataset, options, np.random.default_rng(seed))
    features = describe_junctions(dataset.junctions, options.features)
    scaler = DescriptorScaler.fit([features[i] for i in split.train], options.n_component)
    material = prepare(dataset, features, scaler)
    known = contenders(options)
    report_fit = _counter(progress, len(known) * len(split.folds))
    judged = {
        name: _judge(contender, material, split, seed, report_fit)
        for name, contender in known.items()
    }
    best = judged["series"]
    calibration = calibrate(material.truth[split.train], best.predictions["cross-validation"])
    surrogate = Surrogate(
        options=options,
        scaler=scaler,
        members=tuple(member.network for member in best.members if member.network is not None),
        calibration=calibration,
        quantity=dataset.quantity,
        label_recipe=dataset.label_recipe,
    )
    report = _report(dataset, split, judged, calibration)
    return Training(surrogate=surrogate, report=report, n_label=len(dataset), seed=seed)


def _split(dataset: Dataset, options: TrainingOptions, rng: np.random.Generator) -> _Split:
    electrodes = np.asarray(dataset.electrodes, dtype=str)
    unknown = sorted(set(options.held_out_electrodes) - set(dataset.electrodes))
    if unknown:
        raise InvalidInputError(
            f"electrodes to hold out must be in the data, but {', '.join(unknown)} are not; there "
            f"are {', '.join(sorted(set(dataset.electrodes)))}"
        )
    usable = np.flatnonzero(~np.isin(electrodes, options.held_out_electrodes))
    groups = [dataset.groups[i] for i in usable]
    held = hold_out_groups(groups, options.test_share, rng)
    train = usable[~held]
    folds = group_folds([dataset.groups[i] for i in train], options.n_member)
    tests = {"test": usable[held]} | {
        f"electrode {name}": np.flatnonzero(electrodes == name)
        for name in options.held_out_electrodes
    }
    return _Split(train, tuple((train[inside], train[out]) for inside, out in folds), tests)


def _judge(
    contender: Contender,
    material: Material,
    split: _Split,
    seed: int,
    report_fit: Callable[[], None],
) -> _Judged:
    members = []
    for i_fold, (inside, out) in enumerate(split.folds):
        members.append(contender(material, inside, out, seed + i_fold))
        report_fit()
    predictions, spread = {}, {}
    for name, rows in {"train": split.train, **split.tests}.items():
        each = np.stack([member.predict(rows) for member in members])
        predictions[name], spread[name] = each.mean(axis=0), each.std(axis=0)
    out_of_fold = np.zeros(len(material.truth))
    for member, (_, out) in zip(members, split.folds, strict=True):
        out_of_fold[out] = member.predict(out)
    predictions["cross-validation"] = out_of_fold[split.train]
    spread["cross-validation"] = np.zeros(len(split.train))
    return _Judged(tuple(members), predictions, spread)


def _report(
    dataset: Dataset, split: _Split, judged: dict[str, _Judged], calibration: Calibration
) -> EvaluationReport:
    members = judged["series"].members
    curves = tuple(
        replace(point, member=i) for i, member in enumerate(members) for point in member.curve
    )
    return EvaluationReport(
        rows=_metric_rows(dataset, split, judged),
        curves=curves,
        test=_parity(dataset, split.tests["test"], "test", judged["series"], calibration),
        out_of_fold=_parity(
            dataset, split.train, "cross-validation", judged["series"], calibration
        ),
        coverage=_coverage(dataset, split, judged["series"], calibration),
    )


def _metric_rows(
    dataset: Dataset, split: _Split, judged: dict[str, _Judged]
) -> tuple[MetricRow, ...]:
    places = {"train": split.train, "cross-validation": split.train, **split.tests}
    return tuple(
        measure(
            name,
            place,
            dataset.conductance_g0[rows],
            result.predictions[place],
            len({dataset.groups[i] for i in rows}),
        )
        for name, result in judged.items()
        for place, rows in places.items()
    )


def _parity(
    dataset: Dataset, rows: np.ndarray, place: str, result: _Judged, calibration: Calibration
) -> ParityTable:
    predicted = result.predictions[place]
    return ParityTable(
        split=place,
        snapshot_keys=tuple(dataset.snapshot_keys[i] for i in rows),
        truth=dataset.conductance_g0[rows],
        predicted=predicted,
        sigma=calibration.half_width(predicted, result.spread[place]),
    )


def _coverage(
    dataset: Dataset, split: _Split, result: _Judged, calibration: Calibration
) -> tuple[Coverage, ...]:
    return tuple(
        measure_coverage(
            dataset.conductance_g0[rows],
            result.predictions[place],
            calibration.half_width(result.predictions[place], result.spread[place], level),
            level,
            place,
        )
        for place, rows in split.tests.items()
        for level in LEVELS
    )


def _counter(progress: FitProgress | None, total: int) -> Callable[[], None]:
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return count
