"""How often intervals hold the label, inside and outside of what a model was trained on."""

from collections.abc import Iterator

import numpy as np
from scipy.stats import norm

from sekkei.bench.learning_errors import Judged
from sekkei.bench.result import Row
from sekkei.model.calibration import LEVELS, ONE_SIGMA

TABLE = "coverage"


def coverage_rows(judged: Judged) -> Iterator[Row]:
    """Return how often the intervals of one model held in one test; none without intervals.

    A predictor gives the half width of the 68 % interval. Other levels are what whoever takes it
    for the standard deviation of a normal distribution makes of it.
    """
    found = judged.predictions
    if found is None:
        return
    error = np.abs(found.mean - judged.truth)
    for where, chosen in (("inside", ~found.is_outside), ("outside", found.is_outside)):
        if chosen.any():
            yield {
                "table": TABLE,
                "question": judged.split.table,
                "trained_on": judged.split.trained_on,
                "n_learned": judged.n_learned,
                "test": judged.test,
                "model": judged.model,
                "where": where,
                "n": int(chosen.sum()),
                **{
                    level_name(level): _share(error[chosen], found.sigma[chosen], level)
                    for level in LEVELS
                },
                "median_sigma_g0": float(np.median(found.sigma[chosen])),
            }


def level_name(level: float) -> str:
    """Name the column of a level."""
    return f"covered_{100.0 * level:.0f}"


def _share(error: np.ndarray, sigma: np.ndarray, level: float) -> float:
    def wide(share: float) -> float:
        return float(norm.ppf(0.5 + share / 2.0))

    return float((error <= sigma * wide(level) / wide(ONE_SIGMA)).mean())


LEVEL_NAMES = tuple(level_name(level) for level in LEVELS)
"""Columns of all levels."""
