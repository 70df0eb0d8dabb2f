r"""One-electron pseudo atoms: the radial Kohn-Sham equation with an HGH pseudopotential.

The functions that this module returns are eigenfunctions of the very pseudopotential that the
DFT labels use. Functions made for another pseudization differ inside the core, and that alone
moved bands by tens of meV.

Atomic units (hartree, bohr) throughout, as the pseudopotentials are tabulated.

References
----------
.. [1] C. Hartwigsen, S. Goedecker and J. Hutter, Phys. Rev. B 58, 3641 (1998),
   doi:10.1103/PhysRevB.58.3641.
.. [2] J. Junquera, O. Paz, D. Sanchez-Portal and E. Artacho, Phys. Rev. B 64, 235111 (2001),
   doi:10.1103/PhysRevB.64.235111 (the confining potential).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from gpaw.atom.radialgd import EquidistantRadialGridDescriptor
from gpaw.hgh import HGHSetupData, create_hgh_projector
from gpaw.xc import XC
from scipy.linalg import eigh
from scipy.special import erf

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.errors import ConvergenceError
from sekkei.shapes import Float

SPACING_BOHR = 0.025
"""Radial grid; halving it moves the K 4s level by less than 1e-5 hartree."""

BOX_BOHR = 26.0
"""Radius of the sphere that holds the free atom."""

WALL_HARTREE_BOHR = 2.0
"""Strength of the confining potential."""

WALL_START = 0.5
"""Fraction of the cut-off radius at which confinement begins."""

_MIX = 0.4
_MAX_ITERATIONS = 80
_DENSITY_TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class PseudoAtom(ReadOnlyArrays):
    """A converged free atom with one valence electron. Its arrays are read-only."""

    symbol: str
    """Chemical symbol."""

    radii: Float[np.ndarray, " r"]
    """Radial grid in bohr, from one spacing outwards."""

    potential: Float[np.ndarray, " r"]
    """Local part of the self-consistent potential in hartree."""

    level: float
    """Energy of the occupied s level in hartree."""


@lru_cache
def solve_atom(symbol: str) -> PseudoAtom:
    """Converge the free atom in the local-density approximation, without spin.

    Parameters
    ----------
    symbol
        An element that has a one-electron HGH pseudopotential.

    Raises
    ------
    ConvergenceError
        If the density does not settle.
    """
    radii = SPACING_BOHR * np.arange(1, round(BOX_BOHR / SPACING_BOHR) + 1)
    ionic = _ionic_potential(symbol, radii)
    density = np.exp(-radii)
    density /= (4.0 * np.pi * radii**2 * density).sum() * SPACING_BOHR
    for _ in range(_MAX_ITERATIONS):
        potential = ionic + _hartree(radii, density) + _exchange_correlation(radii, density)
        levels, waves = _solve_radial(symbol, radii, potential, angular=0, n_wave=1)
        found = waves[:, 0] ** 2 / (4.0 * np.pi * radii**2)
        if np.abs(found - density).max() < _DENSITY_TOLERANCE:
            return PseudoAtom(symbol, freeze(radii), freeze(potential), float(levels[0]))
        density = (1.0 - _MIX) * density + _MIX * found
    raise ConvergenceError(
        f"the free {symbol} atom must converge, but did not in {_MAX_ITERATIONS} iterations"
    )


def confined_functions(
    atom: PseudoAtom, angular: int, cutoff: float, n_function: int
) -> Float[np.ndarray, "r function"]:
    """Lowest radial functions of one angular momentum that vanish smoothly at a radius.

    Parameters
    ----------
    atom
        The free atom; its potential is kept and a wall is added.
    angular
        Angular momentum, from 0.
    cutoff
        Radius in bohr at and beyond which the functions are zero.
    n_function
        How many.

    Returns
    -------
    numpy.ndarray
        Radial functions R(r) in bohr^-3/2 at r = 0, h, 2h, … up to the cut-off, normalised,
        positive where r R(r) is largest.
    """
    n_inside = round(cutoff / SPACING_BOHR) - 1
    radii = atom.radii[:n_inside]
    start, end = WALL_START * cutoff, (n_inside + 1) * SPACING_BOHR
    wall = np.zeros(n_inside)
    out = radii > start
    wall[out] = (
        WALL_HARTREE_BOHR * np.exp(-(end - start) / (radii[out] - start)) / (end - radii[out])
    )
    potential = atom.potential[:n_inside] + wall
    _, waves = _solve_radial(atom.symbol, radii, potential, angular, n_function)
    # Contractions are tabulated for this choice of sign.
    waves = waves * np.sign(waves[np.abs(waves).argmax(axis=0), np.arange(n_function)])
    functions = np.zeros((n_inside + 2, n_function))
    functions[1:-1] = waves / radii[:, None]
    if angular == 0:
        # Even in r, so that a parabola through the next two points gives the origin.
        functions[0] = (4.0 * functions[1] - functions[2]) / 3.0
    return functions


def _solve_radial(
    symbol: str,
    radii: Float[np.ndarray, " r"],
    potential: Float[np.ndarray, " r"],
    angular: int,
    n_wave: int,
) -> tuple[Float[np.ndarray, " wave"], Float[np.ndarray, "r wave"]]:
    """Solve for u(r) = r R(r), zero at both ends, with the kinetic energy to fourth order."""
    n = len(radii)
    kinetic = (
        np.diag(np.full(n, 30.0))
        - 16.0 * (np.eye(n, k=1) + np.eye(n, k=-1))
        + np.eye(n, k=2)
        + np.eye(n, k=-2)
    ) / (24.0 * SPACING_BOHR**2)
    # Left of the origin u goes on as an odd (s, d) or even (p) function.
    kinetic[0, 0] += (-1.0) ** (angular + 1) / (24.0 * SPACING_BOHR**2)
    centrifugal = angular * (angular + 1) / (2.0 * radii**2)
    matrix = kinetic + np.diag(potential + centrifugal) + _nonlocal(symbol, radii, angular)
    levels, waves = eigh(matrix, subset_by_index=[0, n_wave - 1])
    return levels, waves / np.sqrt(SPACING_BOHR)


@lru_cache
def _pseudopotential(symbol: str) -> Any:
    return HGHSetupData(symbol).hghdata


def _ionic_potential(symbol: str, radii: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r"]:
    parameters = _pseudopotential(symbol)
    x = radii / parameters.rloc
    polynomial = sum((c * x ** (2 * i) for i, c in enumerate(parameters.c_n)), np.zeros_like(x))
    return np.asarray(
        -parameters.Nv / radii * erf(x / np.sqrt(2.0)) + np.exp(-0.5 * x**2) * polynomial
    )


def _nonlocal(
    symbol: str, radii: Float[np.ndarray, " r"], angular: int
) -> Float[np.ndarray, "r r"]:
    terms = _pseudopotential(symbol).v_l
    if angular >= len(terms):
        return np.zeros((len(radii), len(radii)))
    term = terms[angular]
    projectors = np.array(
        [create_hgh_projector(radii, angular, n + 1, term.r0) * radii for n in range(term.nn)]
    ) * np.sqrt(SPACING_BOHR)
    return np.asarray(projectors.T @ term.expand_hamiltonian_diagonal() @ projectors)


def _hartree(
    radii: Float[np.ndarray, " r"], density: Float[np.ndarray, " r"]
) -> Float[np.ndarray, " r"]:
    shells = 4.0 * np.pi * radii * density * SPACING_BOHR
    inside = np.cumsum(shells * radii) / radii
    outside = np.cumsum(shells[::-1])[::-1] - shells
    return np.asarray(inside + outside)


def _exchange_correlation(
    radii: Float[np.ndarray, " r"], density: Float[np.ndarray, " r"]
) -> Float[np.ndarray, " r"]:
    grid = EquidistantRadialGridDescriptor(SPACING_BOHR, len(radii), SPACING_BOHR)
    potential = np.zeros((1, len(radii)))
    XC("LDA").calculate_spherical(grid, density[None], potential)
    return np.asarray(potential[0])
