"""Where the channels and the electrons of a junction are, atom by atom."""

from dataclasses import dataclass

import numpy as np
import torch

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.structure.lead_room import check_lead_room
from sekkei.transport.device_labeler import DeviceLabeler
from sekkei.transport.kernel.density import local_density
from sekkei.transport.kernel.eigenchannels import scattering_states
from sekkei.transport.open_device import OpenDevice


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
        The junction with its leads, which are wires.
    energy
        In eV against the Fermi level; the nearest one that the labeler's grid has is taken.
    n_channel
        How many channels.

    Raises
    ------
    ElectrodeError
        If the leads are surfaces.
    InvalidInputError
        If the energy lies outside the grid, or a layer has not so many orbitals.
    """
    part = device.only_part()
    low, high = float(device.energies[0]), float(device.energies[-1])
    if not low <= energy <= high:
        raise InvalidInputError(
            f"the energy must be within {low:g} to {high:g} eV of E_F, where the leads are known, "
            f"but is {energy:g}; try --option energy_range_ev={abs(energy):g}"
        )
    _check_count(n_channel, part.self_energies.left.shape[-1])
    at = int(np.abs(device.energies - energy).argmin())
    leads, found = part.self_energies.part(torch.tensor([at])), float(device.energies[at])
    pair, absolute = (part.hamiltonian, part.overlap), found + device.fermi_level
    atoms = torch.from_numpy(device.orbital_atoms)
    states = scattering_states(*pair, leads, absolute, n_channel)
    density = local_density(*pair, leads, torch.tensor([absolute], dtype=torch.float64), atoms)
    return AtomicChannels(
        energy=found,
        transmissions=states.transmissions.numpy(),
        weights=states.weight(part.overlap, atoms).numpy(),
        from_left=density.from_left[0].numpy(),
        from_right=density.from_right[0].numpy(),
    )


def junction_channels(
    labeler: DeviceLabeler, junction: Junction, energy: float, n_channel: int
) -> tuple[OpenDevice, AtomicChannels]:
    """Open a junction and find its channels; parameters and refusals as `atomic_channels`.

    Raises
    ------
    LabelError
        If the junction cannot be labelled, or its device reaches into the outermost period of a
        lead.
    """
    check_lead_room(junction)
    device = labeler.device(junction)
    return device, atomic_channels(device, energy, n_channel)


def _check_count(n_channel: int, most: int) -> None:
    if not 1 <= n_channel <= most:
        raise InvalidInputError(
            f"--count must be 1 to {most}, as many channels as there can be, but is {n_channel}; "
            f"try --count {most}"
        )
