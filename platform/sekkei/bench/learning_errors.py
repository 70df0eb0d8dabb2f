"""Errors of predictions, in all and by range of conductance: a row of the benchmark's tables."""

from dataclasses import dataclass

import numpy as np

from sekkei.bench.conductance_range import RANGES_G0
from sekkei.bench.learning_splits import Split
from sekkei.bench.result import Row
from sekkei.model import Predictions
from sekkei.model.metric import measure
from sekkei.shapes import Float

QUANTILE = 0.95
"""Share of errors below ``q95_g0``."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What one model says of one test."""

    split: Split
    """What it learned from."""

    test: str
    """Name of the test."""

    model: str
    """Name of the model."""

    n_learned: int
    """Labels that it learned from, or matrices."""

    mean: Float[np.ndarray, " row"]
    """Predictions in G0."""

    predictions: Predictions | None = None
    """The same with intervals, if the model has them."""

    @property
    def truth(self) -> Float[np.ndarray, " row"]:
        """Labels in G0."""
        return self.split.tests[self.test].conductance_g0

    @property
    def groups(self) -> tuple[str, ...]:
        """Experiment of each row."""
        return self.split.tests[self.test].groups


def error_row(judged: Judged) -> Row:
    """Return the errors of one model in one test."""
    n_experiment = len(set(judged.groups))
    found = measure(judged.model, judged.test, judged.truth, judged.mean, n_experiment)
    error = np.abs(judged.mean - judged.truth)
    return {
        "table": judged.split.table,
        "trained_on": judged.split.trained_on,
        "n_learned": judged.n_learned,
        "test": judged.test,
        "model": judged.model,
        "n": found.n,
        "n_experiment": n_experiment,
        "r2": found.r2,
        "mae_g0": found.mae,
        "q95_g0": float(np.quantile(error, QUANTILE)),
        "max_g0": found.max_error,
        **_by_range(judged.truth, error),
    }


def range_name(low: float, high: float) -> str:
    """Name the column of a range of conductance."""
    return f"mae_{low:g}_{high:g}_g0" if np.isfinite(high) else f"mae_above_{low:g}_g0"


def _by_range(
    truth: Float[np.ndarray, " row"], error: Float[np.ndarray, " row"]
) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for low, high in RANGES_G0:
        # The lowest range holds what labels of broken contacts are below zero by rounding.
        within = (truth < high) & ((truth >= low) | (low == 0.0))
        found[range_name(low, high)] = float(error[within].mean()) if within.any() else None
    return found
