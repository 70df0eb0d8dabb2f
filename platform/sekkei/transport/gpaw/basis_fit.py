"""Contraction of basis functions, fitted to the bands of wires.

All matrices of a wire in the uncontracted basis are made once; a contraction is then a change of
basis, and its bands cost milliseconds. The density is that of the uncontracted basis throughout;
``sekkei bench basis`` measures what comes out when it is made self-consistent. Where most electrons
are further below E_F than the window, as in lithium, all occupied bands must count: a basis that
is right near E_F alone converges to another density, and then its bands are wrong everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, eigh
from scipy.optimize import brentq, least_squares

from sekkei.shapes import Complex, Float
from sekkei.structure.electrode import Electrode, build_electrode
from sekkei.transport.gpaw.basis import basis_shapes
from sekkei.transport.gpaw.engine import PeriodicAtoms, plane_count, solve_periodic
from sekkei.transport.gpaw.model import ONE_ELECTRON
from sekkei.transport.gpaw.numerics import BasisName, DftNumerics
from sekkei.transport.gpaw.plane_waves import plane_wave_bands

WINDOW_EV = 0.5
"""Bands count with weight exp(-(E - E_F)^4 / window^4)."""

_N_K = 12
_RIDGE_MEV = 0.3
_STARTS = (0.0, -0.2)
_SMEARING_EV = 0.05


@dataclass(frozen=True, slots=True)
class FitPlan:
    """What a contraction is fitted to, and how large it is."""

    n_function: tuple[int, ...]
    """Functions of each angular momentum, from s."""

    wires: tuple[str, ...] = ("staggered-3", "bcc100-5+4")
    """Two with surfaces of two kinds; every atom of the first has one environment."""

    occupied_weight: float = 0.0
    """Least weight of an occupied band, however far below E_F."""

    is_beside_plane_waves: bool = False
    """Whether bands are wanted as plane waves have them, or as the reference basis does."""


SP, SPD = FitPlan((1, 1)), FitPlan((1, 1, 1))
"""Of most elements."""

LITHIUM = FitPlan(
    (2, 1, 1),
    wires=("staggered-3", "bcc111-1+1+1", "bcc100-5+4"),
    occupied_weight=0.1,
    is_beside_plane_waves=True,
)
"""Nine functions were found to serve thin wires or wide ones, not both; a second s serves all."""


@dataclass(frozen=True, slots=True, eq=False)
class WireBands:
    """A wire in the uncontracted basis, and the bands that a contraction should have."""

    hamiltonian: Complex[np.ndarray, "k orbital orbital"]
    """In eV."""

    overlap: Complex[np.ndarray, "k orbital orbital"]
    """Dimensionless."""

    wanted: Float[np.ndarray, "k band"]
    """Bands in eV against their Fermi level."""

    n_atom: int
    """Atoms of a period, one electron each."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedBasis:
    """What a fit found."""

    contraction: tuple[tuple[tuple[float, ...], ...], ...]
    """Functions of s, p (and d): coefficients over the confined functions.

    The i-th has a 1 in the i-th place and 0 in the others before the last one's.
    """

    rms_ev: tuple[float, ...]
    """Weighted error of the bands of each wire in eV."""


def fit_basis(symbol: str, plan: FitPlan = SPD, numerics: DftNumerics | None = None) -> FittedBasis:
    """Fit the contraction of the functions of an element.

    Parameters
    ----------
    symbol
        Li, Na, K, Rb or Cs.
    plan
        How many functions, and fitted to what.
    numerics
        The grid is used.
    """
    base = numerics or DftNumerics()
    wires = [_wire_bands(name, symbol, plan, base) for name in plan.wires]
    sizes = [shape.contraction.shape[0] for shape in basis_shapes(symbol, "uncontracted")]
    n_free = sum(n * (size - n) for n, size in zip(plan.n_function, sizes, strict=False))

    def misses(free: Float[np.ndarray, " free"]) -> Float[np.ndarray, " miss"]:
        atom = _matrix(_columns(free, plan.n_function, sizes), sizes)
        errors = [1e3 * _errors(wire, atom, plan.occupied_weight) for wire in wires]
        return np.concatenate([*errors, _RIDGE_MEV * free])

    found = min(
        (
            least_squares(misses, np.full(n_free, start), diff_step=1e-3, x_scale=0.1, max_nfev=40)
            for start in _STARTS
        ),
        key=lambda one: float(one.cost),
    )
    columns = _columns(found.x, plan.n_function, sizes)
    atom = _matrix(columns, sizes)
    return FittedBasis(
        contraction=tuple(tuple(tuple(map(float, c)) for c in block.T) for block in columns),
        rms_ev=tuple(
            float(np.linalg.norm(_errors(wire, atom, plan.occupied_weight))) for wire in wires
        ),
    )


