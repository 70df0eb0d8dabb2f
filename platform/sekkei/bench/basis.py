"""Error against cost of the basis sets: bands of wires beside plane waves.

Plane waves of the same pseudopotential are exact for it, so that what differs is the basis. They
cost minutes and are kept in the user's cache; bands in a basis are computed each time.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from sekkei.bench.result import BenchResult, Row, describe_machine
from sekkei.errors import LabelError
from sekkei.identity import content_hash
from sekkei.observe.figures.accuracy import BasisPoint, basis_figure
from sekkei.observe.figures.style import as_bytes
from sekkei.shapes import Float
from sekkei.structure.electrode import Electrode, build_electrode
from sekkei.structure.element import lattice_constant
from sekkei.structure.junction import parse_element
from sekkei.threads import few_threads
from sekkei.transport.cache import ArrayCache
from sekkei.transport.gpaw.basis import GPAW_VERSION, n_orbital
from sekkei.transport.gpaw.basis_fit import fermi_level
from sekkei.transport.gpaw.engine import PeriodicAtoms, plane_count, solve_periodic
from sekkei.transport.gpaw.model import ONE_ELECTRON
from sekkei.transport.gpaw.numerics import BasisName, DftNumerics
from sekkei.transport.gpaw.plane_waves import CUTOFFS_EV, plane_wave_bands

CHAIN = "chain"
"""One atom a period, at the nearest-neighbour distance of the crystal: all surface."""

QUICK = (("K", "staggered-3"),)
DRAWN = (
    ("K", CHAIN),
    *QUICK,
    ("K", "bcc100-5+4"),
    ("Na", "staggered-3"),
    ("Cs", "staggered-3"),
    ("Li", "staggered-3"),
    ("Rb", "staggered-3"),
)
"""What the figure shows: as many as it has colours."""

FULL = (*DRAWN, ("Li", CHAIN), ("Li", "bcc111-1+1+1"), ("Li", "bcc100-5+4"))
"""Lithium's basis is fitted to three of its wires; the chain is none of them."""
BASES: tuple[BasisName, ...] = ("sp", "spd", "uncontracted", "reference")

WINDOW_EV = 0.5
"""States within so far of E_F count, all alike."""

TARGET_MEV = 10.0
"""Of the default basis, rms."""

N_K = 6
"""k-points over half the zone, the first half a spacing from its centre."""


@dataclass(frozen=True, slots=True)
class BandDeviation:
    """Difference of two sets of bands within the window, each against its own Fermi level."""

    rms_mev: float
    """Root of the mean square."""

    max_mev: float
    """Largest absolute one."""

    mean_mev: float
    """Mean; a positive one lifts states against E_F."""

    n_state: int
    """States within the window."""


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Measure all wires and bases; see `sekkei.bench.registry.Measure`."""
    rows: list[Row] = []
    with few_threads(1):
        for symbol, name in QUICK if is_quick else FULL:
            say(f"{symbol} {name}: plane waves")
            wanted = _plane_waves(symbol, name)
            for basis in BASES:
                say(f"{symbol} {name}: {basis}")
                rows.append(_row(symbol, name, basis, wanted))
    points = [
        BasisPoint(f"{r['element']} {r['wire']}", r["basis"], r["n_orbital"], r["rms_mev"])
        for r in rows
        if (r["element"], r["wire"]) in DRAWN
    ]
    files = {f"basis.{kind}": as_bytes(basis_figure(points), kind) for kind in ("png", "svg")}
    notes = [
        f"States within {WINDOW_EV:g} eV of E_F, all alike; each set of bands has its own E_F.",
        "cpu_s: the wire's own self-consistent calculation with its k-points, not a label.",
    ]
    machine = describe_machine(("sekkei", "gpaw", "numpy", "scipy"))
    return BenchResult(name="basis", rows=rows, notes=notes, machine=machine, files=files)


def compare_bands(
    found: Float[np.ndarray, "k band"], wanted: Float[np.ndarray, "k state"], n_electron: int
) -> BandDeviation:
    """Compare bands in order of energy, over the states that are wanted near E_F.

    Raises
    ------
    LabelError
        If there are fewer bands than reach up through the window.
    """
    ours, theirs = (bands - fermi_level(bands, n_electron) for bands in (found, wanted))
    near = np.abs(theirs) <= WINDOW_EV
    n_band = int(np.flatnonzero(near.any(axis=0)).max()) + 1
    if ours.shape[1] < n_band:
        raise LabelError(
            f"a basis must have the {n_band} bands that reach into the window, but has "
            f"{ours.shape[1]}; use a larger one"
        )
    error = 1e3 * (ours[:, :n_band] - theirs[:, :n_band])[near[:, :n_band]]
    return BandDeviation(
        rms_mev=float(np.sqrt(np.mean(error**2))),
        max_mev=float(np.abs(error).max()),
        mean_mev=float(error.mean()),
        n_state=error.size,
    )


def wire(symbol: str, name: str) -> Electrode:
    """Build a known wire, or the chain of single atoms."""
    if name != CHAIN:
        return build_electrode(name, symbol)
    period = lattice_constant(symbol) * float(np.sqrt(3.0)) / 2.0
    return Electrode(np.array([parse_element(symbol)]), np.zeros((1, 3)), period)


def _plane_waves(symbol: str, name: str) -> Float[np.ndarray, "k band"]:
    atoms, n_k = wire(symbol, name), _n_k(name)
    key = content_hash(
        "plane waves",
        GPAW_VERSION,
        CUTOFFS_EV[symbol],
        n_k,
        atoms.numbers,
        atoms.positions,
        atoms.period,
    )

    def make() -> dict[str, np.ndarray]:
        return {"energies": plane_wave_bands(atoms, n_k).energies}

    return ArrayCache.default().get(key, make)["energies"]


def _n_k(name: str) -> int:
    # A chain has half the period of the other wires, or less.
    return 2 * N_K if name == CHAIN else N_K


def _row(symbol: str, name: str, basis: BasisName, wanted: Float[np.ndarray, "k band"]) -> Row:
    atoms, started = wire(symbol, name), time.process_time()
    bands, iterations = _lcao_bands(atoms, basis, _n_k(name))
    spent = time.process_time() - started
    error = compare_bands(bands, wanted, atoms.numbers.size)
    return {
        "element": symbol,
        "wire": name,
        "basis": basis,
        "n_orbital": n_orbital(symbol, basis),
        "rms_mev": error.rms_mev,
        "max_mev": error.max_mev,
        "mean_mev": error.mean_mev,
        "n_state": error.n_state,
        "iterations": iterations,
        "cpu_s": spent,
        "target_met": error.rms_mev <= TARGET_MEV if basis == DftNumerics().basis else None,
    }


def _lcao_bands(
    atoms: Electrode, basis: BasisName, n_k: int
) -> tuple[Float[np.ndarray, "k band"], int]:
    numerics = DftNumerics(basis=basis, density_tolerance=1e-4)
    n_plane = plane_count(atoms.period, ONE_ELECTRON.grid_spacing(atoms.numbers, numerics))
    found = solve_periodic(
        PeriodicAtoms(atoms.numbers, atoms.positions, atoms.period, n_plane, (1, 1, 2 * n_k)),
        numerics,
    )
    # Time reversal: k and -k have the same bands.
    order = np.argsort(found.k_points[:, 2])
    upper: Sequence[int] = order[found.k_points[order, 2] > 0.0].tolist()
    bands = [eigh(found.hamiltonian[i], found.overlap[i], eigvals_only=True) for i in upper]
    return np.array(bands), found.iterations
