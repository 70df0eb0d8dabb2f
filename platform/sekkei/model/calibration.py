"""How far off a prediction may be: conformal intervals from experiments that were left out."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.optimize import nnls

from sekkei.shapes import Float
from sekkei.specification import Specification

ONE_SIGMA = 0.6827
"""Share of a normal distribution within one standard deviation."""

LEVELS = (0.5, ONE_SIGMA, 0.9)
"""Levels at which coverage is measured."""

_FLOOR_G0 = 0.01


class Calibration(Specification):
    """What left-out experiments taught about the errors."""

    offset_g0: Annotated[float, Field(ge=0.0)]
    """Expected error of a prediction of zero, in G0."""

    slope: Annotated[float, Field(ge=0.0)]
    """Growth of the expected error with the prediction."""

    factors: dict[str, Annotated[float, Field(ge=0.0)]]
    """Half width of the interval over the expected error, by level."""

    def half_width(
        self,
        predicted: Float[np.ndarray, " row"],
        spread: Float[np.ndarray, " row"],
        level: float = ONE_SIGMA,
    ) -> Float[np.ndarray, " row"]:
        """Half width of the interval of a level.

        Parameters
        ----------
        predicted
            Predictions in G0, ``(n_row,)``.
        spread
            Standard deviation of the ensemble in G0, ``(n_row,)``; added in quadrature, so that
            a junction unlike the training ones is less certain.
        level
            One of `LEVELS`.
        """
        factor = self.factors[level_name(level)]
        expected = factor * (self.offset_g0 + self.slope * predicted)
        return np.hypot(expected, spread * factor / self.factors[level_name(ONE_SIGMA)])


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the truth lay inside an interval."""

    level: float
    """Share that was promised."""

    split: str
    """Rows that it was measured on."""

    n: int
    """Number of those rows."""

    measured: float
    """Share of those rows whose truth lay inside."""


def calibrate(
    truth: Float[np.ndarray, " row"], out_of_fold: Float[np.ndarray, " row"]
) -> Calibration:
    """Learn interval widths from predictions of experiments that were not trained on.

    Errors grow with conductance, so each is divided by a straight line through their size
    first; the widths are the conformal quantiles of the quotient [1]_. Members saw all
    experiments but one fold, as in cross-conformal prediction [2]_. Rows of one experiment
    resemble each other, so the promise is approximate; measure it on held-out experiments.
    Where rows are too few for a level, the largest error seen stands in for the quantile.

    Parameters
    ----------
    truth
        Labels in G0, ``(n_row,)``.
    out_of_fold
        Predictions by the members that did not see the row's experiment, in G0.

    References
    ----------
    .. [1] J. Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018), doi:10.1080/01621459.2017.1307116.
    .. [2] R. F. Barber et al., Ann. Stat. 49, 486 (2021), doi:10.1214/20-AOS1965.
    """
    error = np.abs(truth - out_of_fold)
    design = np.column_stack([np.ones_like(out_of_fold), out_of_fold])
    (offset, slope), _ = nnls(design, error)
    offset = max(float(offset), _FLOOR_G0)
    scores = error / (offset + slope * out_of_fold)
    factors = {level_name(level): max(conformal_quantile(scores, level), 1e-6) for level in LEVELS}
    return Calibration(offset_g0=offset, slope=float(slope), factors=factors)


def conformal_quantile(scores: Float[np.ndarray, " row"], level: float) -> float:
    """Return the score that a further one stays below with the probability of a level.

    Examples
    --------
    >>> conformal_quantile(np.array([4.0, 1.0, 3.0, 2.0]), 0.6)
    3.0
    """
    n = len(scores)
    return float(np.sort(scores)[min(int(np.ceil((n + 1) * level)), n) - 1])


def measure_coverage(
    truth: Float[np.ndarray, " row"],
    predicted: Float[np.ndarray, " row"],
    half_width: Float[np.ndarray, " row"],
    level: float,
    split: str,
) -> Coverage:
    """Count how often the truth lies inside the interval."""
    inside = np.abs(truth - predicted) <= half_width
    return Coverage(level=level, split=split, n=len(truth), measured=float(inside.mean()))


def level_name(level: float) -> str:
    """Return the key under which factors of a level are kept."""
    return f"{level:g}"
