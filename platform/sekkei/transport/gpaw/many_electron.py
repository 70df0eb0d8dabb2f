"""Functions for atoms that keep the shell below their valence electron: GPAW's data sets.

They cost ten times what one electron an atom does and more, and check it.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from gpaw.basis_data import Basis, BasisFunction
from scipy.interpolate import CubicSpline

from sekkei.shapes import Float
from sekkei.transport.gpaw.basis import make_basis
from sekkei.transport.gpaw.numerics import BasisName
from sekkei.transport.gpaw.pseudo_atom import SPACING_BOHR

MANY_ELECTRON_BASIS_VERSION = 1
"""Raised when the functions below change."""

_SPACING_ANGSTROM = 0.3
_TABULATED = "dzp"
_SHELL_BELOW = (0, 1)


def many_electron_spacing(symbol: str) -> float:
    """Return the coarsest real-space grid that a data set allows, in angstrom."""
    del symbol
    return _SPACING_ANGSTROM


@lru_cache
def many_electron_basis(symbol: str, name: BasisName) -> Basis:
    """Make the functions of one alkali atom: those of its valence electron and of the shell below.

    Parameters
    ----------
    symbol
        Li, Na, K, Rb or Cs.
    name
        Of the valence functions, as `make_basis` takes it.

    Raises
    ------
    LabelError
        For any other element.
    """
    valence, tabulated = make_basis(symbol, name), Basis.find(symbol, _TABULATED)
    n_valence = max(f.n for f in tabulated.bf_j if f.l == 0)
    below = [
        BasisFunction(f.n, f.l, f.rc, _resampled(f.phit_g, f.rc, tabulated.rgd.r_g), f.type)
        for f in tabulated.bf_j
        if f.n is not None and f.n < n_valence and f.l in _SHELL_BELOW
    ]
    # GPAW looks for the occupied functions by their principal quantum number.
    outer = [replace(f, n=n_valence + f.n - 1) for f in valence.bf_j]
    return Basis(symbol, f"sekkei-{name}-many", rgd=valence.rgd, bf_j=[*below, *outer])


def _resampled(
    values: Float[np.ndarray, " _"], cutoff: float, radii: Float[np.ndarray, " _"]
) -> Float[np.ndarray, " radius"]:
    """Return a tabulated function on the radii of this package's own."""
    wanted = SPACING_BOHR * np.arange(1 + round(cutoff / SPACING_BOHR))
    inside = CubicSpline(radii[: len(values)], values)(wanted)
    return np.asarray(np.where(wanted < cutoff, inside, 0.0))
