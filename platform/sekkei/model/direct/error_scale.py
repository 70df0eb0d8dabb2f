"""How large an error is to be expected, by what a contact is; intervals of that shape.

The expected error is the exponential of a sum of terms, fitted to the errors of experiments that
were left out: a gamma regression [1]_. Intervals are conformal quantiles of the errors over what
was expected of them [2]_, by scales that did not see the experiment either.

References
----------
.. [1] P. McCullagh, J. A. Nelder, Generalized Linear Models, 2nd ed., chapter 8 (1989).
.. [2] J. Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018), doi:10.1080/01621459.2017.1307116.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from pydantic import Field

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.model.calibration import LEVELS, ONE_SIGMA, conformal_quantile, level_name
from sekkei.model.dataset import group_folds
from sekkei.shapes import Float, Int
from sekkei.specification import Specification
from sekkei.structure.junction import DEVICE, Junction

_LEAST_ERROR_G0 = 0.005
_OPEN_G0 = 0.01
_AGREED_G0 = 0.01
_N_FOLD = 10
_N_PULL = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Signs(ReadOnlyArrays):
    """What is known of some contacts when their conductance is predicted. Arrays are read-only."""

    predicted: Float[np.ndarray, " row"]
    """Predictions in G0, between zero and the channels."""

    spread: Float[np.ndarray, " row"]
    """Standard deviation of the members in G0."""

    n_channel: Int[np.ndarray, " row"]
    """Channels of the electrode."""

    numbers: tuple[Int[np.ndarray, " _"], ...]
    """Atomic numbers of what stands between the electrodes."""

    @classmethod
    def of(
        cls,
        junctions: Sequence[Junction],
        predicted: Float[np.ndarray, " row"],
        spread: Float[np.ndarray, " row"],
        n_channel: Int[np.ndarray, " row"],
    ) -> "Signs":
        """Collect what is known of junctions."""
        numbers = tuple(junction.numbers[junction.regions == DEVICE] for junction in junctions)
        return cls(
            freeze(np.clip(predicted, 0.0, n_channel)), freeze(spread), freeze(n_channel), numbers
        )

    def with_spread(self, spread_g0: float) -> "Signs":
        """Return the same contacts, if members differed by so much on each."""
        return replace(self, spread=freeze(np.full(len(self.numbers), spread_g0)))

    def rows(self, index: Int[np.ndarray, " chosen"]) -> "Signs":
        """Return some of the contacts."""
        return Signs(
            self.predicted[index],
            self.spread[index],
            self.n_channel[index],
            tuple(self.numbers[i] for i in index),
        )

    def terms(self, elements: Sequence[int]) -> Float[np.ndarray, "row term"]:
        """Return the numbers that the logarithm of the expected error is linear in.

        Shares of elements that are not asked for count in none of the terms but the mixture.
        """
        counts = [[np.count_nonzero(row == n) for n in elements] for row in self.numbers]
        shares = np.array(counts) / np.array([[max(1, len(row))] for row in self.numbers])
        shares = shares.reshape(len(self.numbers), len(elements))
        return np.column_stack(
            [
                np.log(self.predicted + _OPEN_G0),
                np.sqrt(self.predicted),
                self.predicted,
                np.log(self.spread + _AGREED_G0),
                np.log(self.n_channel),
                1.0 - (shares**2).sum(axis=1),
                shares,
            ]
        )


class ErrorScale(Specification):
    """What left-out experiments taught about the errors."""

    elements: tuple[int, ...]
    """Atomic numbers whose shares count."""

    weights: tuple[float, ...]
    """Of the terms of `Signs.terms`."""

    intercept: float
    """Logarithm of the expected error in G0 where all terms are zero."""

    least: tuple[float, ...]
    """Least of each term that was seen; below it errors are taken for what they are there."""

    greatest: tuple[float, ...]
    """Greatest of each term that was seen."""

    usual_spread_g0: Annotated[float, Field(ge=0.0)]
    """Median standard deviation of the members, in G0."""

    factors: dict[str, Annotated[float, Field(ge=0.0)]]
    """Half width of the interval over the expected error, by level."""

    def expected(self, signs: Signs) -> Float[np.ndarray, " row"]:
        """Return the mean absolute error that is expected of each contact, in G0."""
        terms = np.clip(signs.terms(self.elements), self.least, self.greatest)
        found: np.ndarray = np.exp(self.intercept + terms @ np.array(self.weights))
        return found

    def half_width(self, signs: Signs, level: float = ONE_SIGMA) -> Float[np.ndarray, " row"]:
        """Half width of the interval of a level, one of `LEVELS`, in G0."""
        return self.factors[level_name(level)] * self.expected(signs)


def fit_error_scale(
    truth: Float[np.ndarray, " row"],
    signs: Signs,
    groups: Sequence[str],
    elements: Sequence[int],
) -> ErrorScale:
    """Learn intervals from predictions of experiments that were not trained on.

    Weights are pulled to zero as by three further experiments, so that few experiments give one
    width for all. Where rows are too few for a level, the largest error seen stands in.

    Parameters
    ----------
    truth
        Labels in G0.
    signs
        What was known of the same contacts; predicted by the member that did not see them.
    groups
        Experiment of each.
    elements
        Atomic numbers that the model was trained on.
    """
    error = np.abs(truth - signs.predicted)
    names = tuple(groups)
    scores = np.empty(len(error))
    # One experiment cannot be judged by others: then it is by itself.
    folds = list(group_folds(names, _N_FOLD)) if len(set(names)) > 1 else [(slice(None),) * 2]
    for seen, left_out in folds:
        chosen = np.arange(len(error))[seen], np.arange(len(error))[left_out]
        n_seen = len({names[i] for i in chosen[0]})
        scale = _fit(error[chosen[0]], signs.rows(chosen[0]), n_seen, tuple(elements))
        scores[chosen[1]] = error[chosen[1]] / scale.expected(signs.rows(chosen[1]))
    factors = {level_name(level): max(conformal_quantile(scores, level), 1e-6) for level in LEVELS}
    whole = _fit(error, signs, len(set(names)), tuple(elements))
    return whole.model_copy(update={"factors": factors})


def _fit(
    error: Float[np.ndarray, " row"], signs: Signs, n_experiment: int, elements: tuple[int, ...]
) -> ErrorScale:
    from sklearn.linear_model import GammaRegressor  # noqa: PLC0415  (a second, to predictors as well)

    terms = signs.terms(elements)
    mean, deviation = terms.mean(axis=0), terms.std(axis=0)
    deviation = np.where(deviation > 1e-9, deviation, np.inf)  # What never varied says nothing.
    model = GammaRegressor(alpha=_N_PULL / n_experiment, max_iter=1000)
    model.fit((terms - mean) / deviation, np.maximum(error, _LEAST_ERROR_G0))
    weights = model.coef_ / deviation
    return ErrorScale(
        elements=elements,
        weights=tuple(weights.tolist()),
        intercept=float(model.intercept_ - weights @ mean),
        least=tuple(terms.min(axis=0).tolist()),
        greatest=tuple(terms.max(axis=0).tolist()),
        usual_spread_g0=float(np.median(signs.spread)),
        factors={},
    )
