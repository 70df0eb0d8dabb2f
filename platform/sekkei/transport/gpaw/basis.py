"""Atomic basis functions for the alkali metals, contracted to reproduce the bands of wires.

Each function is a sum of the lowest functions of the confined pseudo atom with coefficients that
were fitted once per element; see ``docs/decisions/0017-basis-from-the-pseudopotential.md`` and
``sekkei bench basis``.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from ase.data import chemical_symbols

from sekkei.errors import LabelError, MissingExtraError
from sekkei.shapes import Float, Int
from sekkei.transport.gpaw.numerics import BasisName

try:
    import gpaw
    from gpaw.atom.radialgd import EquidistantRadialGridDescriptor
    from gpaw.basis_data import Basis, BasisFunction

    from sekkei.transport.gpaw.pseudo_atom import SPACING_BOHR, confined_functions, solve_atom
except ImportError as error:
    raise MissingExtraError(
        "DFT labels need GPAW, but it is not installed; with a C++ compiler run "
        "GPAW_CONFIG=deploy/gpaw_siteconfig.py pip install -c constraints.txt gpaw gpaw-data, "
        "or use --labeler tight-binding, a model"
    ) from error

GPAW_VERSION: str = gpaw.__version__


@lru_cache
def _table() -> dict[str, Any]:
    text = files("sekkei.transport.gpaw").joinpath("data/basis.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


BASIS_VERSION: int = _table()["version"]
"""Raised when a row of the table changes, not when one is added; part of the recipe."""


@dataclass(frozen=True, slots=True, eq=False)
class RadialShape:
    """How the functions of one angular momentum are put together."""

    cutoff: float
    """Radius in bohr beyond which they vanish."""

    contraction: Float[np.ndarray, "confined function"]
    """Coefficients over the functions of the confined atom, one column for each function."""


def known_elements() -> tuple[str, ...]:
    """Return the elements that have a basis."""
    return tuple(_table()["elements"])


def grid_spacing_angstrom(symbol: str) -> float:
    """Return the coarsest real-space grid that an element's pseudopotential allows.

    Raises
    ------
    LabelError
        If the element has no basis.
    """
    return float(_row(symbol)["grid_angstrom"])


def basis_shapes(symbol: str, name: BasisName) -> tuple[RadialShape, ...]:
    """Return the shapes of the s, p, d … functions of an element.

    Raises
    ------
    LabelError
        If the element has none: its pseudopotential has more than one electron.
    """
    row = _row(symbol)
    if name in ("uncontracted", "reference"):
        cutoff = row["reference_cutoff_bohr" if name == "reference" else "cutoff_bohr"]
        return tuple(
            RadialShape(cutoff, np.eye(size)) for size in _table()["uncontracted_functions"]
        )
    # One function is a plain list, several are a list of lists.
    return tuple(RadialShape(row["cutoff_bohr"], np.atleast_2d(shape).T) for shape in row[name])


@lru_cache
def make_basis(symbol: str, name: BasisName) -> Basis:
    """Make the basis functions of one alkali atom.

    Parameters
    ----------
    symbol
        Li, Na, K, Rb or Cs.
    name
        ``sp`` (4 functions an atom), ``spd`` (9, Li 10), ``uncontracted`` (22, as short) or
        ``reference`` (22, longer).

    Raises
    ------
    LabelError
        For any other element.
    """
    functions = [
        made
        for angular, shape in enumerate(basis_shapes(symbol, name))
        for made in _functions(symbol, angular, shape)
    ]
    n_point = 1 + max(round((function.rc or 0.0) / SPACING_BOHR) for function in functions)
    grid = EquidistantRadialGridDescriptor(SPACING_BOHR, n_point)
    return Basis(symbol, f"sekkei-{name}", rgd=grid, bf_j=functions)


def n_orbital(symbol: str, name: BasisName) -> int:
    """Return the number of basis functions on one atom."""
    shapes = basis_shapes(symbol, name)
    return sum((2 * i + 1) * shape.contraction.shape[1] for i, shape in enumerate(shapes))


def basis_revisions(numbers: Int[np.ndarray, " atom"]) -> tuple[str, ...]:
    """Name the elements whose row was changed within one version of the table, and the change.

    What is kept of them must be told from what was kept before. Of all others nothing is said, so
    that it goes on being found.
    """
    symbols = [chemical_symbols[number] for number in np.unique(numbers)]
    changed = {symbol: _row(symbol).get("revision", 1) for symbol in symbols}
    return tuple(f"{symbol} {revision}" for symbol, revision in changed.items() if revision > 1)


def _row(symbol: str) -> dict[str, Any]:
    if symbol not in known_elements():
        raise LabelError(
            f"one-electron pseudopotentials exist for {', '.join(known_elements())}, but the "
            f"junction holds {symbol}; remove it",
            symbol=symbol,
        )
    row: dict[str, Any] = _table()["elements"][symbol]
    return row


def _functions(symbol: str, angular: int, shape: RadialShape) -> list[BasisFunction]:
    n_confined, n_function = shape.contraction.shape
    confined = confined_functions(solve_atom(symbol), angular, shape.cutoff, n_confined)
    radial = confined @ shape.contraction
    radii = SPACING_BOHR * np.arange(len(radial))
    norms = np.sqrt((radial**2 * radii[:, None] ** 2).sum(axis=0) * SPACING_BOHR)
    # HGH potentials count principal quantum numbers from 1 for each angular momentum.
    return [
        BasisFunction(i + 1, angular, float(radii[-1]), radial[:, i] / norms[i], "contracted")
        for i in range(n_function)
    ]
