"""A model against labels of a lake, those that it may have learned from apart."""

from dataclasses import dataclass

import numpy as np

from sekkei.lake import Lake
from sekkei.model.baseline import AREA_MODELS, AreaModel, device_wavevector, fit_area_model
from sekkei.model.dataset import Dataset
from sekkei.model.metric import MetricRow, measure
from sekkei.model.predictor import Predictor

SURROGATE = "surrogate"
"""Name of the model in its evaluation; all other names are baselines."""

SEEN, FRESH = "known at training", "fresh"
"""Labels of experiments that had some when a model was trained, and of all others."""


@dataclass(frozen=True, slots=True)
class SplitEvaluation:
    """How well a model does on some labels."""

    split: str
    """`FRESH` or `SEEN`."""

    model: MetricRow
    """Figures of the model."""

    baselines: tuple[MetricRow, ...]
    """The same of `AREA_MODELS`, fitted to the labels known at training.

    They are cut at the electrode's channels, as the model is.
    """

    within_sigma: float
    """Share of labels within the interval that promises 68 %."""

    n_outside: int
    """Number of labels of junctions unlike those that the model was trained on."""


def evaluate_model(
    lake: Lake, lake_state: str, predictor: Predictor
) -> tuple[SplitEvaluation, ...]:
    """Hold a model against the labels of a lake, those that it may have learned from apart.

    Parameters
    ----------
    lake
        With labels of the model's method.
    lake_state
        State of the lake that the model was trained on.
    predictor
        The model.

    Returns
    -------
    tuple of SplitEvaluation
        `FRESH` first, if there are such labels, then `SEEN`.

    Raises
    ------
    InvalidInputError
        If the lake is not the one that the model was trained on, or has no labels of its method.
    """
    recipe, quantity = predictor.label_recipe, predictor.quantity
    data = Dataset.from_lake(lake, recipe, quantity)
    before = Dataset.from_lake(lake.at(lake_state), recipe, quantity)
    baselines = _fitted_baselines(before)
    experiments, snapshots = set(before.groups), set(before.snapshot_keys)
    # A structure of a user or a design belongs to no experiment, and stands for itself.
    known = np.array(
        [
            group in experiments if group else key in snapshots
            for group, key in zip(data.groups, data.snapshot_keys, strict=True)
        ]
    )
    parts = ((FRESH, np.flatnonzero(~known)), (SEEN, np.flatnonzero(known)))
    return tuple(
        _evaluate(predictor, baselines, data.rows(rows), name) for name, rows in parts if rows.size
    )


def _evaluate(
    predictor: Predictor, baselines: dict[str, AreaModel], data: Dataset, split: str
) -> SplitEvaluation:
    found = predictor.predict(data.junctions)
    truth, n_experiment = data.conductance_g0, data.n_experiment
    wavevector = _wavevectors(data)
    return SplitEvaluation(
        split=split,
        model=measure(SURROGATE, split, truth, found.mean, n_experiment),
        baselines=tuple(
            measure(
                name,
                split,
                truth,
                np.minimum(model(data.narrowest, wavevector), data.n_channel),
                n_experiment,
            )
            for name, model in baselines.items()
        ),
        within_sigma=float((np.abs(found.mean - truth) <= found.sigma).mean()),
        n_outside=found.n_outside,
    )


def _fitted_baselines(data: Dataset) -> dict[str, AreaModel]:
    wavevector = _wavevectors(data)
    return {
        name: fit_area_model(name, data.narrowest, wavevector, data.conductance_g0)
        for name in AREA_MODELS
    }


def _wavevectors(data: Dataset) -> np.ndarray:
    return np.array([device_wavevector(junction) for junction in data.junctions])
