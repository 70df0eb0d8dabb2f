"""Training and judging a learned Hamiltonian, beside the simplest baselines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.model.baseline import AREA_MODELS, device_wavevector, fit_area_model
from sekkei.model.calibration import LEVELS, ONE_SIGMA, Calibration, calibrate, measure_coverage
from sekkei.model.dataset import Dataset
from sekkei.model.domain import TrainingDomain
from sekkei.model.electrode_channels import ChannelTable
from sekkei.model.hamiltonian.cell import Cell, Places, find_images
from sekkei.model.hamiltonian.describe import relative_sizes
from sekkei.model.hamiltonian.environment import REACH, environment
from sekkei.model.hamiltonian.leads import ElectrodeSource
from sekkei.model.hamiltonian.learning import (
    WIRE_PERIODS,
    HamiltonianExample,
    HamiltonianOptions,
    learn_hamiltonian,
    wire_cell,
)
from sekkei.model.hamiltonian.model import CrowdingRange, HamiltonianModel
from sekkei.model.hamiltonian.solve import HamiltonianSolver
from sekkei.model.metric import EvaluationReport, MetricRow, ParityTable, measure
from sekkei.model.mixtures import learned_between, learned_pairs
from sekkei.model.training import FitProgress, LearnedFrom, Training
from sekkei.shapes import Float, Int
from sekkei.structure.junction import DEVICE
from sekkei.structure.lead import recognise_leads
from sekkei.threads import few_threads
from sekkei.transport.plugins import make_labeler
from sekkei.transport.two_centre import TwoCentreTables

NAME = "hamiltonian"
"""Name of the model in its report."""

_UNIT = Calibration(offset_g0=0.0, slope=0.0, factors={f"{level:g}": 1.0 for level in LEVELS})


@runtime_checkable
class HamiltonianTeacher(ElectrodeSource, Protocol):
    """What matrices were made with: knows electrodes, and the integrals of its basis."""

    @property
    def recipe(self) -> str:
        """Identity of the method."""
        ...

    def two_centre_tables(self, numbers: Sequence[int], /) -> TwoCentreTables:
        """Return overlaps, kinetic energies and projections of some elements."""
        ...


def make_teacher(name: str, **options: Any) -> HamiltonianTeacher:
    """Make a labeler by name that a Hamiltonian can be learned from.

    Raises
    ------
    InvalidInputError
        As `make_labeler` does, or if its basis has no tables.
    MissingExtraError
        If something that it needs is not installed.
    """
    labeler = make_labeler(name, **options)
    if not isinstance(labeler, HamiltonianTeacher):
        raise InvalidInputError(
            f"a Hamiltonian is learned from a labeler with tables of its basis, but {name} has "
            "none; try --labeler gpaw",
            name=name,
        )
    return labeler


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    mean: np.ndarray
    spread: np.ndarray


def read_examples(lake: Lake, *recipes: str) -> tuple[HamiltonianExample, ...]:
    """Read every junction whose matrices a lake keeps.

    Parameters
    ----------
    lake
        Labels with matrices.
    recipes
        Methods that compute the same, whatever they refuse.

    Raises
    ------
    InvalidInputError
        If it keeps none of one of the recipes.
    """
    labels = lake.query("matrix", (), ["recipe", "snapshot", "experiment", "label"])
    missing = [recipe[:12] for recipe in recipes if recipe not in set(labels["recipe"])]
    labels = labels[labels["recipe"].isin(recipes)].drop_duplicates("snapshot")
    labels = labels.sort_values("label")
    wires = lake.table("experiment").set_index("key")["electrode"]
    read_off = lake.table("label").set_index("key")["conductance_g0"]
    if missing:
        raise InvalidInputError(
            f"a lake must keep matrices of recipe {missing[0]} for a Hamiltonian to be learned, "
            "but keeps none; give the labels of a campaign `matrices`, as in "
            "docs/how-to/learn-a-hamiltonian.md"
        )
    junctions = lake.junctions(labels["snapshot"].tolist())
    rows = lake.matrices(labels["label"].tolist())
    return tuple(
        HamiltonianExample(junction, row.matrices, group, electrode, conductance)
        for junction, row, group, electrode, conductance in zip(
            junctions,
            rows,
            labels["experiment"],
            wires.reindex(labels["experiment"]).fillna(""),
            read_off.reindex(labels["label"]),
            strict=True,
        )
    )


@few_threads()
def train_hamiltonian(
    examples: Sequence[HamiltonianExample],
    dataset: Dataset,
    teacher: HamiltonianTeacher,
    options: HamiltonianOptions,
    seed: int,
    progress: FitProgress | None = None,
) -> Training:
    """Learn a Hamiltonian, calibrate its intervals, and judge it on experiments left out.

    Parameters
    ----------
    examples
        Junctions whose matrices are known.
    dataset
        Labels of the same method; those of other experiments than the examples', with the same
        elements and electrodes, calibrate the intervals and test the model, half of the
        experiments each.
    teacher
        What made the matrices.
    options
        How it is learned.
    seed
        Chooses which labels are predicted, and which of them test.
    progress
        Called after every cell and every tested label.

    Raises
    ------
    InvalidInputError
        If there are no matrices, or labels of fewer than two other experiments.
    """
    numbers = sorted({int(n) for one in examples for n in one.junction.numbers})
    tables = teacher.two_centre_tables(numbers)
    count = _Counter(progress, options.n_validation)
    solver = learn_hamiltonian(examples, tables, teacher, options, count.learned)
    model = _model(examples, dataset, solver, options)
    calibrating, testing = _validation(examples, dataset, model, seed)
    judged = [_judge(model, dataset.rows(rows), count) for rows in (calibrating, testing)]
    truth = dataset.conductance_g0[calibrating]
    # Errors grow with the spread of T around E_F, not with T: the spread takes T's place.
    calibration = calibrate(truth - judged[0].mean + judged[0].spread, judged[0].spread)
    model = replace(model, calibration=calibration)
    report = _report(model, dataset, (calibrating, testing), judged)
    learned = _learned_from(examples, options)
    return Training(model, report, len(examples), seed, learned)


def _learned_from(
    examples: Sequence[HamiltonianExample], options: HamiltonianOptions
) -> LearnedFrom:
    found = LearnedFrom.of(
        [example.junction for example in examples],
        [example.group for example in examples],
        [example.electrode for example in examples],
        [example.conductance_g0 for example in examples],
    )
    met = {example.electrode for example in examples}
    alone = {*options.electrodes, *options.electrodes_near_edges} - met
    perfect = (f"{name} (the perfect wire alone)" for name in sorted(alone))
    return replace(found, electrodes=(*found.electrodes, *perfect))


class _Counter:
    """Tells how many cells and labels are done."""

    def __init__(self, progress: FitProgress | None, n_validation: int) -> None:
        self._progress, self._n_validation = progress, n_validation
        self._done = self._total = 0

    def learned(self, done: int, total: int) -> None:
        self._done, self._total = done, total + self._n_validation
        self._tell()

    def judged(self) -> None:
        self._done += 1
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._done, self._total)


def _validation(
    examples: Sequence[HamiltonianExample],
    dataset: Dataset,
    model: HamiltonianModel,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    seen = {example.group for example in examples}
    other = np.array([group not in seen for group in dataset.groups])
    # Of a lake of many metals, only what the model has learned says how well it does.
    outlook = model.domain.outlook(dataset.junctions, np.zeros(len(dataset)))
    rng = np.random.default_rng(seed)
    known = rng.permutation(np.flatnonzero(other & ~outlook.is_outside))
    rows = _of_each_kind(dataset, known)[: model.training.n_validation]
    groups = np.array([dataset.groups[i] for i in rows])
    names = rng.permutation(np.unique(groups))
    if len(names) < 2:
        raise InvalidInputError(
            "a learned Hamiltonian is calibrated and tested on labels of at least 2 experiments "
            f"without matrices, of the same elements and electrodes, but found {len(names)}; label "
            "snapshots of more experiments"
        )
    is_test = np.isin(groups, names[: len(names) // 2])
    return rows[~is_test], rows[is_test]


def _of_each_kind(dataset: Dataset, rows: Int[np.ndarray, " row"]) -> Int[np.ndarray, " row"]:
    """Order rows so that elements and electrodes take turns.

    A lake has many labels of what is common; a model is asked for whatever may be mixed.
    """
    met: Counter[object] = Counter()
    turn = []
    for i in rows.tolist():
        one = dataset.junctions[i]
        lead = frozenset(one.numbers[one.regions != DEVICE].tolist())
        kind = dataset.electrodes[i], lead, frozenset(one.numbers.tolist())
        turn.append(met[kind])
        met[kind] += 1
    return rows[np.argsort(turn, kind="stable")]


def _model(
    examples: Sequence[HamiltonianExample],
    dataset: Dataset,
    solver: HamiltonianSolver,
    options: HamiltonianOptions,
) -> HamiltonianModel:
    leads, energies = solver.leads, np.zeros(1)
    # All wires that were learned, with matrices of junctions or without.
    channels = ChannelTable(
        tuple(lead.wire for lead in leads.known),
        tuple(leads.matrices(at, energies).n_channel for at in range(len(leads.known))),
    )
    # Wide wires are more crowded than any contact between thin ones, and were learned, too.
    cells = [wire_cell(lead, WIRE_PERIODS) for lead in leads.known]
    learned = [example.matrices for example in examples]
    cells += [Cell(one.numbers, one.positions, one.length, 1) for one in learned]
    numbers = [one.numbers for one in learned]
    places = [channels.place(recognise_leads(one.junction).electrode) for one in examples]
    between = learned_between(numbers, places, len(channels.electrodes))
    return HamiltonianModel(
        solver,
        options,
        _UNIT,
        TrainingDomain(solver.elements, channels, learned_pairs(numbers), between),
        CrowdingRange.fit([_crowding(cell, solver) for cell in cells]),
        dataset.quantity,
        dataset.label_recipe,
    )


def _crowding(cell: Cell, solver: HamiltonianSolver) -> Float[np.ndarray, "atom 2"]:
    sizes = relative_sizes(cell, solver.tables)
    images = find_images(cell, REACH * float(sizes.max()))
    places = Places.of_cell(cell, images)
    return np.asarray(environment(places, sizes, sizes[images.atoms]).crowding.numpy())


def _judge(model: HamiltonianModel, data: Dataset, count: _Counter) -> _Judged:
    mean, spread = np.zeros((2, len(data)))
    for i, junction in enumerate(data.junctions):
        found = model.estimate(junction)
        mean[i], spread[i] = np.clip(found.mean, 0.0, data.n_channel[i]), found.spread
        count.judged()
    return _Judged(mean, spread)


def _report(
    model: HamiltonianModel,
    dataset: Dataset,
    splits: tuple[np.ndarray, np.ndarray],
    judged: Sequence[_Judged],
) -> EvaluationReport:
    rows: list[MetricRow] = []
    tables = []
    for name, index, found in zip(("cross-validation", "test"), splits, judged, strict=True):
        data = dataset.rows(index)
        rows.append(measure(NAME, name, data.conductance_g0, found.mean, data.n_experiment))
        rows += _baselines(dataset, splits[0], data, name)
        width = _width(model, found, ONE_SIGMA)
        tables.append(ParityTable(name, data.snapshot_keys, data.conductance_g0, found.mean, width))
    test, found = tables[1], judged[1]
    coverage = tuple(
        measure_coverage(test.truth, test.predicted, _width(model, found, level), level, test.split)
        for level in LEVELS
    )
    return EvaluationReport(tuple(rows), (), test, tables[0], coverage)


def _width(model: HamiltonianModel, found: _Judged, level: float) -> Float[np.ndarray, " row"]:
    return model.calibration.half_width(found.spread, np.zeros_like(found.spread), level)


def _baselines(dataset: Dataset, fitted: np.ndarray, data: Dataset, split: str) -> list[MetricRow]:
    known = dataset.rows(fitted)
    vectors = [
        np.array([device_wavevector(junction) for junction in some.junctions])
        for some in (known, data)
    ]
    found = []
    for name in AREA_MODELS:
        line = fit_area_model(name, known.narrowest, vectors[0], known.conductance_g0)
        guess = np.minimum(line(data.narrowest, vectors[1]), data.n_channel)
        found.append(measure(name, split, data.conductance_g0, guess, data.n_experiment))
    return found
