"""Training and judging: the direct model and its baselines, split by experiment."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.model.calibration import LEVELS, ONE_SIGMA, Coverage, measure_coverage
from sekkei.model.dataset import Dataset, group_folds, hold_out_groups
from sekkei.model.direct.contender import Contender, Fitted, Material, contenders, prepare
from sekkei.model.direct.ensemble import DirectModel
from sekkei.model.direct.error_scale import ErrorScale, Signs, fit_error_scale
from sekkei.model.direct.extrapolation import Refit, left_out_groups, outside_factor
from sekkei.model.direct.feature import JunctionFeatures, describe_junctions
from sekkei.model.direct.novelty import DescriptorRange
from sekkei.model.direct.options import TrainingOptions
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.model.domain import Outlook, TrainingDomain
from sekkei.model.metric import DIRECT, EvaluationReport, MetricRow, ParityTable, measure
from sekkei.model.training import FitProgress, Training
from sekkei.threads import few_threads


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    train: np.ndarray
    judged: np.ndarray
    folds: tuple[tuple[np.ndarray, np.ndarray], ...]
    tests: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    members: tuple[Fitted, ...]
    predictions: dict[str, np.ndarray] = field(default_factory=dict)
    spread: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Judgement:
    dataset: Dataset
    split: _Split
    judged: dict[str, _Judged]
    model: DirectModel
    outlooks: dict[str, Outlook]


@few_threads()
def train_direct(
    dataset: Dataset,
    options: TrainingOptions,
    seed: int,
    progress: FitProgress | None = None,
) -> Training:
    """Train an ensemble, calibrate it, and judge it beside its baselines.

    Whole experiments are held out for the test. The others are cut into folds of whole
    experiments; every contender is trained once per fold, without it. The rows left out
    calibrate the intervals, the mean over the fits is what is tested. Descriptors are scaled by
    the training rows, without their labels. No contender may exceed the electrode's channels.

    Where the labels are of several elements or electrodes, one more model is trained without
    each of them: its errors on what it never saw say how much wider intervals must be there.

    Parameters
    ----------
    dataset
        Labels of at least three experiments.
    options
        What the model is and how it learns.
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
    domain = TrainingDomain.from_labels(
        [dataset.junctions[i] for i in split.train], dataset.n_channel[split.train]
    )
    groups = left_out_groups(dataset, split.train, domain)
    known = contenders(options)
    report_fit = _counter(progress, len(known) * len(split.folds) + len(groups))
    scaler = DescriptorScaler.fit([features[i] for i in split.train], options.n_component)
    material = prepare(dataset, features, scaler, options)
    judged = {
        name: _judge(contender, material, split, seed, report_fit)
        for name, contender in known.items()
    }
    best = judged[DIRECT]
    error_scale = _error_scale(dataset, split, best, domain)
    refit = _counted(_refit(dataset, features, material, options, seed), report_fit)
    model = DirectModel(
        options=options,
        scaler=scaler,
        states=tuple(member.state for member in best.members),
        error_scale=error_scale,
        domain=domain,
        known=DescriptorRange.fit([material.seen[i] for i in split.train]),
        outside_factor=outside_factor(dataset, split.train, groups, error_scale, refit),
        quantity=dataset.quantity,
        label_recipe=dataset.label_recipe,
    )
    outlooks = {
        name: domain.outlook(
            [dataset.junctions[i] for i in rows],
            model.known.novelty([material.seen[i] for i in rows]),
        )
        for name, rows in {"cross-validation": split.judged, **split.tests}.items()
    }
    report = _report(_Judgement(dataset, split, judged, model, outlooks))
    return Training(predictor=model, report=report, n_label=len(dataset), seed=seed)


_BATCHES_OF_A_REFIT = ((150, 6),)
"""Half the steps of a member: a refit says how wide intervals are, it predicts for nobody."""


