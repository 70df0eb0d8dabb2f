r"""The map of one pair of elements, ready to be multiplied.

Seen from its other end a pair has the same sums over third atoms, conjugated, with both radial
functions exchanged. So the coefficients are exchanged instead, and one product gives both
directions. What is left is linear, too: elements of the block by :math:`|m_1 - m_2|` are put into
the block in the frame of the pair by one matrix.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from sekkei.model.hamiltonian.environment import Environment
from sekkei.model.hamiltonian.pair_feature import (
    ALONG_Z,
    N_WEIGHTED,
    SWAPPED,
    ThirdAtoms,
    own_numbers,
    radial_parts,
)
from sekkei.model.hamiltonian.rotation import REVERSED, BlockLayout, rotations
from sekkei.shapes import Float

_OWN_REVERSED = ((0, 2, 1, 4, 3, 5, 7, 6, 9, 8), (1, 0))
"""Where numbers of both atoms stand if the other atom is the first, of orders 0 and 1."""

_OWN_ALONG = (8, 9)
"""Numbers of order 0 that point along the axis."""


@dataclass(frozen=True, slots=True, eq=False)
class PairMap:
    """Coefficients of a pair of elements, in single precision and in both directions."""

    matrices: tuple[tuple[Float[Tensor, "_ _"], ...], ...]
    """For each order: of sums over third atoms, of weighted ones, and of the pair's own numbers;
    the columns of each are radial functions times elements."""

    into_block: Float[Tensor, "element block"]
    """Real and imaginary parts of all elements to the block in the frame of the pair."""

    shape: tuple[int, int]
    """Of a block."""

    is_weighted: bool
    """Whether weighted sums are used."""

    @classmethod
    def of(
        cls,
        coefficients: Sequence[Float[np.ndarray, "_ _"]],
        layout: BlockLayout,
        n_element: int,
        present: tuple[int, ...],
        *,
        is_weighted: bool,
    ) -> "PairMap":
        """Prepare coefficients, one matrix for each order.

        Parameters
        ----------
        coefficients
            Of features as `pair_features` gives them.
        layout
            Of the blocks.
        n_element
            Channels of elements in the coefficients.
        present
            Which of them are met: the others are left out.
        is_weighted
            Whether coefficients of weighted sums are among them.
        """
        matrices = tuple(
            _both_ways(matrix, order, layout, n_element, present, is_weighted=is_weighted)
            for order, matrix in enumerate(coefficients)
        )
        block = _into_block(layout).to(torch.float32)
        shape = (_size(layout.first), _size(layout.second))
        return cls(matrices, block, shape, is_weighted)

    def blocks(
        self, found: ThirdAtoms, environment: Environment
    ) -> Float[Tensor, "pair first second"]:
        """Return the blocks of pairs in their frames."""
        radial, made = radial_parts(found.scaled), []
        for order, matrices in enumerate(self.matrices):
            own = own_numbers(found, environment, order, reverse=False, full=self.is_weighted)
            for part in (0, 1):
                sums = found.sums[:, order, part]
                numbers, kept = [sums[:, : found.n_element].flatten(1)], [radial[0]]
                if self.is_weighted:
                    numbers.append(sums[:, found.n_element :].flatten(1))
                    kept.append(radial[1])
                if own is not None:
                    numbers.append(own.imag if part else own.real)
                    kept.append(radial[2])
                made.append(_multiply(numbers, matrices, kept))
        return (torch.cat(made, dim=1) @ self.into_block).view(-1, *self.shape)


def _multiply(
    numbers: Sequence[Float[Tensor, "pair _"]],
    matrices: Sequence[Float[Tensor, "_ _"]],
    radial: Sequence[Float[Tensor, "pair _"]],
) -> Float[Tensor, "pair element"]:
    """Sum products of numbers, coefficients, and functions of the distance."""
    total = numbers[0].new_zeros(())
    for number, matrix, some in zip(numbers, matrices, radial, strict=True):
        product = (number @ matrix).view(*some.shape, -1)
        total = total + torch.einsum("prm,pr->pm", product, some)
    return total


def _both_ways(
    matrix: Float[np.ndarray, "feature element"],
    order: int,
    layout: BlockLayout,
    n_element: int,
    present: tuple[int, ...],
    *,
    is_weighted: bool,
) -> tuple[Float[Tensor, "_ _"], ...]:
    """Sort coefficients by the radial functions of the distance, and add the other direction."""
    n_sum, n_out = len(SWAPPED), matrix.shape[1]
    n_bond, n_few, n_fine = (part.shape[1] for part in radial_parts(torch.ones(1)))
    sizes = [n_element * n_sum * n_bond]
    if is_weighted:
        sizes.append(N_WEIGHTED * n_sum * n_few)
    rest = len(matrix) - sum(sizes)
    if rest:
        sizes.append(rest)
    edges = np.cumsum([0, *sizes])
    plain, *others = (matrix[a:b].astype(np.float32) for a, b in pairwise(edges.tolist()))
    plain = plain.reshape(n_element, n_sum, n_bond, n_out)[list(present)]
    ways = [(plain, plain[:, SWAPPED])]
    if is_weighted:
        weighted = others.pop(0).reshape(-1, n_sum, n_few, n_out)
        signs = np.ones((len(weighted), 1, 1, 1), np.float32)
        signs[ALONG_Z] = -1.0
        ways.append((weighted, (signs * weighted)[:, SWAPPED]))
    if others:
        own = others.pop(0).reshape(1, -1, n_fine, n_out)
        reverse = own[:, list(_OWN_REVERSED[order])] if own.shape[1] > 1 else own
        if own.shape[1] > max(_OWN_ALONG):
            signs = np.ones((own.shape[1], 1, 1), np.float32)
            signs[list(_OWN_ALONG)] = -1.0
            reverse = reverse * signs
        ways.append((own, reverse))
    both = [
        np.concatenate([forth, back], axis=-1) if layout.is_same else forth for forth, back in ways
    ]
    return tuple(
        torch.from_numpy(np.ascontiguousarray(part.reshape(part.shape[0] * part.shape[1], -1)))
        for part in both
    )


def _into_block(layout: BlockLayout) -> Float[Tensor, "element block"]:
    """Return what elements of each order, real and imaginary, add to a block."""
    counts = [len(part) for part in layout.elements]
    rows: list[Tensor] = []
    for order, count in enumerate(counts):
        for unit in (1.0, 1.0j):
            elements = [torch.zeros((count, n), dtype=torch.complex128) for n in counts]
            elements[order] = torch.eye(count, dtype=torch.complex128)
            forth = layout.join([unit * part for part in elements])
            if not layout.is_same:
                rows.append(forth.flatten(1))
                continue
            own = _own_share(layout)
            # Numbers of the other direction are conjugates.
            back = layout.join([np.conj(unit) * part for part in elements])
            half = rotations(torch.diag(REVERSED)[None], layout.first)[0]
            back = (half.T @ back @ half).mT
            rows += [(forth * own).flatten(1), (back * own.T).flatten(1)]
    return torch.cat(rows)


def _own_share(layout: BlockLayout) -> Float[Tensor, "first second"]:
    """Elements below the diagonal of shells are those of the other direction, transposed."""
    shell = np.repeat(np.arange(len(layout.first)), [2 * a + 1 for a in layout.first])
    share = np.select([shell[:, None] < shell, shell[:, None] == shell], [1.0, 0.5], 0.0)
    return torch.from_numpy(share)


def _size(shells: Sequence[int]) -> int:
    return sum(2 * angular + 1 for angular in shells)
