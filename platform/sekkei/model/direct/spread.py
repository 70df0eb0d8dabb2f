"""What the figures of a model owe to chance: trained and tested on several splits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from sekkei.model.dataset import Dataset
from sekkei.model.direct.options import TrainingOptions
from sekkei.model.direct.training import train_direct
from sekkei.model.metric import EvaluationReport, MetricRow
from sekkei.model.training import FitProgress, Training

Each = Callable[[Callable[[int], Training], Sequence[int]], Iterable[Training]]
"""Calls a function with each seed, as `map` does; results may come in any order."""


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """Figures of one model over several splits."""

    model: str
    """Name of the model; `DIRECT` is the direct model, the others are its baselines."""

    split: str
    """``train``, ``cross-validation``, ``test`` or ``electrode <name>``, anew in each split."""

    n_split: int
    """Number of splits."""

    n: int
    """Labels that it was held against, over all splits."""

    n_best: int
    """Splits in which no other model has a smaller mean absolute error."""

    r2_mean: float
    """Mean coefficient of determination, over the splits where it is defined."""

    r2_std: float
    """Its standard deviation between splits; NaN where fewer than two define it."""

    r2_min: float
    """The least of them."""

    r2_max: float
    """The greatest of them."""

    mae_mean: float
    """Mean absolute error in G0, averaged over the splits."""

    mae_std: float
    """Its standard deviation between splits in G0; NaN of one split."""

    mae_min: float
    """The least of them in G0."""

    mae_max: float
    """The greatest of them in G0."""


def train_on_splits(
    dataset: Dataset,
    options: TrainingOptions,
    seeds: Sequence[int],
    each: Each = map,
    progress: FitProgress | None = None,
) -> tuple[Training, ...]:
    """Split and train once for each seed, all baselines included.

    Parameters
    ----------
    dataset
        Labels of at least three experiments.
    options
        What the model is and how it learns.
    seeds
        Seeds of split and weights.
    each
        Who calls; `map` trains one after the other, here.
    progress
        Called after every split, with how many are done and how many there are.

    Returns
    -------
    tuple of Training
        In the order of their seeds.

    Raises
    ------
    InvalidInputError
        If there are fewer than three experiments that may be trained on.
    LabelError
        If a junction cannot be described.
    """
    found: dict[int, Training] = {}
    for training in each(partial(train_direct, dataset, options), seeds):
        found[training.seed] = training
        if progress is not None:
            progress(len(found), len(seeds))
    return tuple(found[seed] for seed in seeds)


def spread_over_splits(reports: Sequence[EvaluationReport]) -> tuple[SpreadRow, ...]:
    """Say how far the figures of every model differ from split to split.

    Parameters
    ----------
    reports
        One per split, of the same data; at least one.
    """
    least = [_least_errors(report) for report in reports]
    names = {(row.model, row.split): None for report in reports for row in report.rows}
    found = []
    for model, split in names:
        rows = [report.row(model, split) for report in reports]
        n_best = sum(row.mae <= best[split] for row, best in zip(rows, least, strict=True))
        found.append(_spread(rows, n_best))
    return tuple(found)


def _least_errors(report: EvaluationReport) -> dict[str, float]:
    splits = {row.split for row in report.rows}
    return {s: min(row.mae for row in report.rows if row.split == s) for s in splits}


def _spread(rows: Sequence[MetricRow], n_best: int) -> SpreadRow:
    r2 = np.array([row.r2 for row in rows if np.isfinite(row.r2)])
    mae = np.array([row.mae for row in rows])
    return SpreadRow(
        model=rows[0].model,
        split=rows[0].split,
        n_split=len(rows),
        n=sum(row.n for row in rows),
        n_best=n_best,
        **{f"r2_{name}": value for name, value in _statistics(r2).items()},
        **{f"mae_{name}": value for name, value in _statistics(mae).items()},
    )


def _statistics(values: np.ndarray) -> dict[str, float]:
    if values.size == 0:
        return dict.fromkeys(("mean", "std", "min", "max"), float("nan"))
    # Splits are a sample of all splits there could be: one degree of freedom goes to the mean.
    spread = float(values.std(ddof=1)) if values.size > 1 else float("nan")
    return {
        "mean": float(values.mean()),
        "std": spread,
        "min": float(values.min()),
        "max": float(values.max()),
    }