def _refit(
    dataset: Dataset,
    features: tuple[JunctionFeatures, ...],
    material: Material,
    options: TrainingOptions,
    seed: int,
) -> Refit:
    if options.assembly == "waves":
        # It reads no scaled descriptors, and watches none where it does not stop early.
        fewer = options.waves.model_copy(update={"batches": _BATCHES_OF_A_REFIT})
        options = options.model_copy(update={"waves": fewer, "watch_share": 0.0})

    def refit(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        own = material
        if options.assembly != "waves":
            # The scaler, too, must not have seen what is left out.
            scaler = DescriptorScaler.fit([features[i] for i in train], options.n_component)
            own = prepare(dataset, features, scaler, options)
        predicted = contenders(options)[DIRECT](own, train, seed).predict(test)
        known = DescriptorRange.fit([own.seen[i] for i in train])
        return predicted, known.novelty([own.seen[i] for i in test])

    return refit


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
    metals = [str(sorted(set(dataset.junctions[i].numbers.tolist()))) for i in train]
    folds = group_folds([dataset.groups[i] for i in train], options.n_member, metals)
    tests = {"test": usable[held]} | {
        f"electrode {name}": np.flatnonzero(electrodes == name)
        for name in options.held_out_electrodes
    }
    # What another model labelled may teach, but it says nothing of how good a model is.
    is_label = dataset.is_testable
    return _Split(
        train=train,
        judged=train[is_label[train]],
        folds=tuple((train[inside], train[out][is_label[train[out]]]) for inside, out in folds),
        tests={name: rows[is_label[rows]] for name, rows in tests.items()},
    )


def _judge(
    contender: Contender,
    material: Material,
    split: _Split,
    seed: int,
    report_fit: Callable[[], None],
) -> _Judged:
    members = []
    for i_fold, (inside, _) in enumerate(split.folds):
        members.append(contender(material, inside, seed + i_fold))
        report_fit()
    found = _Judged(tuple(members))
    for name, rows in {"train": split.judged, **split.tests}.items():
        each = np.stack([member.predict(rows) for member in members])
        found.predictions[name] = np.clip(each.mean(axis=0), 0.0, material.n_channel[rows])
        found.spread[name] = each.std(axis=0)
    out_of_fold = np.zeros(len(material.truth))
    for member, (_, out) in zip(members, split.folds, strict=True):
        out_of_fold[out] = np.clip(member.predict(out), 0.0, material.n_channel[out])
    found.predictions["cross-validation"] = out_of_fold[split.judged]
    # Of the members that saw a row, too: few parameters agree no better there than elsewhere.
    found.spread["cross-validation"] = found.spread["train"]
    return found


def _report(found: _Judgement) -> EvaluationReport:
    members = found.judged[DIRECT].members
    curves = tuple(
        replace(point, member=i) for i, member in enumerate(members) for point in member.curve
    )
    return EvaluationReport(
        rows=_metric_rows(found.dataset, found.split, found.judged),
        curves=curves,
        test=_parity(found, found.split.tests["test"], "test"),
        out_of_fold=_parity(found, found.split.judged, "cross-validation"),
        coverage=_coverage(found),
    )


def _metric_rows(
    dataset: Dataset, split: _Split, judged: dict[str, _Judged]
) -> tuple[MetricRow, ...]:
    places = {"train": split.judged, "cross-validation": split.judged, **split.tests}
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


def _parity(found: _Judgement, rows: np.ndarray, place: str) -> ParityTable:
    return ParityTable(
        split=place,
        snapshot_keys=tuple(found.dataset.snapshot_keys[i] for i in rows),
        truth=found.dataset.conductance_g0[rows],
        predicted=found.judged[DIRECT].predictions[place],
        sigma=_half_width(found, place, ONE_SIGMA),
    )


def _coverage(found: _Judgement) -> tuple[Coverage, ...]:
    return tuple(
        measure_coverage(
            found.dataset.conductance_g0[rows],
            found.judged[DIRECT].predictions[place],
            _half_width(found, place, level),
            level,
            place,
        )
        for place, rows in found.split.tests.items()
        for level in LEVELS
    )


def _half_width(found: _Judgement, place: str, level: float) -> np.ndarray:
    rows = found.split.judged if place == "cross-validation" else found.split.tests[place]
    signs = _signs(found.dataset, rows, found.judged[DIRECT], place)
    return found.model.half_width(signs, found.outlooks[place], level)


def _error_scale(
    dataset: Dataset, split: _Split, best: _Judged, domain: TrainingDomain
) -> ErrorScale:
    signs = _signs(dataset, split.judged, best, "cross-validation")
    groups = [dataset.groups[i] for i in split.judged]
    return fit_error_scale(dataset.conductance_g0[split.judged], signs, groups, domain.elements)


def _signs(dataset: Dataset, rows: np.ndarray, result: _Judged, place: str) -> Signs:
    junctions = [dataset.junctions[i] for i in rows]
    return Signs.of(
        junctions, result.predictions[place], result.spread[place], dataset.n_channel[rows]
    )


def _counted(refit: Refit, report_fit: Callable[[], None]) -> Refit:
    def counted(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = refit(train, test)
        report_fit()
        return found

    return counted


def _counter(progress: FitProgress | None, total: int) -> Callable[[], None]:
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return count
