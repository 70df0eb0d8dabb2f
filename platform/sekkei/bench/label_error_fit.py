"""Error bars of labels, fitted to contacts that were labelled twice, and judged on others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.stats import spearmanr

from sekkei.bench.result import Row
from sekkei.errors import InvalidInputError
from sekkei.model.dataset import group_folds
from sekkei.shapes import Float
from sekkei.transport.label_error import FITTED, ErrorModel, ErrorSigns, error_scale

LEVELS = (0.5, 0.68, 0.9)
"""Shares of labels whose error a bar should hold."""

N_FOLD = 10

_STARTS = ((0.005, 0.1, 0.1), (0.02, 0.02, 0.02))
_LEAST = 1e-4
"""Weights below this are as good as none; in G0 or without a unit."""


@dataclass(frozen=True, slots=True)
class LabelledTwice:
    """One contact by the recipe and by the reference."""

    name: str
    """Elements and electrode."""

    group: str
    """Identity of its experiment."""

    signs: ErrorSigns
    """What the recipe's own label says."""

    found: float
    """By the recipe, in G0."""

    reference: float
    """By the reference, in G0."""

    @property
    def error(self) -> float:
        """Magnitude of the difference, in G0."""
        return abs(self.found - self.reference)


def fit_error_model(pairs: Sequence[LabelledTwice]) -> ErrorModel:
    """Fit the weights of an error model, and the half widths that hold 68 and 90 %.

    Notes
    -----
    Maximum likelihood of Laplace's distribution, whose tails are wide: a rare large error moves the
    weights less than a normal one would. Half widths are quantiles of the errors over their scales,
    with the correction of conformal prediction for few samples [1]_.

    References
    ----------
    .. [1] J. Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018), doi:10.1080/01621459.2017.1307116.
    """
    errors = np.array([pair.error for pair in pairs])

    def loss(logarithms: Float[np.ndarray, " weight"]) -> float:
        scales = _scales(_weighted(logarithms), pairs)
        return float((np.log(scales) + errors / scales).sum())

    found = [minimize(loss, np.log(start), method="Nelder-Mead") for start in _STARTS]
    model = _weighted(min(found, key=lambda one: float(one.fun)).x)
    ratios = errors / _scales(model, pairs)
    return replace(model, likely=held_ratio(ratios, 0.68), wide=held_ratio(ratios, 0.9))


def held_ratio(ratios: Float[np.ndarray, " pair"], level: float) -> float:
    """Return the ratio that a share of further ones will not exceed."""
    share = np.ceil((ratios.size + 1) * level) / ratios.size
    return float(np.quantile(ratios, min(1.0, share), method="higher"))


def left_out_widths(pairs: Sequence[LabelledTwice]) -> Float[np.ndarray, "level pair"]:
    """Return half widths at each of `LEVELS`, of models that saw no contact of the experiment.

    Raises
    ------
    InvalidInputError
        If all contacts are of one experiment.
    """
    widths = np.zeros((len(LEVELS), len(pairs)))
    for train, left_out in group_folds([pair.group for pair in pairs], N_FOLD):
        seen, fresh = ([pairs[i] for i in part.tolist()] for part in (train, left_out))
        model = fit_error_model(seen)
        ratios = np.array([pair.error for pair in seen]) / _scales(model, seen)
        held = np.array([held_ratio(ratios, level) for level in LEVELS])
        widths[:, left_out] = held[:, None] * _scales(model, fresh)
    return widths


def coverage_rows(pairs: Sequence[LabelledTwice]) -> Iterator[Row]:
    """Return what bars of contacts left out hold, beside one width for all that holds as many.

    Raises
    ------
    InvalidInputError
        If there are fewer than ten contacts.
    """
    if len(pairs) < N_FOLD:
        raise InvalidInputError(
            f"coverage needs at least {N_FOLD} contacts that were labelled twice, but found "
            f"{len(pairs)}; take more"
        )
    errors = np.array([pair.error for pair in pairs])
    for level, widths in zip(LEVELS, left_out_widths(pairs), strict=True):
        held = float((errors <= widths).mean())
        constant = float(np.quantile(errors, held, method="inverted_cdf"))
        yield {
            "table": "left out",
            "what": f"{level:.0%} bars",
            "n": len(pairs),
            "held": held,
            "width_g0": float(widths.mean()),
            "constant_g0": constant,
            "width_ratio": float(widths.mean()) / constant,
            "rank_correlation": float(spearmanr(widths, errors).statistic),
        }


def _scales(model: ErrorModel, pairs: Sequence[LabelledTwice]) -> Float[np.ndarray, " pair"]:
    return np.array([max(_LEAST, error_scale(pair.signs, model)) for pair in pairs])


def _weighted(logarithms: Float[np.ndarray, " weight"]) -> ErrorModel:
    floor, spread, noise = np.exp(logarithms).tolist()
    return replace(FITTED, floor=floor, spread=spread, noise=noise)
