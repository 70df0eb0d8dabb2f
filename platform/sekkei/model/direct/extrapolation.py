"""How much wider intervals must be for what was not trained on."""

from collections.abc import Callable, Sequence

import numpy as np

from sekkei.model.calibration import ONE_SIGMA, conformal_quantile
from sekkei.model.dataset import Dataset
from sekkei.model.direct.error_scale import ErrorScale, Signs
from sekkei.model.direct.novelty import growth
from sekkei.model.domain import TrainingDomain
from sekkei.structure.lead import recognise_leads

Refit = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From rows to train on and rows to predict to predictions in G0 and to their novelty."""

LEAST_FACTOR = 1.5
"""A few groups cannot prove that what was not trained on is predicted as well as what was."""

_LEAST_EXPERIMENTS = 3
_LEAST_SHARE = 0.5


def left_out_groups(
    dataset: Dataset, train: np.ndarray, domain: TrainingDomain
) -> tuple[np.ndarray, ...]:
    """Return the rows with each element and with each electrode, where enough others are left.

    Parameters
    ----------
    dataset
        Labels.
    train
        Numbers of the training rows.
    domain
        Of these rows.

    Returns
    -------
    tuple of ndarray
        Different sets of row numbers, none within another: who does without all sodium does
        without an electrode of sodium, too. Without one of them, at least half of the training
        rows and three experiments are left.
    """
    elements = [set(dataset.junctions[i].numbers.tolist()) for i in train]
    places = [domain.channels.place(recognise_leads(dataset.junctions[i]).electrode) for i in train]
    kinds = [np.array([number in row for row in elements]) for number in domain.elements]
    kinds += [
        np.array([found == place for found in places])
        for place in range(len(domain.channels.electrodes))
    ]
    found: dict[bytes, np.ndarray] = {}
    for is_left_out in kinds:
        rest = train[~is_left_out]
        n_experiment = len({dataset.groups[i] for i in rest})
        if len(rest) >= _LEAST_SHARE * len(train) and n_experiment >= _LEAST_EXPERIMENTS:
            found.setdefault(is_left_out.tobytes(), train[is_left_out])
    sets = [set(rows.tolist()) for rows in found.values()]
    return tuple(
        rows
        for rows, own in zip(found.values(), sets, strict=True)
        if rows.size and not any(own < other for other in sets)
    )


def outside_factor(
    dataset: Dataset,
    train: np.ndarray,
    groups: Sequence[np.ndarray],
    error_scale: ErrorScale,
    refit: Refit,
) -> float | None:
    """Measure how much wider intervals must be just outside of the training set.

    Each group is predicted by a model that saw nothing of it. The factor is that with which
    the 68 % interval of members that differ as usual, grown by the distance, holds 68 % of the
    worst group.

    Parameters
    ----------
    dataset
        Labels.
    train
        Numbers of the training rows.
    groups
        What `left_out_groups` found.
    error_scale
        Intervals for junctions like those that were trained on.
    refit
        Trains and predicts.

    Returns
    -------
    float or None
        At least `LEAST_FACTOR`; None if there is no group, so that nothing can be measured.
    """
    if not groups:
        return None
    return max(
        LEAST_FACTOR, *(_factor(dataset, train, rows, error_scale, refit) for rows in groups)
    )


def _factor(
    dataset: Dataset, train: np.ndarray, rows: np.ndarray, error_scale: ErrorScale, refit: Refit
) -> float:
    found, novelty = refit(np.setdiff1d(train, rows), rows)
    usual = np.full(len(rows), error_scale.usual_spread_g0)
    junctions = [dataset.junctions[i] for i in rows]
    signs = Signs.of(junctions, found, usual, dataset.n_channel[rows])
    error = np.abs(signs.predicted - dataset.conductance_g0[rows])
    width = error_scale.half_width(signs) * growth(novelty)
    return conformal_quantile(error / width, ONE_SIGMA)
