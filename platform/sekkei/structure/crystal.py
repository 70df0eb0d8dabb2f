"""What a potential says of perfect crystals: the figures that it is tested against."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from scipy.optimize import minimize_scalar

from sekkei.shapes import Float
from sekkei.structure.lammps_engine import AtomTypes, LammpsEngine
from sekkei.units import EV_PER_CUBIC_ANGSTROM_GPA

_STRAIN = 5e-3
_BCC = np.array([[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])


@dataclass(frozen=True, slots=True)
class CubicCrystal:
    """Equilibrium of a cubic crystal."""

    lattice_constant: float
    """In angstrom."""

    cohesive_energy: float
    """In eV per atom."""

    c11: float
    """Elastic constant in GPa."""

    c12: float
    """Elastic constant in GPa."""

    c44: float
    """Elastic constant in GPa."""


def crystal_energy(
    commands: Sequence[str],
    symbols: Sequence[str],
    fractional: Float[np.ndarray, "atom 3"],
    cell: Float[np.ndarray, "3 3"],
) -> float:
    """Potential energy of a periodic crystal in eV per atom.

    Parameters
    ----------
    commands
        LAMMPS commands that select the potential, written for the *distinct* symbols in order of
        first appearance.
    symbols
        Chemical symbol of each atom, ``(n_atom,)``.
    fractional
        Fractional coordinates of shape ``(n_atom, 3)``.
    cell
        Cell vectors as rows in angstrom, lower triangular with a positive diagonal.

    Raises
    ------
    ExperimentError
        If LAMMPS refuses.
    """
    order = list(dict.fromkeys(symbols))
    masses = tuple(float(atomic_masses[atomic_numbers[symbol]]) for symbol in order)
    types = np.array([order.index(symbol) + 1 for symbol in symbols], dtype=np.int64)
    (lx, _, _), (xy, ly, _), (xz, yz, lz) = cell.tolist()
    with LammpsEngine() as engine:
        engine.run_commands(
            [
                "boundary p p p",
                "box tilt large",
                f"region cell prism 0 {lx!r} 0 {ly!r} 0 {lz!r} {xy!r} {xz!r} {yz!r}",
                f"create_box {len(order)} cell",
            ]
        )
        engine.add_atoms(types, fractional @ cell, AtomTypes(tuple(order), masses))
        engine.run_commands([*commands, "run 0"])
        return engine.potential_energy() / len(symbols)


def bcc_crystal(commands: Sequence[str], symbol: str, guess: float) -> CubicCrystal:
    r"""Equilibrium of bcc under a potential.

    Parameters
    ----------
    commands
        LAMMPS commands that select the potential of ``symbol``.
    symbol
        Chemical symbol.
    guess
        Lattice constant in angstrom, right to 4 %.

    Notes
    -----
    Second derivatives of the energy per volume by central differences of homogeneous strain,
    exact for one atom per primitive cell: dilation gives the bulk modulus B, a
    volume-conserving orthorhombic strain C' = (C11 - C12) / 2, simple shear C44.
    """

    def energy(deformation: np.ndarray) -> float:
        return crystal_energy(commands, (symbol, symbol), _BCC, deformation)

    found = minimize_scalar(
        lambda a: energy(a * np.eye(3)),
        bounds=(0.96 * guess, 1.04 * guess),
        method="bounded",
        options={"xatol": 1e-5},
    )
    a = float(found.x)
    atoms_per_volume = 2.0 / a**3

    def curvature(strained: Sequence[np.ndarray]) -> float:
        low, high = (energy(a * matrix) for matrix in strained)
        second = (low + high - 2.0 * energy(a * np.eye(3))) / _STRAIN**2
        return second * atoms_per_volume * EV_PER_CUBIC_ANGSTROM_GPA

    bulk = curvature([(1.0 + e) * np.eye(3) for e in (-_STRAIN, _STRAIN)]) / 9.0
    stretch = [np.diag([1.0 + e, 1.0 / (1.0 + e), 1.0]) for e in (-_STRAIN, _STRAIN)]
    tetragonal = curvature(stretch) / 4.0
    shear = curvature([_sheared(-_STRAIN), _sheared(_STRAIN)])
    return CubicCrystal(
        lattice_constant=a,
        cohesive_energy=-energy(a * np.eye(3)),
        c11=bulk + 4.0 / 3.0 * tetragonal,
        c12=bulk - 2.0 / 3.0 * tetragonal,
        c44=shear,
    )


def _sheared(angle: float) -> np.ndarray:
    matrix = np.eye(3)
    matrix[1, 0] = angle
    return matrix
