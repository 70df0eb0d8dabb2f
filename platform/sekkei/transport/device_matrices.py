"""Matrices of an opened device as arrays: what is kept of it, and what a learner needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.shapes import Float, Inexact, Int

if TYPE_CHECKING:
    from sekkei.transport.open_device import OpenDevice
else:
    OpenDevice = Any  # it loads torch, which whoever only reads matrices need not


@dataclass(frozen=True, slots=True, eq=False)
class DeviceMatrices(ReadOnlyArrays):
    """H and S of a junction with its leads extended, whoever computed them. Arrays are read-only.

    The Hamiltonian is on the scale of the engine: against the electrode's Fermi level it is
    ``hamiltonian - fermi_level * overlap``.
    """

    numbers: Int[np.ndarray, " atom"]
    """Atomic numbers, those of added periods of the leads included."""

    positions: Float[np.ndarray, "atom 3"]
    """In angstrom, where the junction has them."""

    length: float
    """Of the cell along z in angstrom."""

    lead_periods: int
    """Periods of the electrode at each end that stand in its own order."""

    orbital_atoms: Int[np.ndarray, " orbital"]
    """Atom of each orbital."""

    k_points: Float[np.ndarray, "k 2"]
    """Across, in units of the reciprocal periods; one of zeros for a wire."""

    weights: Float[np.ndarray, " k"]
    """Of each k-point in every mean; they add up to 1."""

    hamiltonian: Inexact[np.ndarray, "k orbital orbital"]
    """In eV, Hermitian, aligned to the electrode; real if the only k-point is the zone centre."""

    overlap: Inexact[np.ndarray, "k orbital orbital"]
    """Dimensionless, Hermitian and positive definite."""

    fermi_level: float
    """Of the electrode in eV, on the scale of the Hamiltonian."""

    recipe: str
    """Identity of the method, as of a label."""

    alignment: float
    """Added to the levels so that the ends have those of the electrode, in eV; NaN where both
    are on one scale by construction."""

    lateral_period: tuple[float, float] | None = None
    """Lengths along x and y in angstrom after which everything repeats; None for a wire."""

    @classmethod
    def from_device(cls, device: OpenDevice) -> "DeviceMatrices":
        """Take the matrices of an opened device, with the atoms that they stand on."""
        parts, shift = device.parts, device.alignment_shift
        return cls(
            numbers=freeze(device.numbers),
            positions=freeze(device.positions),
            length=float(device.supercell.length),
            lead_periods=device.supercell.lead_periods,
            orbital_atoms=freeze(device.orbital_atoms),
            k_points=freeze(np.array([part.k_point for part in parts])),
            weights=freeze(np.array([part.weight for part in parts])),
            hamiltonian=_stacked([part.hamiltonian for part in parts]),
            overlap=_stacked([part.overlap for part in parts]),
            fermi_level=device.fermi_level,
            recipe=device.recipe,
            alignment=float("nan") if shift is None else float(shift),
            lateral_period=device.leads.junction.lateral_period,
        )


def _stacked(tensors: Sequence[Any]) -> Inexact[np.ndarray, "k orbital orbital"]:
    return freeze(np.stack([tensor.numpy() for tensor in tensors]))
