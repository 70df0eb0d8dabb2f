r"""Lowest states of a cell whose slices touch only their neighbours, and the last one the first.

A shift below all levels makes :math:`A = H - \sigma S` positive, and :math:`A^{-1} S` has the
levels :math:`1 / (E - \sigma)`, the lowest ones largest and far apart. A block Krylov space
[1]_ of three times as many vectors as states holds them; A is factorised slice by slice, so that
each step is linear in the length.

References
----------
.. [1] G. H. Golub and R. Underwood, in Mathematical Software III, 361 (1977).
   doi:10.1016/B978-0-12-587260-7.50018-2
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sekkei.shapes import Float
from sekkei.transport.kernel.slicing import Slicing

_BLOCK = 24
"""Vectors of a step: enough for fast products, few enough for the space to converge."""

_SPACE = 3.6
"""Vectors over states.

With 3.0, filled levels of contacts of 138 and 276 atoms were right to 2e-9 eV, 60 empty ones to
2e-3 eV. With 3.6, T is what all of them give to 2e-6.
"""

_RESIDUAL_EV = 1e-4
"""Of the lower half of the states at most; levels are right to its square."""

_STEPS_EV = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""By which the shift is lowered, one after another, where a level is below it."""


@dataclass(frozen=True, slots=True, eq=False)
class Ring:
    """A real symmetric matrix, slice by slice."""

    diagonal: tuple[Float[Tensor, "_ _"], ...]
    """Blocks from each slice to itself."""

    upper: tuple[Float[Tensor, "_ _"], ...]
    """Blocks from each slice to the next; the last one is from the last slice to the first."""

    @classmethod
    def of(cls, matrix: Float[Tensor, "orbital orbital"], slicing: Slicing) -> "Ring":
        """Cut a closed matrix by slices of the open one."""
        order = torch.from_numpy(slicing.order)
        slices = [order[part] for part in slicing.parts]
        following = [*slices[1:], slices[0]]
        return cls(
            tuple(matrix[rows[:, None], rows] for rows in slices),
            tuple(
                matrix[rows[:, None], columns]
                for rows, columns in zip(slices, following, strict=True)
            ),
        )

    def shifted(self, overlap: "Ring", shift: float) -> "Ring":
        """Return the matrix minus a multiple of another."""
        return Ring(
            tuple(h - shift * s for h, s in zip(self.diagonal, overlap.diagonal, strict=True)),
            tuple(h - shift * s for h, s in zip(self.upper, overlap.upper, strict=True)),
        )

    def single(self) -> "Ring":
        """Return the same in single precision."""
        diagonal, upper = (
            tuple(block.float() for block in blocks) for blocks in (self.diagonal, self.upper)
        )
        return Ring(diagonal, upper)

    def times(self, columns: Float[Tensor, "orbital column"]) -> Float[Tensor, "orbital column"]:
        """Multiply some columns, whose rows are in the order of the slices."""
        parts = columns.split([len(block) for block in self.diagonal])
        found = [block @ part for block, part in zip(self.diagonal, parts, strict=True)]
        n = len(parts)
        for here, block in enumerate(self.upper):
            following = (here + 1) % n
            found[here] = found[here] + block @ parts[following]
            found[following] = found[following] + block.mT @ parts[here]
        return torch.cat(found)


@dataclass(frozen=True, slots=True, eq=False)
class RingInverse:
    """A positive ring, ready to be solved: all slices but the last one after another."""

    inverses: tuple[Float[Tensor, "_ _"], ...]
    """Of the pivot of each slice."""

    links: tuple[Float[Tensor, "_ _"], ...]
    """Pivots' inverses times the blocks to the next slice."""

    border: Float[Tensor, "orbital last"]
    """The chain's inverse times the blocks to the last slice."""

    @classmethod
    def of(cls, ring: Ring) -> "RingInverse | None":
        """Factorise a ring of three slices at least; None if it is not positive."""
        inverses: list[Tensor] = []
        links: list[Tensor] = []
        for here, block in enumerate(ring.diagonal[:-1]):
            pivot = block - ring.upper[here - 1].mT @ links[-1] if here else block
            inverse = _inverse(pivot)
            if inverse is None:
                return None
            inverses.append(inverse)
            if here < len(ring.diagonal) - 2:
                links.append(inverse @ ring.upper[here])
        touched = [block.new_zeros(len(block), len(ring.diagonal[-1])) for block in inverses]
        touched[-1] += ring.upper[-2]
        touched[0] += ring.upper[-1].mT
        border = torch.cat(_solve_chain(inverses, links, touched))
        last = _inverse(ring.diagonal[-1] - torch.cat(touched).mT @ border)
        return None if last is None else cls((*inverses, last), tuple(links), border)

    def solve(self, columns: Float[Tensor, "orbital column"]) -> Float[Tensor, "orbital column"]:
        """Solve for some columns, whose rows are in the order of the slices."""
        *parts, last = columns.split([len(block) for block in self.inverses])
        within = torch.cat(_solve_chain(self.inverses[:-1], self.links, parts))
        # The border is symmetric: what the chain sends to the last slice needs no other product.
        at_last = self.inverses[-1] @ (last - self.border.mT @ torch.cat(parts))
        return torch.cat([within - self.border @ at_last, at_last])


