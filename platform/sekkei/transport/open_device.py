"""A junction with its leads attached, and where its electrons and channels are, atom by atom."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from sekkei.errors import InvalidInputError
from sekkei.structure.junction import Junction
from sekkei.transport.kernel.eigenchannels import scattering_states
from sekkei.transport.kernel.local_density import local_density
from sekkei.transport.kernel.transmission import SelfEnergies
from sekkei.transport.labeler import Labeler
from sekkei.transport.plugins import make_labeler


@dataclass(frozen=True, slots=True, eq=False)
class OpenDevice:
    """What Green functions of one junction between wires are made of."""

    numbers: Int[np.ndarray, " atom"]
    """Atomic numbers, those of added periods of the leads included."""

    positions: Float[np.ndarray, "atom 3"]
    """In angstrom, where the junction has them."""

    orbital_atoms: Int[np.ndarray, " orbital"]
    """Atom of each orbital."""

    hamiltonian: Float[Tensor, "orbital orbital"]
    """In eV, aligned to the electrode."""

    overlap: Float[Tensor, "orbital orbital"]
    """Dimensionless."""

    leads: SelfEnergies
    """At each of the energies."""

    energies: Float[np.ndarray, " energy"]
    """In eV against the Fermi level."""

    fermi_level: float
    """In eV, on the scale of the Hamiltonian."""


@runtime_checkable
class DeviceLabeler(Labeler, Protocol):
    """A labeler that can show what its labels of junctions between wires are made of."""

    def device(self, junction: Junction) -> OpenDevice:
        """Return the junction with its leads attached.

        Raises
        ------
        LabelError
            As `label` does, or if the leads are surfaces.
        """
        ...


def make_device_labeler(name: str, **options: Any) -> DeviceLabeler:
    """Make a labeler by name that can show a junction with its leads attached.

    Raises
    ------
    InvalidInputError
        As `make_labeler` does, or if this one has none to show.
    """
    labeler = make_labeler(name, **options)
    if not isinstance(labeler, DeviceLabeler):
        raise InvalidInputError(
            f"channels on atoms need a labeler that has them, but {name} has none; try --labeler "
            "gpaw or tight-binding",
            name=name,
        )
    return labeler


@dataclass(frozen=True, slots=True, eq=False)
class AtomicChannels:
    """Eigenchannels and density of states at one energy, on atoms."""

    energy: float
    """In eV against the Fermi level."""

    transmissions: Float[np.ndarray, " channel"]
    """Of each channel, descending."""

    weights: Float[np.ndarray, "channel atom"]
    """Mulliken weight of the scattering state from the left, in 1/eV."""

    from_left: Float[np.ndarray, " atom"]
    """Density of states that come in from the left, in 1/eV, both spins."""

    from_right: Float[np.ndarray, " atom"]
    """Of those from the right."""


def atomic_channels(device: OpenDevice, energy: float, n_channel: int) -> AtomicChannels:
    """Compute where the most transparent channels are, and the local density of states.

    Parameters
    ----------
    device
        The junction with its leads.
    energy
        In eV against the Fermi level; the nearest one that the labeler's grid has is taken.
    n_channel
        How many channels.

    Raises
    ------
    InvalidInputError
        If the energy lies outside the grid, or a layer has not so many orbitals.
    """
    low, high = float(device.energies[0]), float(device.energies[-1])
    if not low <= energy <= high:
        raise InvalidInputError(
            f"the energy must be within {low:g} to {high:g} eV of E_F, where the leads are known, "
            f"but is {energy:g}; try --option energy_range_ev={abs(energy):g}"
        )
    at = int(np.abs(device.energies - energy).argmin())
    leads, found = device.leads.part(torch.tensor([at])), float(device.energies[at])
    pair, absolute = (device.hamiltonian, device.overlap), found + device.fermi_level
    atoms = torch.from_numpy(device.orbital_atoms)
    states = scattering_states(*pair, leads, absolute, n_channel)
    density = local_density(*pair, leads, torch.tensor([absolute], dtype=torch.float64), atoms)
    return AtomicChannels(
        energy=found,
        transmissions=states.transmissions.numpy(),
        weights=states.weight(device.overlap, atoms).numpy(),
        from_left=density.from_left[0].numpy(),
        from_right=density.from_right[0].numpy(),
    )
