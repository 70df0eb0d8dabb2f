"""A cell between known leads: its ends are the electrode's, and its boundary can be joined."""

from dataclasses import dataclass

import numpy as np

from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.exact import ExactParts
from sekkei.model.hamiltonian.response import close_seam
from sekkei.shapes import Float
from sekkei.transport.electrode.matrices import ElectrodeMatrices
from sekkei.transport.junction_ends import onsite_shift


@dataclass(frozen=True, slots=True, eq=False)
class OpenCell:
    """A cell with all that is known of it before its potential."""

    cell: Cell
    parts: ExactParts
    electrode: ElectrodeMatrices

    @property
    def lead_size(self) -> int:
        """Orbitals of one period of the electrode."""
        return len(self.electrode.overlap[0])

    def aligned(
        self, potential: Float[np.ndarray, "orbital orbital"]
    ) -> Float[np.ndarray, "orbital orbital"]:
        """Shift a potential so that the levels of both ends are the electrode's."""
        overlap, electrode = self.parts.overlap, self.electrode
        bulk = electrode.hamiltonian[0] - electrode.fermi_level * electrode.overlap[0]
        shift = onsite_shift(potential + self.parts.fixed, overlap, bulk)
        return np.asarray(potential + shift * overlap)

    def closed(
        self, matrix: Float[np.ndarray, "orbital orbital"]
    ) -> Float[np.ndarray, "orbital orbital"]:
        """Join both ends as the first periods are joined: those are the perfect electrode."""
        n = self.lead_size
        blocks = [matrix[:n, at * n : (at + 1) * n] for at in range(len(self.electrode.overlap))]
        return close_seam(matrix, np.stack(blocks))

    def within_reach(
        self, matrix: Float[np.ndarray, "orbital orbital"]
    ) -> Float[np.ndarray, "orbital orbital"]:
        """Drop what joins atoms whose functions do not overlap, or only around the boundary."""
        starts, owners = self.parts.starts[:-1], self.parts.orbital_atoms
        rows = np.maximum.reduceat(np.abs(self.parts.overlap), starts, axis=0)
        is_near = np.maximum.reduceat(rows, starts, axis=1) > 0.0
        return np.asarray(matrix * is_near[owners[:, None], owners])
