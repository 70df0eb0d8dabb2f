"""Self-consistent calculations of wires and junctions with GPAW in its LCAO mode."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from ase.units import Hartree
from gpaw import KohnShamConvergenceError
from gpaw.new.calculation import DFT
from gpaw.old.grid_descriptor import GridBoundsError as GpawGridBoundsError
from jaxtyping import Complex, Float, Int

from sekkei.errors import ConvergenceError, GridBoundsError
from sekkei.transport.gpaw_basis import make_basis
from sekkei.transport.gpaw_mixer import Screening
from sekkei.transport.gpaw_poisson import BoxPoissonSolver
from sekkei.transport.gpaw_potential import WireMode
from sekkei.transport.numerics import DftNumerics
from sekkei.units import BOHR_ANGSTROM

GRID_MULTIPLE = 4
"""Numbers of grid points are multiples of it, so that Fourier transforms stay fast."""


@dataclass(frozen=True, slots=True, eq=False)
class DftMatrices:
    """A converged periodic wire in its LCAO basis."""

    k_points: Float[np.ndarray, " k"]
    """Along z, in units of the reciprocal period."""

    hamiltonian: Complex[np.ndarray, "k orbital orbital"]
    """In eV."""

    overlap: Complex[np.ndarray, "k orbital orbital"]
    """Dimensionless."""

    fermi_level: float
    """In eV."""

    iterations: int
    """Self-consistency iterations."""


def orbital_reach(numbers: Int[np.ndarray, " atom"], numerics: DftNumerics) -> float:
    """Return the largest cut-off radius of the basis functions, in angstrom."""
    functions = [
        function
        for number in np.unique(numbers)
        for function in make_basis(chemical_symbols[number], numerics).bf_j
    ]
    return max(function.rc or 0.0 for function in functions) * BOHR_ANGSTROM


def orbital_atoms(numbers: Int[np.ndarray, " atom"]) -> Int[np.ndarray, " orbital"]:
    """Return the atom of each orbital: one s and three p functions on every atom."""
    return np.repeat(np.arange(len(numbers)), 4)


def solve_wire(
    numbers: Int[np.ndarray, " atom"],
    positions: Float[np.ndarray, "atom 3"],
    length: float,
    n_plane: int,
    numerics: DftNumerics,
    n_k: int = 1,
) -> DftMatrices:
    """Converge the density of atoms that repeat along z and return their matrices.

    Parameters
    ----------
    length
        Period along z in angstrom.
    n_plane
        Grid planes along one period.
    n_k
        k-points along z; 1 is the zone centre.

    Raises
    ------
    ConvergenceError
        If the density does not converge.
    GridBoundsError
        If a basis function does not fit the box.
    """
    return _converge(unconverged_wire(numbers, positions, length, n_plane, numerics, n_k))


def unconverged_wire(
    numbers: Int[np.ndarray, " atom"],
    positions: Float[np.ndarray, "atom 3"],
    length: float,
    n_plane: int,
    numerics: DftNumerics,
    n_k: int = 1,
) -> DFT:
    """Set the calculation of `solve_wire` up, with a superposition of atoms for its density."""
    atoms, n_lateral = _boxed(numbers, positions, length, numerics)
    symbols = sorted({chemical_symbols[number] for number in numbers})
    # The ASE calculator would set everything up twice, which costs a fifth of a label.
    return DFT(
        atoms,
        mode=WireMode(),
        xc="LDA",
        setups=dict.fromkeys(symbols, "hgh"),
        basis=_bases(symbols, numerics),
        gpts=(*n_lateral, n_plane),
        kpts=(1, 1, n_k),
        symmetry="off",
        occupations={"name": "fermi-dirac", "width": numerics.smearing_ev},
        mixer=Screening(numerics),
        poissonsolver=BoxPoissonSolver(),
        # Only the density decides the matrices; energies and orbitals converge with it.
        convergence={
            "density": numerics.density_tolerance,
            "energy": math.inf,
            "eigenstates": math.inf,
        },
        maxiter=numerics.max_iterations,
        txt=None,
        converge=False,
    )


def _bases(symbols: list[str], numerics: DftNumerics) -> dict[Any, Any]:
    # GPAW takes Basis objects here, though its annotation speaks of names only.
    return {symbol: make_basis(symbol, numerics) for symbol in symbols}


def _converge(dft: DFT) -> DftMatrices:
    dft.scf_loop.mixer.watch(dft.ibzwfs)
    try:
        dft.converge()
    except KohnShamConvergenceError as error:
        raise ConvergenceError(
            f"the density of {len(dft.atoms)} atoms must converge, but did not in "
            f"{dft.params.maxiter} iterations; try a smaller mixing or a wider smearing"
        ) from error
    except GpawGridBoundsError as error:
        raise GridBoundsError(
            f"every orbital must fit the box of {np.diag(dft.atoms.cell.array).round(1)} Å, but "
            "one does not; is an atom far from the axis?"
        ) from error
    matrices = dft.scf_loop.hamiltonian.create_hamiltonian_matrix_calculator(dft.potential)
    hamiltonian = [matrices.calculate_matrix(one).data for one in dft.ibzwfs]
    return DftMatrices(
        k_points=np.array(dft.ibzwfs.ibz.kpt_kc[:, 2]),
        hamiltonian=np.array(hamiltonian, dtype=complex) * Hartree,
        overlap=np.array([one.S_MM.data for one in dft.ibzwfs], dtype=complex),
        fermi_level=float(dft.ibzwfs.fermi_level) * Hartree,
        iterations=int(dft.scf_loop.niter),
    )


def _boxed(
    numbers: Int[np.ndarray, " atom"],
    positions: Float[np.ndarray, "atom 3"],
    length: float,
    numerics: DftNumerics,
) -> tuple[Atoms, tuple[int, int]]:
    """Put atoms into the middle of a box that holds every orbital; vacuum at the sides is zero."""
    h = numerics.grid_spacing_angstrom
    low, high = positions[:, :2].min(axis=0), positions[:, :2].max(axis=0)
    needed = high - low + 2.0 * (orbital_reach(numbers, numerics) + h)
    n_lateral = GRID_MULTIPLE * np.ceil(needed / (GRID_MULTIPLE * h)).astype(int)
    cell = np.array([*(n_lateral * h), length])
    shifted = positions + np.array([*(cell[:2] / 2.0 - (low + high) / 2.0), 0.0])
    atoms = Atoms(numbers=numbers, positions=shifted, cell=cell, pbc=(False, False, True))
    return atoms, (int(n_lateral[0]), int(n_lateral[1]))


def plane_count(length: float, spacing: float) -> int:
    """Return the number of grid planes nearest to a spacing that the Poisson solver can halve."""
    return GRID_MULTIPLE * max(1, round(length / (GRID_MULTIPLE * spacing)))
