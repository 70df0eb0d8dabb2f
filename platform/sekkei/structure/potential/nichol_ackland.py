"""Potential of Nichol and Ackland for all five alkali metals, and a rule for their alloys."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sekkei.shapes import Float
from sekkei.structure.potential.table import TableGrid, potential_table

DENSITY_KNOTS = (1.2, 1.3)
"""Where the two cubics of the density end, in lattice constants."""

ENERGY_KNOTS = (float(np.sqrt(3.0) / 2.0), 0.95, 1.06, 1.15, 1.22, 1.3)
"""Where the six cubics of the pair energy end, in lattice constants."""

_CUTOFF = 1.3
# Within this length, in lattice constants, the published cubics level off below their range.
_LEVELLING = 0.02
# Bulk lithium, the densest, has 4.5; the root is steep near 0, hence the narrow spacing.
_STEP_DENSITY = 5e-4
_N_DENSITY = 20_000


@dataclass(frozen=True, slots=True)
class NicholAcklandParameters:
    """Parameters of one element."""

    lattice_constant: float
    """The unit of length, in angstrom."""

    density: tuple[float, float]
    """Coefficients of the cubics of the density in eV²/Å³, in the order of `DENSITY_KNOTS`."""

    energy: tuple[float, ...]
    """Coefficients of the cubics of the pair energy in eV/Å³, in the order of `ENERGY_KNOTS`."""

    valid_above: float
    """Distance in angstrom below which the cubics are not what was published."""

    wall: float
    """Strength of our wall below that distance: eV at one lattice constant inside."""


def pair_energy(
    first: NicholAcklandParameters,
    second: NicholAcklandParameters,
    r: Float[np.ndarray, " radius"],
) -> Float[np.ndarray, " radius"]:
    """Energy V of a pair in eV at distances in angstrom: the mean of both, each in its own unit."""
    reduced = r / _mean_length(first, second)
    return np.asarray((_own_energy(first, reduced) + _own_energy(second, reduced)) / 2.0)


def density(
    first: NicholAcklandParameters,
    second: NicholAcklandParameters,
    r: Float[np.ndarray, " radius"],
) -> Float[np.ndarray, " radius"]:
    """Squared hopping in eV² at distances in angstrom: the geometric mean of both."""
    reduced = r / _mean_length(first, second)
    product = _own_density(first, reduced) * _own_density(second, reduced)
    return np.asarray(np.sqrt(product))


def nichol_ackland_table(elements: Mapping[str, NicholAcklandParameters]) -> str:
    r"""Return a LAMMPS ``eam/fs`` table for a set of elements.

    Parameters
    ----------
    elements
        Chemical symbol to parameters. Grids do not depend on which elements stand beside each
        other, so that a pure metal in a table of an alloy is the pure metal to rounding.

    Notes
    -----
    With x = r / a, H the step function, and coefficients A and c from [1]_,

    .. math:: \phi(r) = a^3 \sum_{k=1}^{2} A_k (X_k - x)^3 H(X_k - x), \qquad
              V(r) = a^3 \sum_{k=1}^{6} c_k (x_k - x)^3 H(x_k - x).

    The published tables depart from these cubics at short distance, where we have no figures.
    There, x is led smoothly to a constant within 0.02 lattice constants, so that neither function
    turns over, and a wall :math:`W (x_v - x)^3` is added to V.

    Between unlike atoms, at the same x by the mean of both lattice constants: :math:`\phi` is the
    geometric mean, as for squared hoppings [2]_, and V the arithmetic one.

    References
    ----------
    .. [1] A. Nichol and G. J. Ackland, Phys. Rev. B 93, 184101 (2016),
       doi:10.1103/PhysRevB.93.184101.
    .. [2] G. J. Ackland and V. Vitek, Phys. Rev. B 41, 10324 (1990),
       doi:10.1103/PhysRevB.41.10324.
    """
    lengths = {symbol: own.lattice_constant for symbol, own in elements.items()}
    return potential_table(
        "Nichol-Ackland potential",
        lengths,
        TableGrid(_CUTOFF * max(lengths.values()), _STEP_DENSITY, _N_DENSITY),
        lambda i, j, r: density(elements[i], elements[j], r),
        lambda i, j, r: pair_energy(elements[i], elements[j], r),
    )


def _mean_length(first: NicholAcklandParameters, second: NicholAcklandParameters) -> float:
    return (first.lattice_constant + second.lattice_constant) / 2.0


def _own_density(own: NicholAcklandParameters, x: np.ndarray) -> np.ndarray:
    return _cubics(own, DENSITY_KNOTS, own.density, x)


def _own_energy(own: NicholAcklandParameters, x: np.ndarray) -> np.ndarray:
    inside = np.maximum(own.valid_above / own.lattice_constant - x, 0.0)
    return _cubics(own, ENERGY_KNOTS, own.energy, x) + own.wall * inside**3


def _cubics(
    own: NicholAcklandParameters,
    knots: tuple[float, ...],
    coefficients: tuple[float, ...],
    x: np.ndarray,
) -> np.ndarray:
    inside = np.maximum(own.valid_above / own.lattice_constant - x, 0.0)
    # tanh(t) = t to second order, so that two derivatives stay continuous.
    levelled = x + inside - _LEVELLING * np.tanh(inside / _LEVELLING)
    heights = np.maximum(np.array(knots)[:, None] - levelled, 0.0) ** 3
    return np.asarray(own.lattice_constant**3 * (np.array(coefficients) @ heights))
