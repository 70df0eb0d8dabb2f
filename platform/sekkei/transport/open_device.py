"""A junction with its leads attached: all that a label, a picture or a learner needs of it."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from sekkei.errors import ElectrodeError
from sekkei.shapes import Float, Inexact, Int
from sekkei.structure.lead import Leads
from sekkei.transport.electrode.matrices import ElectrodeMatrices
from sekkei.transport.kernel.precision import Precision
from sekkei.transport.kernel.self_energy import SelfEnergies


@dataclass(frozen=True, slots=True)
class Supercell:
    """The cell in which the matrices of a junction were computed."""

    n_atom: int
    """Atoms, those of the added periods included."""

    n_orbital: int
    """Basis functions."""

    length: float
    """Along z in angstrom."""

    lead_periods: int
    """Periods of the electrode at each end that stand in its own order."""

    grid: tuple[int, int, int] | None = None
    """Points of the real-space grid along x, y and z; None where there is no grid."""

    n_k: tuple[int, int] = (1, 1)
    """k-points across, along x and y; 1 and 1 for a wire."""


@dataclass(frozen=True, slots=True, eq=False)
class DevicePart:
    """A device at one k-point across."""

    k_point: Float[np.ndarray, " 2"]
    """Across, in units of the reciprocal periods; zero for a wire."""

    weight: float
    """Of this k-point in every mean; the weights of a device add up to 1."""

    hamiltonian: Inexact[Tensor, "orbital orbital"]
    """In eV, aligned to the electrode; real at the zone centre. Its first and last layers touch
    the leads."""

    overlap: Inexact[Tensor, "orbital orbital"]
    """Dimensionless."""

    electrode: ElectrodeMatrices
    """Of both leads at this k-point."""

    @property
    def self_energies(self) -> SelfEnergies:
        """Of both leads, at each of the energies of the device."""
        return self.electrode.leads


@dataclass(frozen=True, slots=True, eq=False)
class OpenDevice:
    """What labels and Green functions of one junction are made of, between wires or surfaces."""

    leads: Leads
    """The junction, and its leads as they were recognised."""

    numbers: Int[np.ndarray, " atom"]
    """Atomic numbers, those of added periods of the leads included."""

    positions: Float[np.ndarray, "atom 3"]
    """In angstrom, where the junction has them."""

    orbital_atoms: Int[np.ndarray, " orbital"]
    """Atom of each orbital."""

    parts: tuple[DevicePart, ...]
    """At each k-point across; a wire has one."""

    energies: Float[np.ndarray, " energy"]
    """In eV against the Fermi level, ascending, 0 in the middle."""

    window: float
    """Half width of the window mean of a label, in eV."""

    recipe: str
    """Identity of the method, as of a label."""

    engine: str
    """Name and version of what computed it, for people."""

    supercell: Supercell
    """Where the matrices were computed."""

    cpu_seconds: float
    """CPU time spent on them, in s; the electrode's share is not in it."""

    precision: Precision = "complex128"
    """Of the arithmetic of a label: complex64 is checked each time, and falls back."""

    alignment_shift: float | None = None
    """Added to the levels so that the ends have those of the electrode, in eV; None where both
    are on one scale by construction."""

    iterations: int = 0
    """Self-consistency iterations; 0 where there are none."""

    rung: int = 0
    """Rung of the convergence ladder that gave the density."""

    @property
    def fermi_level(self) -> float:
        """Of the electrode in eV, on the scale of the Hamiltonian."""
        return self.parts[0].electrode.fermi_level

    @property
    def n_channel(self) -> int:
        """Most channels of the electrode that are open at one k-point: what bounds T(E_F)."""
        return max(part.electrode.n_channel for part in self.parts)

    @property
    def mean_channel(self) -> float:
        """Open channels of the electrode averaged over k across."""
        counts = [part.electrode.n_channel for part in self.parts]
        return float(np.array([part.weight for part in self.parts]) @ counts)

    def only_part(self) -> DevicePart:
        """Return the one part of a device between wires.

        Raises
        ------
        ElectrodeError
            If there are several.
        """
        if len(self.parts) > 1:
            raise ElectrodeError(
                "one pair of matrices stands for a wire only, but the leads are surfaces with "
                f"{len(self.parts)} k-points across; take a junction between wires"
            )
        return self.parts[0]
