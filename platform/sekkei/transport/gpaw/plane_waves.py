"""Bands of wires in plane waves, with the labels' own pseudopotential: what a basis aims at."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from gpaw.new.calculation import DFT

from sekkei.shapes import Float
from sekkei.structure.electrode import Electrode

CUTOFFS_EV = {"Li": 180.0, "Na": 180.0, "K": 320.0, "Rb": 320.0, "Cs": 180.0}
"""Bands of the bcc crystal are converged to 2 meV; the d projectors of K and Rb are narrow."""

_VACUUM_ANGSTROM = 8.0
_GRID_ANGSTROM = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class PlaneWaveBands:
    """Bands of a wire over half the zone."""

    k_points: Float[np.ndarray, " k"]
    """In units of the reciprocal period, between 0 and 1/2."""

    energies: Float[np.ndarray, "k band"]
    """In eV, on the scale of the calculation."""


def plane_wave_bands(wire: Electrode, n_k: int = 6) -> PlaneWaveBands:
    """Converge a wire in plane waves and return its lowest bands.

    Parameters
    ----------
    wire
        One period; vacuum of 8 Å is put on each side.
    n_k
        k-points over half the zone, the first half a spacing from its centre.
    """
    n_atom = wire.numbers.size
    half = (np.arange(n_k) + 0.5) / (2 * n_k)
    k_points = np.zeros((2 * n_k, 3))
    k_points[:, 2] = np.concatenate([half, -half])
    symbols = sorted({chemical_symbols[number] for number in wire.numbers})
    dft = DFT(
        _boxed(wire),
        mode={"name": "pw", "ecut": max(CUTOFFS_EV[symbol] for symbol in symbols)},
        xc="LDA",
        setups=dict.fromkeys(symbols, "hgh"),
        basis={},
        kpts=k_points.tolist(),
        symmetry={"point_group": False, "time_reversal": True},
        nbands=n_atom // 2 + max(8, n_atom),
        occupations={"name": "fermi-dirac", "width": 0.05},
        mixer={"backend": "pulay", "beta": 0.15, "nmaxold": 8, "weight": 100.0},
        eigensolver={"name": "davidson", "niter": 3},
        convergence={
            "density": 2e-4,
            "energy": 1e-3,
            "eigenstates": 1e-5,
            "bands": n_atom // 2 + max(4, round(0.55 * n_atom)),
        },
        txt=None,
        converge=False,
    )
    dft.converge()
    calculator = dft.ase_calculator()
    found = np.abs(calculator.get_ibz_k_points()[:, 2])
    energies = np.array([calculator.get_eigenvalues(kpt=i) for i in range(len(found))])
    order = np.argsort(found)
    return PlaneWaveBands(k_points=found[order], energies=energies[order])


def _boxed(wire: Electrode) -> Atoms:
    low, high = wire.positions[:, :2].min(axis=0), wire.positions[:, :2].max(axis=0)
    n_lateral = 4 * np.ceil((high - low + 2.0 * _VACUUM_ANGSTROM) / (4.0 * _GRID_ANGSTROM))
    cell = np.array([*(n_lateral * _GRID_ANGSTROM), wire.period])
    shift = np.array([*(cell[:2] / 2.0 - (low + high) / 2.0), 0.0])
    return Atoms(numbers=wire.numbers, positions=wire.positions + shift, cell=cell, pbc=True)