def lowest_of_ring(
    hamiltonian: Float[Tensor, "orbital orbital"],
    overlap: Float[Tensor, "orbital orbital"],
    slicing: Slicing,
    n_state: int,
    below: float,
) -> tuple[Float[Tensor, " state"], Float[Tensor, "orbital state"]] | None:
    """Return the lowest levels of a closed cell in eV, and their states.

    None if a space of half of all orbitals does not hold them, so that the whole matrix is cheaper,
    or if no shift is found: of an overlap that is not positive there is none.

    Parameters
    ----------
    hamiltonian, overlap
        Of the cell with joined ends.
    slicing
        Three slices at least, which fit the cell with open ends; the ends join the outer two.
    n_state
        Levels wanted: a fifth of all at most.
    below
        An energy that is likely to be just below all levels, in eV.
    """
    metric, ring = Ring.of(overlap, slicing), Ring.of(hamiltonian, slicing)
    shift, inverse = below, RingInverse.of(ring.shifted(metric, below).single())
    for step in _STEPS_EV:
        if inverse is not None:
            break
        shift -= step
        inverse = RingInverse.of(ring.shifted(metric, shift).single())
    if inverse is None:
        return None
    n_step, n_orbital = int(np.ceil(_SPACE * n_state / _BLOCK)), len(hamiltonian)
    coarse = metric.single()
    while 2 * n_step * _BLOCK < n_orbital:
        space, matrix = _krylov(inverse, coarse, n_step)
        found = (space @ torch.linalg.eigh(matrix)[1][:, -n_state:]).double()
        levels, mixing = ritz(found.mT @ ring.times(found), found.mT @ metric.times(found))
        orbitals = found @ mixing
        # States that converge last are empty.
        lowest = orbitals[:, : n_state // 2]
        missed = ring.times(lowest) - metric.times(lowest) * levels[: n_state // 2]
        if float(missed.abs().max()) < _RESIDUAL_EV:
            found = torch.empty_like(orbitals)
            found[torch.from_numpy(slicing.order)] = orbitals
            return levels, found
        n_step += n_step // 2 + 1
    return None


def standard_problem(
    hamiltonian: Float[Tensor, "row row"], overlap: Float[Tensor, "row row"]
) -> tuple[Float[Tensor, "row row"], Float[Tensor, "row row"]]:
    """Return the Cholesky factor of an overlap, and the matrix whose levels need no overlap."""
    factor = torch.linalg.cholesky(overlap)
    half = torch.linalg.solve_triangular(factor, hamiltonian, upper=False)
    return factor, torch.linalg.solve_triangular(factor, half.mT, upper=False)


def ritz(
    hamiltonian: Float[Tensor, "vector vector"], overlap: Float[Tensor, "vector vector"]
) -> tuple[Float[Tensor, " vector"], Float[Tensor, "vector vector"]]:
    """Return the levels of a small space, and its states among the vectors that span it.

    Levels are wrong by the square of what the space is wrong by: those between vectors of single
    precision are right in double.
    """
    factor, standard = standard_problem(hamiltonian, (overlap + overlap.mT) / 2.0)
    levels, vectors = torch.linalg.eigh((standard + standard.mT) / 2.0)
    return levels, torch.linalg.solve_triangular(factor.mT, vectors, upper=True)


def _krylov(
    inverse: RingInverse, metric: Ring, n_step: int
) -> tuple[Float[Tensor, "orbital vector"], Float[Tensor, "vector vector"]]:
    """Return vectors that are orthogonal in a metric, and the inverse between them."""
    n_orbital = sum(len(block) for block in metric.diagonal)
    size = n_step * _BLOCK
    space, dual = (torch.empty(size, n_orbital, dtype=torch.float32).mT for _ in range(2))
    matrix = torch.zeros(size, size, dtype=torch.float32)
    noise = np.random.default_rng(0).normal(size=(n_orbital, _BLOCK)).astype(np.float32)
    following = inverse.solve(metric.times(torch.from_numpy(noise)))
    for at in range(0, size, _BLOCK):
        here = slice(at, at + _BLOCK)
        weighted = metric.times(following).double()
        # Vectors of a block are nearly parallel: squares of that need double precision.
        factor = torch.linalg.cholesky(following.double().mT @ weighted)
        for whole, part in ((space, following.double()), (dual, weighted)):
            whole[:, here] = torch.linalg.solve_triangular(factor, part.mT, upper=False).mT
        following = inverse.solve(dual[:, here])
        found, duals = space[:, : here.stop], dual[:, : here.stop]
        inside = duals.mT @ following
        following = following - found @ inside
        # Once more: rounding of the first time is not small beside what is left.
        following = following - found @ (duals.mT @ following)
        matrix[: here.stop, here] = inside
        matrix[here, : here.stop] = inside.mT
    return space, (matrix + matrix.mT) / 2.0


def _solve_chain(
    inverses: Sequence[Tensor], links: Sequence[Tensor], columns: Sequence[Tensor]
) -> list[Tensor]:
    found = [columns[0]]
    for link, part in zip(links, columns[1:], strict=True):
        found.append(part - link.mT @ found[-1])
    found = [inverse @ part for inverse, part in zip(inverses, found, strict=True)]
    for here in range(len(links) - 1, -1, -1):
        found[here] = found[here] - links[here] @ found[here + 1]
    return found


def _inverse(matrix: Float[Tensor, "row row"]) -> Float[Tensor, "row row"] | None:
    factor, failed = torch.linalg.cholesky_ex(matrix)
    return None if int(failed) else torch.cholesky_inverse(factor)