def fermi_level(bands: Float[np.ndarray, "k band"], n_electron: int) -> float:
    """Chemical potential in eV of bands that hold ``n_electron``, both spins counted."""

    def excess(level: float) -> float:
        filled = 2.0 / (1.0 + np.exp(np.clip((bands - level) / _SMEARING_EV, -60.0, 60.0)))
        return float(filled.sum(axis=1).mean() - n_electron)

    return float(brentq(excess, bands.min() - 1.0, bands.max() + 1.0))


def _wire_bands(name: str, symbol: str, plan: FitPlan, numerics: DftNumerics) -> WireBands:
    wire = build_electrode(name, symbol)
    pool = _matrices(wire, "uncontracted", numerics)
    if plan.is_beside_plane_waves:
        bands = plane_wave_bands(wire, _N_K // 2).energies
    else:
        bands = _bands(*_matrices(wire, "reference", numerics))
    n_atom = wire.numbers.size
    return WireBands(*pool, bands - fermi_level(bands, n_atom), n_atom)


def _matrices(
    wire: Electrode, basis: BasisName, numerics: DftNumerics
) -> tuple[np.ndarray, np.ndarray]:
    chosen = numerics.model_copy(update={"basis": basis, "density_tolerance": 1e-4})
    n_plane = plane_count(wire.period, ONE_ELECTRON.grid_spacing(wire.numbers, numerics))
    atoms = PeriodicAtoms(wire.numbers, wire.positions, wire.period, n_plane, (1, 1, _N_K))
    found = solve_periodic(atoms, chosen)
    # Time reversal: k and -k have the same bands. The order is that of the plane waves.
    order = np.argsort(found.k_points[:, 2])[_N_K // 2 :]
    return found.hamiltonian[order], found.overlap[order]


def _bands(hamiltonian: np.ndarray, overlap: np.ndarray) -> Float[np.ndarray, "k band"]:
    return np.array(
        [eigh(h, s, eigvals_only=True) for h, s in zip(hamiltonian, overlap, strict=True)]
    )


def _columns(
    free: Float[np.ndarray, " free"], n_function: Sequence[int], sizes: Sequence[int]
) -> tuple[Float[np.ndarray, "_ _"], ...]:
    """Contractions of each angular momentum; a unit block on top leaves no two sets alike."""
    columns = []
    for n, size in zip(n_function, sizes, strict=False):
        mixed, free = np.split(free, [n * (size - n)])
        columns.append(np.vstack([np.eye(n), mixed.reshape(n, size - n).T]))
    return tuple(columns)


def _matrix(
    columns: Sequence[Float[np.ndarray, "_ _"]], sizes: Sequence[int]
) -> Float[np.ndarray, "orbital contracted"]:
    """Contraction of one atom; functions that it leaves out have no column."""
    kept = block_diag(*[np.kron(block, np.eye(2 * i + 1)) for i, block in enumerate(columns)])
    n_all = sum((2 * i + 1) * size for i, size in enumerate(sizes))
    return np.vstack([kept, np.zeros((n_all - len(kept), kept.shape[1]))])


def _errors(
    wire: WireBands, atom: Float[np.ndarray, "orbital contracted"], occupied_weight: float
) -> Float[np.ndarray, " state"]:
    """Errors of all states in eV, weighted so that their squares add up to the mean square."""
    change = np.kron(np.eye(wire.n_atom), atom)
    found = _bands(change.T @ wire.hamiltonian @ change, change.T @ wire.overlap @ change)
    found = found - fermi_level(found, wire.n_atom)
    n_band = min(found.shape[1], wire.wanted.shape[1])
    wanted = wire.wanted[:, :n_band]
    weight = np.exp(-((wanted / WINDOW_EV) ** 4))
    weight = np.maximum(weight, occupied_weight * (wanted < 0.0))
    return np.asarray(np.sqrt(weight / weight.sum()) * (found[:, :n_band] - wanted)).ravel()
