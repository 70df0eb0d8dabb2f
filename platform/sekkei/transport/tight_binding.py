r"""A labeler without an engine: one s orbital per atom, hopping that decays with distance.

It runs where GPAW cannot be built, on every structure that DFT labels, within milliseconds. It is
a model, not first principles: its hopping gives the band of a crystal the free-electron mass at
its bottom, :math:`t = \hbar^2 / (2 m a^2)`, and nothing is fitted to a conductance.
"""

import time
from typing import Annotated, Any

import numpy as np
import torch
from ase.data import chemical_symbols
from pydantic import Field
from scipy.spatial import cKDTree
from torch import Tensor
from typing_extensions import override

from sekkei import __version__
from sekkei.arrays import freeze
from sekkei.errors import InvalidInputError, LabelError
from sekkei.identity import content_hash
from sekkei.shapes import Float, Int
from sekkei.specification import Specification, parse_specification
from sekkei.structure.electrode import Electrode
from sekkei.structure.element import lattice_constant
from sekkei.structure.junction import DEVICE, Junction
from sekkei.structure.lead import Leads, check_overlap, close_leads, recognise_leads
from sekkei.threads import few_threads
from sekkei.transport.device_labeler import DeviceLabeler
from sekkei.transport.electrode.bands import ElectrodeBands, band_energies
from sekkei.transport.electrode.matrices import ElectrodeMatrices, electrode_arrays
from sekkei.transport.energy_grid import EnergyStep, WindowWidth
from sekkei.transport.kernel.gradients import position_gradient
from sekkei.transport.open_device import DevicePart, OpenDevice, Supercell

FREE_ELECTRON_EV_ANGSTROM2 = 3.80998
"""hbar^2 / (2 m_e) in eV Å²."""

NEIGHBOUR_FACTOR = np.sqrt(3.0) / 2.0
"""Nearest-neighbour distance of bcc in lattice constants."""


class TightBindingOptions(Specification):
    """What may be set in the tight-binding model."""

    decay: Annotated[float, Field(gt=0.0)] = 0.19
    """Length over which the hopping falls by a factor e, in lattice constants."""

    cutoff: Annotated[float, Field(gt=1.0)] = 1.8
    """Hopping ends at this multiple of the nearest-neighbour distance."""

    energy_range_ev: Annotated[float, Field(gt=0.0)] = 0.5
    """T(E) is computed within so far of the Fermi level."""

    energy_step_ev: EnergyStep = 0.01
    """Spacing of that grid."""

    window_ev: WindowWidth = 0.05
    """Half width of the window mean."""

    edge_ev: Annotated[float, Field(ge=0.0)] = 0.001
    """An electrode with a band edge nearer to the Fermi level is refused."""


