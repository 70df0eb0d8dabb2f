"""Gupta (second-moment) potential of the alkali metals, as a table that LAMMPS reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sekkei.shapes import Float
from sekkei.structure.potential.table import TableGrid, potential_table

# With distances every 0.01 angstrom, splines are good to 1e-7 eV per atom.
_STEP_DENSITY = 1e-3
_N_DENSITY = 5000


@dataclass(frozen=True, slots=True)
class GuptaParameters:
    """Parameters of one element or one pair of elements."""

    repulsion: float
    """A in eV."""

    hopping: float
    """xi in eV."""

    repulsion_decay: float
    """p, dimensionless."""

    hopping_decay: float
    """q, dimensionless."""

    distance: float
    """r0 in angstrom."""

    taper: float
    """Distance in angstrom from which both terms are led to zero."""

    cutoff: float
    """Distance in angstrom at which both terms are zero."""

    def scaled(self, *, length: float, energy: float) -> "GuptaParameters":
        """Multiply every length and every energy; elastic constants go as energy / length³."""
        return replace(
            self,
            repulsion=self.repulsion * energy,
            hopping=self.hopping * energy,
            distance=self.distance * length,
            taper=self.taper * length,
            cutoff=self.cutoff * length,
        )

    def mixed(self, other: "GuptaParameters") -> "GuptaParameters":
        """Energies by geometric, decays and lengths by arithmetic mean; symmetric."""
        return GuptaParameters(
            float(np.sqrt(self.repulsion * other.repulsion)),
            float(np.sqrt(self.hopping * other.hopping)),
            (self.repulsion_decay + other.repulsion_decay) / 2,
            (self.hopping_decay + other.hopping_decay) / 2,
            (self.distance + other.distance) / 2,
            (self.taper + other.taper) / 2,
            (self.cutoff + other.cutoff) / 2,
        )


def pair_energy(
    parameters: GuptaParameters, r: Float[np.ndarray, " radius"]
) -> Float[np.ndarray, " radius"]:
    """Repulsion of a pair in eV, both halves counted, at distances in angstrom."""
    decay = parameters.repulsion_decay * (r / parameters.distance - 1.0)
    return np.asarray(2.0 * parameters.repulsion * np.exp(-decay) * _taper(parameters, r))


def density(
    parameters: GuptaParameters, r: Float[np.ndarray, " radius"]
) -> Float[np.ndarray, " radius"]:
    """Squared hopping in eV² at distances in angstrom; an atom binds by the root of its sum."""
    decay = 2.0 * parameters.hopping_decay * (r / parameters.distance - 1.0)
    return np.asarray(parameters.hopping**2 * np.exp(-decay) * _taper(parameters, r))


def gupta_table(elements: Mapping[str, GuptaParameters]) -> str:
    r"""Return a LAMMPS ``eam/fs`` table for a set of elements.

    Parameters
    ----------
    elements
        Chemical symbol to parameters; pairs mix by `GuptaParameters.mixed`. Grids do not depend
        on which elements stand beside each other, so that a pure metal in a table of an alloy
        is the pure metal to rounding.

    Notes
    -----
    .. math:: E_i = \sum_j A e^{-p(r_{ij}/r_0 - 1)} - \Big[\sum_j \xi^2 e^{-2q(r_{ij}/r_0 - 1)}
              \Big]^{1/2}

    after [1]_, [2]_. Both sums are led to zero between taper and cut-off with two continuous
    derivatives. Exponentials stay finite at r = 0 (a wall of hundreds of eV), so no cap is needed.

    References
    ----------
    .. [1] F. Cleri and V. Rosato, Phys. Rev. B 48, 22 (1993), doi:10.1103/PhysRevB.48.22.
    .. [2] Y. Li, E. Blaisten-Barojas and D. A. Papaconstantopoulos, Phys. Rev. B 57, 15519
       (1998), doi:10.1103/PhysRevB.57.15519.
    """
    reach = max(parameters.cutoff for parameters in elements.values())
    return potential_table(
        "Gupta potential",
        {symbol: own.distance for symbol, own in elements.items()},
        TableGrid(reach, _STEP_DENSITY, _N_DENSITY),
        lambda i, j, r: density(elements[i].mixed(elements[j]), r),
        lambda i, j, r: pair_energy(elements[i].mixed(elements[j]), r),
    )


def _taper(parameters: GuptaParameters, r: np.ndarray) -> np.ndarray:
    width = parameters.cutoff - parameters.taper
    x = np.clip((r - parameters.taper) / width, 0.0, 1.0)
    return np.asarray((1.0 - x) ** 3 * (1.0 + 3.0 * x + 6.0 * x**2))
