"""Self-consistent calculations of wires and junctions with GPAW in its LCAO mode."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from ase.units import Hartree
from gpaw import KohnShamConvergenceError
from gpaw.new.calculation import DFT
from gpaw.old.grid_descriptor import GridBoundsError as GpawGridBoundsError

from sekkei.errors import ConvergenceError, GridBoundsError
from sekkei.shapes import Complex, Float, Int
from sekkei.transport.gpaw.mixer import Screening
from sekkei.transport.gpaw.model import ONE_ELECTRON, ElectronModel
from sekkei.transport.gpaw.numerics import DftNumerics, Rung
from sekkei.transport.gpaw.poisson import BoxPoissonSolver

GRID_MULTIPLE = 2
"""Numbers of grid points are multiples of it, so that Fourier transforms stay fast."""

_SAME_K = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class PeriodicAtoms:
    """Atoms that repeat along z, and across where they are between surfaces."""

    numbers: Int[np.ndarray, " atom"]
    """Atomic numbers."""

    positions: Float[np.ndarray, "atom 3"]
    """In angstrom."""

    length: float
    """Period along z in angstrom."""

    n_plane: int
    """Grid planes along one period."""

    n_k: tuple[int, int, int] = (1, 1, 1)
    """k-points along x, y and z, evenly spaced around the zone centre; 1 is the centre itself."""

    lateral_period: tuple[float, float] | None = None
    """Periods along x and y in angstrom; None in vacuum, where the box ends."""


@dataclass(frozen=True, slots=True, eq=False)
class DftMatrices:
    """Converged periodic atoms in their LCAO basis."""

    k_points: Float[np.ndarray, "k 3"]
    """In units of the reciprocal periods."""

    hamiltonian: Complex[np.ndarray, "k orbital orbital"]
    """In eV."""

    overlap: Complex[np.ndarray, "k orbital orbital"]
    """Dimensionless."""

    fermi_level: float
    """In eV."""

    iterations: int
    """Self-consistency iterations of the rung that converged."""

    rung: int = 0
    """Which rung of the ladder that was; 0 is the first."""


def solve_periodic(
    atoms: PeriodicAtoms, numerics: DftNumerics, model: ElectronModel = ONE_ELECTRON
) -> DftMatrices:
    """Converge the density of periodic atoms, rung by rung, and return their matrices.

    Every rung starts from the superposition of atoms: a label never depends on what was computed
    before it.

    Raises
    ------
    ConvergenceError
        If the density converges on no rung of the ladder.
    GridBoundsError
        If a basis function does not fit the box.
    """
    for i_rung, rung in enumerate(numerics.ladder):
        dft = unconverged(atoms, numerics, rung, model)
        if _converges(dft):
            return replace(_matrices(dft), rung=i_rung)
    tried = "; ".join(
        f"mixing {rung.mixing:g}, smearing {rung.smearing_ev:g} eV: {rung.max_iterations}"
        for rung in numerics.ladder
    )
    raise ConvergenceError(
        f"the density of {atoms.numbers.size} atoms must converge, but on no rung of the ladder "
        f"did it in so many iterations ({tried}); try a smaller mixing or a wider smearing"
    )


def unconverged(
    atoms: PeriodicAtoms, numerics: DftNumerics, rung: Rung, model: ElectronModel = ONE_ELECTRON
) -> DFT:
    """Set a calculation up, with a superposition of atoms for its density."""
    box, n_grid = _boxed(atoms, numerics, model)
    symbols = sorted({chemical_symbols[number] for number in atoms.numbers})
    # The ASE calculator would set everything up twice, which costs a fifth of a label.
    return DFT(
        box,
        mode=model.mode(),
        xc=model.functional,
        setups=dict.fromkeys(symbols, model.setups),
        basis=_bases(symbols, numerics, model),
        gpts=n_grid,
        kpts=atoms.n_k,
        symmetry={"point_group": False},
        occupations={"name": "fermi-dirac", "width": rung.smearing_ev},
        mixer=Screening(model.mixer, rung, numerics.screening_width_angstrom),
        poissonsolver=BoxPoissonSolver(),
        # Only the density decides the matrices; energies and orbitals converge with it.
        convergence={
            "density": numerics.density_tolerance,
            "energy": math.inf,
            "eigenstates": math.inf,
        },
        maxiter=rung.max_iterations,
        txt=None,
        converge=False,
    )


def _bases(symbols: list[str], numerics: DftNumerics, model: ElectronModel) -> dict[Any, Any]:
    # GPAW takes Basis objects here, though its annotation speaks of names only.
    return {symbol: model.basis(symbol, numerics.basis) for symbol in symbols}


def _converges(dft: DFT) -> bool:
    dft.scf_loop.mixer.watch(dft.ibzwfs)
    try:
        dft.converge()
    except KohnShamConvergenceError:
        return False
    except GpawGridBoundsError as error:
        raise GridBoundsError(
            f"every orbital must fit the box of {np.diag(dft.atoms.cell.array).round(1)} Å, but "
            "one does not; is an atom far from the axis?"
        ) from error
    return True


def _matrices(dft: DFT) -> DftMatrices:
    """Return H and S at all k-points; time reversal gives those that were not computed."""
    calculator = dft.scf_loop.hamiltonian.create_hamiltonian_matrix_calculator(dft.potential)
    k_points, hamiltonian, overlap = [], [], []
    for one in dft.ibzwfs:
        h, s = calculator.calculate_matrix(one).data.astype(complex), one.S_MM.data.astype(complex)
        k_points.append(one.kpt_c)
        hamiltonian.append(h)
        overlap.append(s)
        twice = 2.0 * one.kpt_c
        if np.abs(twice - np.round(twice)).max() > _SAME_K:
            k_points.append(-one.kpt_c)
            hamiltonian.append(h.conj())
            overlap.append(s.conj())
    return DftMatrices(
        k_points=np.array(k_points),
        hamiltonian=np.array(hamiltonian) * Hartree,
        overlap=np.array(overlap),
        fermi_level=float(dft.ibzwfs.fermi_level) * Hartree,
        iterations=int(dft.scf_loop.niter),
    )


def grid_counts(
    atoms: PeriodicAtoms, numerics: DftNumerics, model: ElectronModel = ONE_ELECTRON
) -> tuple[int, int, int]:
    """Return the points of the real-space grid along x, y and z."""
    return _boxed(atoms, numerics, model)[1]


def _boxed(
    atoms: PeriodicAtoms, numerics: DftNumerics, model: ElectronModel
) -> tuple[Atoms, tuple[int, int, int]]:
    """Put atoms into their cell, or into the middle of a box that holds every orbital."""
    h = model.grid_spacing(atoms.numbers, numerics)
    if atoms.lateral_period is not None:
        n_lateral = [plane_count(period, h) for period in atoms.lateral_period]
        across, shift = np.array(atoms.lateral_period), np.zeros(2)
    else:
        low, high = atoms.positions[:, :2].min(axis=0), atoms.positions[:, :2].max(axis=0)
        needed = high - low + 2.0 * (model.orbital_reach(atoms.numbers, numerics) + h)
        n_lateral = (GRID_MULTIPLE * np.ceil(needed / (GRID_MULTIPLE * h))).astype(int).tolist()
        across = np.array(n_lateral) * h
        shift = across / 2.0 - (low + high) / 2.0
    is_periodic = atoms.lateral_period is not None
    box = Atoms(
        numbers=atoms.numbers,
        positions=atoms.positions + np.array([*shift, 0.0]),
        cell=[*across, atoms.length],
        pbc=(is_periodic, is_periodic, True),
    )
    return box, (n_lateral[0], n_lateral[1], atoms.n_plane)


def plane_count(length: float, spacing: float) -> int:
    """Return the number of grid planes nearest to a spacing that the Poisson solver can halve."""
    return GRID_MULTIPLE * max(1, round(length / (GRID_MULTIPLE * spacing)))
