"""From a junction to its learned Hamiltonian, and from there to what it conducts."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sekkei.errors import LabelError
from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.describe import describe
from sekkei.model.hamiltonian.leads import LeadTable
from sekkei.model.hamiltonian.open_cell import OpenCell
from sekkei.model.hamiltonian.potential_map import PotentialMap
from sekkei.model.hamiltonian.self_consistency import ConsistencyOptions, make_consistent
from sekkei.shapes import Float, Int
from sekkei.structure.junction import Junction
from sekkei.structure.lead import Leads, check_overlap, close_leads
from sekkei.transport.electrode.matrices import ElectrodeMatrices
from sekkei.transport.kernel.landauer import transmission
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

    electrode: ElectrodeMatrices
    """With self-energies at ``energies``."""

    energies: Float[np.ndarray, " energy"]
    """In eV against the Fermi level."""

    before: Float[Tensor, "orbital orbital"]
    """The Hamiltonian before the last step towards self-consistency."""

    crowding: Float[Tensor, "atom 2"]
    """How crowded each atom is."""

    def transmission(self) -> Float[np.ndarray, " energy"]:
        """Return T(E) by Landauer's formula."""
        return np.asarray(self.transmission_tensor().detach().numpy())

    def transmission_tensor(self) -> Float[Tensor, " energy"]:
        """Return the same as a function of all that the matrices are functions of."""
        return self._transmission(self.hamiltonian, np.arange(len(self.energies)))

    def last_change(self) -> float:
        """Return by how much the last step changed T at the middle energy."""
        middle = np.array([len(self.energies) // 2])
        now, before = (self._transmission(h, middle) for h in (self.hamiltonian, self.before))
        return float((now[0] - before[0]).abs())

    def _transmission(
        self, hamiltonian: Float[Tensor, "orbital orbital"], at: Int[np.ndarray, " energy"]
    ) -> Float[Tensor, " energy"]:
        return transmission(
            hamiltonian.contiguous(),
            self.overlap,
            self.electrode.leads.part(torch.from_numpy(at)),
            torch.from_numpy(self.energies[at]),
        )


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
        leads, electrode = self.place(junction, energies)
        return self.open(self.close(leads, electrode), electrode, energies)

    def place(
        self, junction: Junction, energies: Float[np.ndarray, " energy"]
    ) -> tuple[Leads, ElectrodeMatrices]:
        """Turn a junction about z to where its electrode is known.

        Raises
        ------
        LabelError
            As `device` does, but for pairs of elements.
        """
        check_known(junction, self.elements)
        check_overlap(junction)
        leads, which = self.leads.place(junction)
        return leads, self.leads.matrices(which, energies)

    def close(self, leads: Leads, electrode: ElectrodeMatrices) -> Cell:
        """Extend both leads until they meet."""
        n_period = max(LEAD_PERIODS, electrode.layer_periods)
        return Cell.from_closed(close_leads(leads, n_period))

    def open(
        self,
        cell: Cell,
        electrode: ElectrodeMatrices,
        energies: Float[np.ndarray, " energy"],
        moving: tuple[Float[Tensor, "atom 3"], Float[Tensor, ""]] | None = None,
    ) -> LearnedDevice:
        """Return the learned Hamiltonian of a cell between leads.

        Parameters
        ----------
        cell, electrode, energies
            As `place` and `close` give them.
        moving
            As in `describe`: positions and length of the cell that results are functions of.

        Raises
        ------
        LabelError
            If two elements stand within reach of each other that never did in the training.
        """
        found = describe(cell, self.tables, self.elements, moving)
        start = self.local.tensor(found)
        opened = OpenCell(cell, found.parts, electrode)
        free = self.free.tensor(found) if self.options.n_step else start
        places = None if moving is None else found.around.places
        potentials = make_consistent(start, free, opened, self.tables, self.options, places)
        now, before = (potential + found.parts.fixed for potential in potentials)
        crowding = found.around.environment.crowding
        return LearnedDevice(now, found.parts.overlap, electrode, energies, before, crowding)

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
