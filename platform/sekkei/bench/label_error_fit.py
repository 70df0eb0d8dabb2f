"""Error bars of labels, fitted to contacts that were labelled twice, and judged on others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.stats import spearmanr

from sekkei.bench.result import Row
from sekkei.model.calibration import conformal_quantile
from sekkei.model.dataset import group_folds
from sekkei.shapes import Float
from sekkei.transport.error_bar import FITTED, ErrorModel, ErrorSigns, error_scales

LEVELS = (0.5, 0.68, 0.9)
"""Shares of labels whose error a bar should hold."""

N_FOLD = 10

_STARTS = ((0.005, 0.02, 0.2, 0.1), (0.02, 0.02, 0.05, 0.02))
_LEAST_G0 = 1e-4
"""Scales below this are taken for this: where nothing conducts, nothing is learned."""

SHOWN = (
    "table", "what", "n", "held", "width_g0", "constant_held", "constant_g0", "rank_correlation",
    "found_g0", "reference_g0", "likely_g0", "wide_g0",
)  # fmt: skip
"""Columns that people see."""

_COLUMNS = (*SHOWN, "floor", "gap", "spread", "noise", "likely", "wide")


@dataclass(frozen=True, slots=True)
class LabelledTwice:
    """One contact at one energy, by the recipe and by the reference."""

    name: str
    """Elements and electrode."""

    group: str
    """Identity of its experiment."""

    energy: float
    """Against E_F, in eV."""

    signs: ErrorSigns
    """What the recipe's own label says there, its conductance included."""

    reference: float
    """Transmission by the reference."""

    @property
    def error(self) -> float:
        """Magnitude of the difference, in G0."""
        return abs(self.signs.conductance - self.reference)

    @property
    def is_at_fermi_level(self) -> bool:
        """Whether this is what a label is about."""
        return abs(self.energy) < 1e-9


def fit_error_model(pairs: Sequence[LabelledTwice]) -> ErrorModel:
    """Fit the weights of an error model, and the half widths that hold 68 and 90 %.

    Notes
    -----
    Maximum likelihood of Laplace's distribution, whose tails are wide: a rare large error moves the
    weights less than with a normal one. The weights are fitted at all energies, the half widths are
    quantiles of error over scale at the Fermi level, with the correction of conformal prediction
    for few samples [1]_.

    References
    ----------
    .. [1] J. Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018), doi:10.1080/01621459.2017.1307116.
    """
    errors, signs = np.array([pair.error for pair in pairs]), _table(pairs)

    def loss(logarithms: Float[np.ndarray, " weight"]) -> float:
        scales = _scales(_weighted(logarithms), signs)
        return float((np.log(scales) + errors / scales).sum())

    found = [minimize(loss, np.log(start), method="Nelder-Mead") for start in _STARTS]
    model = _weighted(min(found, key=lambda one: float(one.fun)).x)
    likely, wide = (_held_ratio(model, pairs, level) for level in (0.68, 0.9))
    return replace(model, likely=likely, wide=wide)


def left_out_widths(
    pairs: Sequence[LabelledTwice],
) -> tuple[Float[np.ndarray, "level pair"], Float[np.ndarray, "level pair"]]:
    """Return half widths at each of `LEVELS`, made without any contact of the same experiment.

    Returns
    -------
    bars, constants
        Bars of a model, and one width for all that is made in the same way.

    Raises
    ------
    InvalidInputError
        If all contacts are of one experiment.
    """
    bars, constants = np.zeros((2, len(LEVELS), len(pairs)))
    for train, left_out in group_folds([pair.group for pair in pairs], N_FOLD):
        seen, fresh = ([pairs[i] for i in part.tolist()] for part in (train, left_out))
        model = fit_error_model(seen)
        ratios = np.array([_held_ratio(model, seen, level) for level in LEVELS])
        bars[:, left_out] = ratios[:, None] * _scales(model, _table(fresh))
        at_fermi = np.array([pair.error for pair in seen if pair.is_at_fermi_level])
        constants[:, left_out] = [[conformal_quantile(at_fermi, level)] for level in LEVELS]
    return bars, constants


def coverage_rows(pairs: Sequence[LabelledTwice]) -> Iterator[Row]:
    """Return what bars of contacts left out hold, beside one width for all.

    At the Fermi level, which is what a label is about, and at all energies near it.
    """
    bars, constants = left_out_widths(pairs)
    errors = np.array([pair.error for pair in pairs])
    is_label = np.array([pair.is_at_fermi_level for pair in pairs])
    for table, chosen in (("at E_F", is_label), ("near E_F", np.ones_like(is_label))):
        for i, level in enumerate(LEVELS):
            bar, constant, error = (row[chosen] for row in (bars[i], constants[i], errors))
            yield row_of(
                table=table,
                what=f"{level:.0%} bars",
                n=error.size,
                held=float((error <= bar).mean()),
                width_g0=float(bar.mean()),
                constant_held=float((error <= constant).mean()),
                constant_g0=float(constant.mean()),
                rank_correlation=float(spearmanr(bar, error).statistic),
            )


def row_of(**known: object) -> Row:
    """Return a row that has every column, None where nothing is known."""
    return {name: known.get(name) for name in _COLUMNS}


def _held_ratio(model: ErrorModel, pairs: Sequence[LabelledTwice], level: float) -> float:
    labels = [pair for pair in pairs if pair.is_at_fermi_level]
    errors = np.array([pair.error for pair in labels])
    return conformal_quantile(errors / _scales(model, _table(labels)), level)


def _table(pairs: Sequence[LabelledTwice]) -> Float[np.ndarray, "pair 3"]:
    return np.array([[p.signs.conductance, p.signs.spread, p.signs.noise] for p in pairs])


def _scales(model: ErrorModel, signs: Float[np.ndarray, "pair 3"]) -> Float[np.ndarray, " pair"]:
    found: np.ndarray = np.maximum(_LEAST_G0, error_scales(signs, model))
    return found


def _weighted(logarithms: Float[np.ndarray, " weight"]) -> ErrorModel:
    floor, gap, spread, noise = np.exp(logarithms).tolist()
    return replace(FITTED, floor=floor, gap=gap, spread=spread, noise=noise)
