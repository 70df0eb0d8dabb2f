"""From a junction to its learned Hamiltonian, and from there to what it conducts."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sekkei.errors import LabelError
from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.describe import describe
from sekkei.model.hamiltonian.leads import LeadTable, OpenLead
from sekkei.model.hamiltonian.open_cell import OpenCell
from sekkei.model.hamiltonian.potential_map import PotentialMap, predict_together
from sekkei.model.hamiltonian.self_consistency import ConsistencyOptions, make_consistent
from sekkei.shapes import Float, Int
from sekkei.structure.junction import Junction
from sekkei.structure.lead import Leads, check_overlap, close_leads
from sekkei.transport.kernel.open_channels import (
    OpenChannels,
    channel_transmission,
    transmission_amplitudes,
)
from sekkei.transport.kernel.slicing import Slicing
from sekkei.transport.two_centre import TwoCentreTables

LEAD_PERIODS = 3
"""Periods of the electrode at each end at least, as in a label."""


@dataclass(frozen=True, slots=True, eq=False)
class LearnedDevice:
    """An open junction with its learned Hamiltonian."""

    hamiltonian: Float[Tensor, "orbital orbital"]
    """Against the electrode's Fermi level, in eV."""

    overlap: Float[Tensor, "orbital orbital"]
    """Dimensionless."""

    lead: OpenLead
    """At the energies of T."""

    slicing: Slicing
    """Of all three matrices."""

    before: Float[Tensor, "orbital orbital"]
    """The Hamiltonian before the last step towards self-consistency."""

    crowding: Float[Tensor, "atom 2"]
    """How crowded each atom is."""

    lowest_ev: float
    """The lowest state that the local model gives, against the Fermi level; NaN without a step."""

    def transmission(self) -> Float[np.ndarray, " energy"]:
        """Return T(E) by Landauer's formula."""
        return np.asarray(self.transmission_tensor().detach().numpy())

    def transmission_tensor(self) -> Float[Tensor, " energy"]:
        """Return the same as a function of all that the matrices are functions of."""
        return channel_transmission(*self._problem(self.hamiltonian, self._every))

    def eigenchannels(self) -> Float[np.ndarray, "energy channel"]:
        """Return eigenchannel transmissions, descending; their sum is T(E)."""
        amplitudes = transmission_amplitudes(*self._problem(self.hamiltonian, self._every))
        return np.asarray(torch.linalg.svdvals(amplitudes).square().detach().numpy())

    def middle_before(self) -> float:
        """Return T at the middle energy before the last step."""
        middle = np.array([len(self.lead.energies) // 2])
        return float(channel_transmission(*self._problem(self.before, middle))[0])

    @property
    def _every(self) -> Int[np.ndarray, " energy"]:
        return np.arange(len(self.lead.energies))

    def _problem(
        self, hamiltonian: Float[Tensor, "orbital orbital"], at: Int[np.ndarray, " energy"]
    ) -> tuple[Tensor, Tensor, OpenChannels, Tensor, Slicing]:
        channels = self.lead.channels.part(torch.from_numpy(at))
        energies = torch.from_numpy(self.lead.energies[at])
        return hamiltonian, self.overlap, channels, energies, self.slicing


@dataclass(frozen=True, slots=True, eq=False)
class HamiltonianSolver:
    """Everything between a structure and its Hamiltonian; knows no labels and no intervals."""

    tables: TwoCentreTables
    """What is exact."""

    free: PotentialMap
    """Potential of free atoms: an exact sum over atoms."""

    local: PotentialMap
    """The self-consistent potential as far as surroundings decide it."""

    leads: LeadTable
    """Electrodes that it knows."""

    elements: tuple[int, ...]
    """Atomic numbers that it knows, ascending."""

    options: ConsistencyOptions
    """How far electrons are made to agree with their potential."""

    def device(self, junction: Junction, energies: Float[np.ndarray, " energy"]) -> LearnedDevice:
        """Return the learned Hamiltonian of a junction.

        Raises
        ------
        LabelError
            If the junction has elements, pairs of elements or an electrode that the model was not
            trained on, or atoms that overlap.
        """
        leads, lead = self.place(junction, energies)
        return self.open(self.close(leads, lead), lead)

    def place(
        self, junction: Junction, energies: Float[np.ndarray, " energy"]
    ) -> tuple[Leads, OpenLead]:
        """Turn a junction about z to where its electrode is known.

        Raises
        ------
        LabelError
            As `device` does, but for pairs of elements.
        """
        check_known(junction, self.elements)
        check_overlap(junction)
        leads, which = self.leads.place(junction)
        return leads, self.leads.open(which, energies)

    def close(self, leads: Leads, lead: OpenLead) -> Cell:
        """Extend both leads until they meet."""
        n_period = max(LEAD_PERIODS, lead.matrices.layer_periods)
        return Cell.from_closed(close_leads(leads, n_period))

    def open(
        self,
        cell: Cell,
        lead: OpenLead,
        moving: tuple[Float[Tensor, "atom 3"], Float[Tensor, ""]] | None = None,
    ) -> LearnedDevice:
        """Return the learned Hamiltonian of a cell between leads.

        Parameters
        ----------
        cell, lead
            As `place` and `close` give them.
        moving
            As in `describe`: positions and length of the cell that results are functions of.

        Raises
        ------
        LabelError
            If two elements stand within reach of each other that never did in the training.
        """
        found = describe(cell, self.tables, self.elements, moving)
        opened = OpenCell(cell, found.parts, lead.matrices)
        if self.options.n_step:
            start, free = predict_together([self.local, self.free], found)
        else:
            start = free = self.local.tensor(found)
        places = None if moving is None else found.around.places
        agreed = make_consistent(start, free, opened, self.tables, self.options, places)
        now, before = (matrix + found.parts.fixed for matrix in (agreed.matrix, agreed.before))
        return LearnedDevice(
            now,
            found.parts.overlap,
            lead,
            opened.slicing,
            before,
            found.around.environment.crowding,
            agreed.lowest_ev,
        )

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays of coefficients, tables and electrodes."""
        arrays = {f"tables.{name}": value for name, value in self.tables.to_arrays().items()}
        for name, learned in (("free", self.free), ("local", self.local)):
            arrays |= {f"{name}.{key}": value for key, value in learned.coefficients.items()}
        for at, lead in enumerate(self.leads.known):
            arrays |= {f"lead{at}.{name}": value for name, value in lead.to_arrays().items()}
        return arrays


def check_known(junction: Junction, elements: tuple[int, ...]) -> None:
    """Refuse elements that a model was not trained on.

    Raises
    ------
    LabelError
        Naming them.
    """
    strangers = sorted(set(junction.numbers.tolist()) - set(elements))
    if strangers:
        raise LabelError(
            f"a learned Hamiltonian must know all elements, but it was trained on atomic numbers "
            f"{list(elements)} and the junction holds {strangers}; train one with them",
            elements=strangers,
        )
