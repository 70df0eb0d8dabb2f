"""A cell between known leads: its ends are the electrode's, and its boundary can be joined."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sekkei.errors import InvalidInputError
from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.exact import ExactParts
from sekkei.model.hamiltonian.response import close_seam
from sekkei.shapes import Bool, Float
from sekkei.transport.electrode.matrices import ElectrodeMatrices
from sekkei.transport.kernel.slicing import Slicing, find_slicing, sparsity


@dataclass(frozen=True, eq=False)
class OpenCell:
    """A cell with all that is known of it before its potential."""

    cell: Cell
    parts: ExactParts
    electrode: ElectrodeMatrices

    @property
    def lead_size(self) -> int:
        """Orbitals of one period of the electrode."""
        return len(self.electrode.overlap[0])

    @cached_property
    def slicing(self) -> Slicing:
        """Slices of the open cell that touch their neighbours only, a layer of a lead at each end.

        Raises
        ------
        InvalidInputError
            If the layers of both leads are not apart.
        """
        pattern = sparsity(self.parts.fixed, self.parts.overlap)
        found = find_slicing(pattern, self.lead_size * self.electrode.layer_periods)
        if found is None:
            raise InvalidInputError(
                f"a cell must hold {self.electrode.layer_periods} periods of its electrode at each "
                f"end, but has {len(pattern)} orbitals of {self.lead_size} a period; use a longer "
                "one"
            )
        return found

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

    def product_of_near(
        self, weighted: Float[Tensor, "orbital state"], duals: Float[Tensor, "orbital state"]
    ) -> Float[Tensor, "orbital orbital"]:
        """Multiply, for pairs of atoms whose functions overlap, and not around the boundary."""
        # One product of all is faster than those of slices: single precision is kept until then.
        return ((weighted @ duals.T) * torch.from_numpy(self._near)).double()

    def within_reach(
        self, matrix: Float[Tensor, "orbital orbital"]
    ) -> Float[Tensor, "orbital orbital"]:
        """Drop what joins atoms whose functions do not overlap, or only around the boundary."""
        return matrix * torch.from_numpy(self._near)

    @cached_property
    def _near(self) -> Bool[np.ndarray, "orbital orbital"]:
        starts, owners = self.parts.starts[:-1], self.parts.orbital_atoms
        overlaps = self.parts.overlap.detach().numpy() != 0.0
        rows = np.logical_or.reduceat(overlaps, starts, axis=0)
        is_near = np.logical_or.reduceat(rows, starts, axis=1)
        return np.asarray(is_near[owners[:, None], owners])

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
