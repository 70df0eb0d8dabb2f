r"""Recursive Green function: elimination of one slice after the other, from left to right.

With the blocks :math:`A_{ij}` of :math:`E S - H - \Sigma`,

.. math:: D_1 = A_{11},\quad X_k = D_k^{-1} A_{k,k+1},\quad
          D_{k+1} = A_{k+1,k+1} - A_{k+1,k} X_k,\quad
          G_{1N} = (-1)^{N-1} X_1 X_2 \cdots X_{N-1} D_N^{-1}

so that no matrix is larger than a slice.

References
----------
.. [1] D. J. Thouless and S. Kirkpatrick, J. Phys. C 14, 235 (1981),
   doi:10.1088/0022-3719/14/3/007.
.. [2] A. MacKinnon, Z. Phys. B 59, 385 (1985), doi:10.1007/BF01328846.
"""

from itertools import pairwise

import torch
from torch import Tensor

from sekkei.shapes import Complex, Float, Inexact
from sekkei.transport.kernel.self_energy import SelfEnergies
from sekkei.transport.kernel.slicing import Slicing


def corner_by_slices(
    hamiltonian: Inexact[Tensor, "*junction orbital orbital"],
    overlap: Inexact[Tensor, "*junction orbital orbital"],
    leads: SelfEnergies,
    energies: Float[Tensor, " energy"],
    slicing: Slicing,
) -> Complex[Tensor, "*junction energy layer layer"]:
    """Green function from the last principal layer to the first one.

    Parameters
    ----------
    hamiltonian, overlap
        In the order of ``slicing``; energies in eV.
    leads
        Self-energies on the same grid; their precision is that of the result.
    energies
        In eV.
    slicing
        That fits the sparsity: what reaches beyond neighbours is not looked at here.
    """
    parts, n_layer, dtype = slicing.parts, leads.left.shape[-1], leads.left.dtype
    grid = energies[:, None, None]

    def block(row: slice, column: slice) -> Tensor:
        # In double precision up to here: E S and H cancel.
        s, h = (x[..., row, column].unsqueeze(-3) for x in (overlap, hamiltonian))
        return (grid * s - h).to(dtype)

    pivot = block(parts[0], parts[0])
    pivot[..., :n_layer, :n_layer] -= leads.left
    links: list[Tensor] = []
    for here, following in pairwise(parts):
        links.append(torch.linalg.solve(pivot, block(here, following)))
        back = block(following, here)
        pivot = block(following, following)
        pivot -= back @ links[-1]
    pivot[..., -n_layer:, -n_layer:] -= leads.right
    green = torch.linalg.solve(pivot, last_columns(pivot, n_layer))
    for link in reversed(links[1:]):
        green = link @ green
    corner: Tensor = links[0][..., :n_layer, :] @ green
    return corner if len(links) % 2 == 0 else -corner


def last_columns(matrix: Tensor, n_layer: int) -> Tensor:
    """Return the last columns of the identity, for each matrix of a batch."""
    n = matrix.shape[-1]
    columns = torch.zeros(n, n_layer, dtype=matrix.dtype, device=matrix.device)
    columns[-n_layer:] = torch.eye(n_layer, dtype=matrix.dtype, device=matrix.device)
    return columns.expand(*matrix.shape[:-2], n, n_layer)
