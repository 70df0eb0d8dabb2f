"""A cell between known leads: its ends are the electrode's, and its boundary can be joined."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.exact import ExactParts
from sekkei.model.hamiltonian.response import close_seam
from sekkei.shapes import Float
from sekkei.transport.electrode.matrices import ElectrodeMatrices


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
        self, potential: Float[Tensor, "orbital orbital"]
    ) -> Float[Tensor, "orbital orbital"]:
        """Shift a potential so that the levels of both ends are the electrode's."""
        overlap, electrode = self.parts.overlap, self.electrode
        bulk = electrode.hamiltonian[0] - electrode.fermi_level * electrode.overlap[0]
        shift = self._onsite_shift(potential + self.parts.fixed, torch.from_numpy(bulk))
        return potential + shift * overlap

    def closed(self, matrix: Float[Tensor, "orbital orbital"]) -> Float[Tensor, "orbital orbital"]:
        """Join both ends as the first periods are joined: those are the perfect electrode."""
        n = self.lead_size
        blocks = [matrix[:n, at * n : (at + 1) * n] for at in range(len(self.electrode.overlap))]
        return close_seam(matrix, torch.stack(blocks))

    def within_reach(
        self, matrix: Float[Tensor, "orbital orbital"]
    ) -> Float[Tensor, "orbital orbital"]:
        """Drop what joins atoms whose functions do not overlap, or only around the boundary."""
        starts, owners = self.parts.starts[:-1], self.parts.orbital_atoms
        size = np.abs(self.parts.overlap.detach().numpy())
        rows = np.maximum.reduceat(size, starts, axis=0)
        is_near = np.maximum.reduceat(rows, starts, axis=1) > 0.0
        return matrix * torch.from_numpy(is_near[owners[:, None], owners])

    def _onsite_shift(
        self, hamiltonian: Float[Tensor, "orbital orbital"], bulk: Float[Tensor, "lead lead"]
    ) -> Float[Tensor, ""]:
        """Return what `sekkei.transport.junction_ends.onsite_shift` does, as a tensor."""
        n, overlap = self.lead_size, self.parts.overlap
        missing = [
            (bulk - hamiltonian[part, part]).diagonal() / overlap[part, part].diagonal()
            for part in (slice(0, n), slice(-n, None))
        ]
        return torch.stack(missing).mean()
