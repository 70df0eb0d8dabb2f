"""Contraction of basis functions, fitted to the bands of wires.

All matrices of a wire in the uncontracted basis are made once; a contraction is then a change of
basis, and its bands cost milliseconds. The density is that of the uncontracted basis throughout;
``sekkei bench basis`` measures what comes out when it is made self-consistent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float
from scipy.linalg import block_diag, eigh
from scipy.optimize import brentq, minimize

from sekkei.structure.electrode import build_electrode
from sekkei.transport.gpaw_basis import basis_shapes
from sekkei.transport.gpaw_engine import PeriodicAtoms, grid_spacing, plane_count, solve_periodic
from sekkei.transport.numerics import BasisName, DftNumerics

FIT_WIRES = ("staggered-3", "bcc100-5+4")
"""Two wires with surfaces of two kinds; every atom of the first has one environment."""

WINDOW_EV = 0.5
"""Bands count with weight exp(-(E - E_F)^4 / window^4)."""

_N_K = 12
_RIDGE = 1e-7
_SMEARING_EV = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class WireBands:
    """A wire in the uncontracted basis, and the bands that a contraction should have."""

    hamiltonian: Complex[np.ndarray, "k orbital orbital"]
    """In eV."""

    overlap: Complex[np.ndarray, "k orbital orbital"]
    """Dimensionless."""

    wanted: Float[np.ndarray, "k band"]
    """Bands of the reference basis in eV against their Fermi level."""

    n_atom: int
    """Atoms of a period, one electron each."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedBasis:
    """What a fit found."""

    contraction: tuple[tuple[float, ...], ...]
    """Coefficients over the confined functions for s, p (and d), the first always 1."""

    rms_ev: tuple[float, ...]
    """Weighted error of the bands of each wire in eV."""


def fit_basis(symbol: str, n_angular: int, numerics: DftNumerics | None = None) -> FittedBasis:
    """Fit the contraction of one function for each angular momentum.

    Parameters
    ----------
    symbol
        Li, Na, K, Rb or Cs.
    n_angular
        2 for s and p, 3 for s, p and d.
    numerics
        The grid is used.
    """
    base = numerics or DftNumerics()
    wires = [_wire_bands(name, symbol, base) for name in FIT_WIRES]
    sizes = [shape.contraction.shape[0] for shape in basis_shapes(symbol, "uncontracted")]
    start = np.zeros(sum(size - 1 for size in sizes[:n_angular]))

    def loss(free: Float[np.ndarray, " free"]) -> float:
        matrix = _matrix(_columns(free, sizes[:n_angular]), sizes)
        errors = [_error(wire, matrix) for wire in wires]
        return float(np.mean(np.square(errors)) + _RIDGE * np.square(free).sum())

    simplex = np.vstack([start, start + 0.15 * np.eye(start.size)])
    found = minimize(
        loss,
        start,
        method="Nelder-Mead",
        options={
            "initial_simplex": simplex,
            "maxfev": 60 * start.size,
            "xatol": 1e-3,
            "fatol": 1e-9,
        },
    )
    columns = _columns(found.x, sizes[:n_angular])
    return FittedBasis(
        contraction=tuple(tuple(float(c) for c in column) for column in columns),
        rms_ev=tuple(_error(wire, _matrix(columns, sizes)) for wire in wires),
    )


def fermi_level(bands: Float[np.ndarray, "k band"], n_electron: int) -> float:
    """Chemical potential in eV of bands that hold ``n_electron``, both spins counted."""

    def excess(level: float) -> float:
        filled = 2.0 / (1.0 + np.exp(np.clip((bands - level) / _SMEARING_EV, -60.0, 60.0)))
        return float(filled.sum(axis=1).mean() - n_electron)

    return float(brentq(excess, bands.min() - 1.0, bands.max() + 1.0))


def _wire_bands(name: str, symbol: str, numerics: DftNumerics) -> WireBands:
    pool = _matrices(name, symbol, "uncontracted", numerics)
    wanted = _relative_bands(*_matrices(name, symbol, "reference", numerics))
    return WireBands(*pool[:2], wanted, pool[2])


def _matrices(
    name: str, symbol: str, basis: BasisName, numerics: DftNumerics
) -> tuple[np.ndarray, np.ndarray, int]:
    wire = build_electrode(name, symbol)
    chosen = numerics.model_copy(update={"basis": basis, "density_tolerance": 1e-4})
    n_plane = plane_count(wire.period, grid_spacing(wire.numbers, numerics))
    atoms = PeriodicAtoms(wire.numbers, wire.positions, wire.period, n_plane, (1, 1, _N_K))
    found = solve_periodic(atoms, chosen)
    # Time reversal: k and -k have the same bands.
    half = found.k_points[:, 2] > 0.0
    return found.hamiltonian[half], found.overlap[half], wire.numbers.size


def _relative_bands(
    hamiltonian: np.ndarray, overlap: np.ndarray, n_electron: int
) -> Float[np.ndarray, "k band"]:
    bands = np.array(
        [eigh(h, s, eigvals_only=True) for h, s in zip(hamiltonian, overlap, strict=True)]
    )
    return np.asarray(bands - fermi_level(bands, n_electron))


def _columns(
    free: Float[np.ndarray, " free"], sizes: Sequence[int]
) -> tuple[Float[np.ndarray, " _"], ...]:
    parts = np.split(free, np.cumsum([size - 1 for size in sizes])[:-1])
    return tuple(np.concatenate([[1.0], part]) for part in parts)


def _matrix(
    columns: Sequence[Float[np.ndarray, " _"]], sizes: Sequence[int]
) -> Float[np.ndarray, "orbital contracted"]:
    """Contraction of one atom; functions that it leaves out have no column."""
    blocks = [np.kron(column[:, None], np.eye(2 * i + 1)) for i, column in enumerate(columns)]
    kept = block_diag(*blocks)
    n_all = sum((2 * i + 1) * size for i, size in enumerate(sizes))
    return np.vstack([kept, np.zeros((n_all - len(kept), kept.shape[1]))])


def _error(wire: WireBands, atom: Float[np.ndarray, "orbital contracted"]) -> float:
    change = np.kron(np.eye(wire.n_atom), atom)
    found = _relative_bands(
        change.T @ wire.hamiltonian @ change, change.T @ wire.overlap @ change, wire.n_atom
    )
    n_band = min(found.shape[1], wire.wanted.shape[1])
    wanted = wire.wanted[:, :n_band]
    weight = np.exp(-((wanted / WINDOW_EV) ** 4))
    return float(np.sqrt((weight * (found[:, :n_band] - wanted) ** 2).sum() / weight.sum()))