class TightBindingLabeler(DeviceLabeler):
    """Labels junctions with one s orbital per atom and half a band filled."""

    def __init__(self, options: TightBindingOptions | None = None) -> None:
        self.options = options or TightBindingOptions()
        steps = round(self.options.energy_range_ev / self.options.energy_step_ev)
        self.energies = freeze(np.arange(-steps, steps + 1) * self.options.energy_step_ev)
        self._electrodes: dict[str, ElectrodeMatrices] = {}

    @classmethod
    def from_options(cls, **options: Any) -> "TightBindingLabeler":
        """Make a labeler from plain options.

        Raises
        ------
        InvalidInputError
            If an option is unknown or out of range.
        """
        return cls(parse_specification(options, TightBindingOptions))

    @property
    @override
    def recipe(self) -> str:
        return content_hash("tight-binding", 1, self.options.model_dump(mode="json"))

    @property
    @override
    def engine(self) -> str:
        return f"sekkei tight-binding {__version__} (a model, not first principles)"

    @override
    @few_threads()
    def device(self, junction: Junction) -> OpenDevice:
        leads, electrode, started = *self._open(junction), time.process_time()
        closed = close_leads(leads, electrode.layer_periods)
        n = closed.numbers.size
        hamiltonian = _hamiltonian(
            closed.numbers, closed.positions, closed.numbers, closed.positions, self.options
        )
        part = DevicePart(
            k_point=np.zeros(2),
            weight=1.0,
            hamiltonian=torch.from_numpy(hamiltonian),
            overlap=torch.eye(n, dtype=torch.float64),
            electrode=electrode,
        )
        return OpenDevice(
            leads=leads,
            numbers=closed.numbers,
            positions=closed.positions,
            orbital_atoms=np.arange(n),
            parts=(part,),
            energies=self.energies,
            window=self.options.window_ev,
            recipe=self.recipe,
            engine=self.engine,
            supercell=Supercell(n, n, closed.length, closed.n_period),
            cpu_seconds=time.process_time() - started,
        )

    def gradient(self, junction: Junction) -> Float[np.ndarray, "atom 3"]:
        """Slope of the conductance by positions; see `sekkei.transport.kernel.gradients`."""
        leads, electrode = self._open(junction)
        closed = close_leads(leads, electrode.layer_periods)
        kinds = _lattice(closed.numbers)
        lattice = torch.from_numpy((kinds[:, None] + kinds[None]) / 2.0)
        overlap = torch.eye(len(lattice), dtype=torch.float64)
        slope = position_gradient(
            lambda positions: (_hopping(positions, positions, lattice, self.options), overlap),
            closed.positions,
            electrode.leads.part(torch.tensor([len(self.energies) // 2])),
            electrode.fermi_level,
        )
        found = np.zeros_like(junction.positions)
        is_device = junction.regions == DEVICE
        # Atoms of the device stand in the closed junction where they stood, in another order.
        _, place = cKDTree(closed.positions).query(junction.positions[is_device])
        found[is_device] = slope[place]
        return found

    def electrode_bands(self, wire: Electrode) -> ElectrodeBands:
        """Return what the bands of a wire are computed from, near edges or not.

        Raises
        ------
        LabelError
            If the model does not treat it.
        """
        found = self._matrices(wire)
        return ElectrodeBands(
            freeze(found.hamiltonian),
            freeze(found.overlap),
            found.fermi_level,
            self.options.edge_ev,
        )

    def _open(self, junction: Junction) -> tuple[Leads, ElectrodeMatrices]:
        check_overlap(junction)
        leads = recognise_leads(junction)
        electrode = self._matrices(leads.electrode)
        electrode.check_usable(self.options.edge_ev)
        return leads, electrode

    def _matrices(self, wire: Electrode) -> ElectrodeMatrices:
        if wire.lateral_period is not None:
            raise LabelError(
                "the tight-binding model treats wires in vacuum, but the leads are surfaces "
                f"with lateral periods of {wire.lateral_period[0]:g} and "
                f"{wire.lateral_period[1]:g} Å; use labeler gpaw"
            )
        key = content_hash(wire.numbers, np.round(wire.positions, 6) + 0.0, round(wire.period, 6))
        if key not in self._electrodes:
            self._electrodes[key] = ElectrodeMatrices.from_arrays(self._solve(wire))
        return self._electrodes[key]

    def _solve(self, wire: Electrode) -> dict[str, np.ndarray]:
        reach = self.options.cutoff * NEIGHBOUR_FACTOR * _lattice(wire.numbers).max()
        n_cell = int(np.ceil(reach / wire.period)) + 3
        blocks = np.stack(
            [
                _hamiltonian(
                    wire.numbers,
                    wire.positions,
                    wire.numbers,
                    wire.positions + np.array([0.0, 0.0, i_cell * wire.period]),
                    self.options,
                )
                for i_cell in range(n_cell)
            ]
        )
        overlap = np.zeros_like(blocks)
        overlap[0] = np.eye(len(wire.numbers))
        # One electron per atom fills half of the states, both spins counted.
        bands = np.sort(band_energies(blocks, overlap), axis=None)
        return electrode_arrays(blocks, overlap, float(np.median(bands)), self.energies)


def _hamiltonian(
    numbers: Int[np.ndarray, " row"],
    positions: Float[np.ndarray, "row 3"],
    other_numbers: Int[np.ndarray, " column"],
    other_positions: Float[np.ndarray, "column 3"],
    options: TightBindingOptions,
) -> Float[np.ndarray, "row column"]:
    lattice = (_lattice(numbers)[:, None] + _lattice(other_numbers)[None]) / 2.0
    here, there = torch.tensor(positions), torch.tensor(other_positions)
    return _hopping(here, there, torch.from_numpy(lattice), options).numpy()


def _hopping(
    positions: Float[Tensor, "row 3"],
    other_positions: Float[Tensor, "column 3"],
    lattice: Float[Tensor, "row column"],
    options: TightBindingOptions,
) -> Float[Tensor, "row column"]:
    """Matrix elements in eV; differentiable in the positions."""
    squared = ((positions[:, None] - other_positions[None]) ** 2).sum(dim=-1)
    is_self = squared < 1e-12
    # The root has no slope at zero, where no hopping is either.
    distance = torch.where(is_self, 1.0, squared).sqrt()
    nearest = NEIGHBOUR_FACTOR * lattice
    size = -FREE_ELECTRON_EV_ANGSTROM2 / lattice**2
    matrix = size * torch.exp(-(distance - nearest) / (options.decay * lattice))
    # Smooth to zero, so that T(E) does not jump when an atom passes the cut-off.
    outer = (distance / nearest).clamp(1.0, options.cutoff)
    taper = torch.cos(0.5 * torch.pi * (outer - 1.0) / (options.cutoff - 1.0)) ** 2
    return torch.where(is_self, 0.0, matrix * taper)


def _lattice(numbers: Int[np.ndarray, " atom"]) -> Float[np.ndarray, " atom"]:
    try:
        known = {number: lattice_constant(chemical_symbols[number]) for number in set(numbers)}
    except InvalidInputError as error:
        raise LabelError(error.message, **error.facts) from error
    return np.array([known[number] for number in numbers])
