"""Real harmonics in the frame of a pair, and blocks of matrices by their complex parts.

In a frame whose z axis joins two atoms, a rotation about it multiplies the element between
orbitals of complex index m1 and m2 by exp(i (m2 - m1) phi). What has this property by construction
needs to be learned once, for all directions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch
from scipy.linalg import block_diag
from torch import Tensor

from sekkei.shapes import Complex, Float

_S3 = np.sqrt(3.0)
_QUADRATIC = np.zeros((5, 3, 3))
"""The five harmonics of l = 2 as quadratic forms, all of one norm."""
_QUADRATIC[0, 0, 1] = _QUADRATIC[0, 1, 0] = _S3 / 2.0
_QUADRATIC[1, 1, 2] = _QUADRATIC[1, 2, 1] = _S3 / 2.0
_QUADRATIC[2] = np.diag([-0.5, -0.5, 1.0])
_QUADRATIC[3, 0, 2] = _QUADRATIC[3, 2, 0] = _S3 / 2.0
_QUADRATIC[4] = np.diag([_S3 / 2.0, -_S3 / 2.0, 0.0])

_FORMS = torch.from_numpy(_QUADRATIC)

YZX = (1, 2, 0)
"""Order of the Cartesian axes in the harmonics of l = 1."""

REVERSED = torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64)
"""Turns a frame around its x axis: the pair seen from its other end."""


def pair_frames(vectors: Float[Tensor, "pair 3"]) -> Float[Tensor, "pair 3 3"]:
    """Return rotations whose rows are x, y and z of a frame with z along each vector."""
    up, aside = vectors.new_tensor([[0.0, 0.0, 1.0]]), vectors.new_tensor([[1.0, 0.0, 0.0]])
    helper = torch.where(vectors[:, 2:].abs() < 0.9, up, aside)
    x = torch.linalg.cross(helper, vectors)
    x = x / torch.linalg.vector_norm(x, dim=1, keepdim=True)
    return torch.stack([x, torch.linalg.cross(vectors, x), vectors], dim=1)


def rotations(
    frames: Float[Tensor, "pair 3 3"], shells: Sequence[int]
) -> Float[Tensor, "pair orbital orbital"]:
    """Return the matrices that turn harmonics of s, p and d shells into those of each frame."""
    # What turns products of two coordinates, among the five that are harmonics.
    products = (frames[:, :, None, :, None] * frames[:, None, :, None, :]).reshape(-1, 9, 9)
    forms = _FORMS.reshape(5, 9)
    of_shell = [
        torch.ones((len(frames), 1, 1), dtype=frames.dtype),
        frames[:, YZX][:, :, YZX],
        forms @ products @ forms.T / 1.5,
    ]
    size = sum(2 * angular + 1 for angular in shells)
    found = frames.new_zeros((len(frames), size, size))
    at = 0
    for angular in shells:
        here = slice(at, at + 2 * angular + 1)
        found[:, here, here] = of_shell[angular]
        at = here.stop
    return found


def to_frame(
    blocks: Float[Tensor, "pair first second"],
    left: Float[Tensor, "pair first first"],
    right: Float[Tensor, "pair second second"],
) -> Float[Tensor, "pair first second"]:
    """Turn blocks of a matrix into the frames of their pairs."""
    return left @ blocks @ right.mT


def from_frame(
    blocks: Float[Tensor, "pair first second"],
    left: Float[Tensor, "pair first first"],
    right: Float[Tensor, "pair second second"],
) -> Float[Tensor, "pair first second"]:
    """Turn blocks back."""
    return left.mT @ blocks @ right


@dataclass(frozen=True, eq=False)
class BlockLayout:
    """Which elements of a block are independent, and by which phase they turn.

    Parameters
    ----------
    first, second
        Shells of both atoms.
    is_same
        Whether they are of one element: then the other direction gives half of the elements.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    is_same: bool

    @property
    def n_order(self) -> int:
        """Number of different absolute m1 - m2."""
        return max(self.first) + max(self.second) + 1

    @cached_property
    def elements(self) -> tuple[tuple[tuple[int, int, bool], ...], ...]:
        """For each absolute m1 - m2: row, column, and whether the element is conjugated."""
        found: list[list[tuple[int, int, bool]]] = [[] for _ in range(self.n_order)]
        (m1, shell1), (m2, shell2) = _indices(self.first), _indices(self.second)
        for row in range(len(m1)):
            for column in range(len(m2)):
                is_other_direction = self.is_same and shell1[row] > shell2[column]
                is_conjugate = m1[row] < 0 or (m1[row] == 0 and m2[column] < 0)
                if not is_other_direction and not is_conjugate:
                    order = int(m1[row] - m2[column])
                    found[abs(order)].append((row, column, order < 0))
        return tuple(tuple(part) for part in found)

    def split(self, blocks: Float[Tensor, "pair first second"]) -> list[Complex[Tensor, "pair _"]]:
        """Take the independent elements of blocks in their frames, by absolute m1 - m2."""
        left, right = _to_complex(self.first), _to_complex(self.second)
        turned = left.conj() @ blocks.to(left.dtype) @ right.T
        return [
            torch.stack(
                [turned[:, a, b].conj() if bar else turned[:, a, b] for a, b, bar in part], dim=1
            )
            for part in self.elements
        ]

    def join(self, elements: Sequence[Complex[Tensor, "pair _"]]) -> Float[Tensor, "pair _ _"]:
        """Put blocks together again; of one element, those of the other direction are zero."""
        left, right = _to_complex(self.first), _to_complex(self.second)
        mirrored1, mirrored2 = _mirrored(self.first), _mirrored(self.second)
        turned = left.new_zeros((len(elements[0]), len(left), len(right)))
        for part, values in zip(self.elements, elements, strict=True):
            rows, columns, bars = (list(found) for found in zip(*part, strict=True))
            flipped = torch.tensor(bars)
            value = torch.where(flipped, values.conj(), values).to(left.dtype)
            turned[:, rows, columns] = value
            turned[:, mirrored1[rows], mirrored2[columns]] = value.conj()
        return (left.T @ turned @ right.conj()).real


def _indices(shells: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    m = np.concatenate([np.arange(-angular, angular + 1) for angular in shells])
    return m, np.repeat(np.arange(len(shells)), [2 * angular + 1 for angular in shells])


def _mirrored(shells: Sequence[int]) -> np.ndarray:
    starts = np.cumsum([0, *[2 * angular + 1 for angular in shells]])
    return np.concatenate([np.arange(a, b)[::-1] for a, b in pairwise(starts)])


def _to_complex(shells: Sequence[int]) -> Complex[Tensor, "orbital orbital"]:
    """Return the unitary matrix from real harmonics to exp(i m phi) ones."""
    parts = []
    for angular in shells:
        part = np.zeros((2 * angular + 1,) * 2, complex)
        part[angular, angular] = 1.0
        for m in range(1, angular + 1):
            up, down = angular + m, angular - m
            part[up, up] = part[down, up] = np.sqrt(0.5)
            part[up, down], part[down, down] = 1j * np.sqrt(0.5), -1j * np.sqrt(0.5)
        parts.append(part)
    return torch.from_numpy(block_diag(*parts))
