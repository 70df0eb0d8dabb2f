r"""Features of atoms: what neighbours do to the block of an atom with itself.

A product of two harmonics is a sum of single ones with Gaunt coefficients [1]_, so that the block
between two shells is a few vectors of angular momentum L. Each is a linear map of features that
turn the same way: sums of radial functions times harmonics over neighbours, and their products.

References
----------
.. [1] J. A. Gaunt, Phil. Trans. R. Soc. A 228, 151 (1929). doi:10.1098/rsta.1929.0004
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sphericart
import torch
from torch import Tensor
from typing_extensions import override

from sekkei.model.hamiltonian.environment import radial_basis, vectors_between
from sekkei.model.hamiltonian.pair_feature import CUTOFF, Surroundings
from sekkei.model.hamiltonian.rotation import YZX
from sekkei.shapes import Float

HIGHEST = 4
"""Largest angular momentum: that of two d shells."""

Coupling = tuple[int, int, int]
"""Two shells of an atom, the first not after the second, and the angular momentum between."""

_SHELL, _SHELL_WIDTH = np.linspace(3.2, 10.4, 9), 1.0
_COARSE, _COARSE_WIDTH = np.array([3.8, 5.6, 7.6]), 1.3
_PRODUCT_SCALE = 2.0
_QUADRATURE = 24


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourSums:
    """Sums over the neighbours of each atom: radial functions times harmonics."""

    around: Surroundings

    sums: Float[Tensor, "atom radial weight harmonic"]
    """With weights of elements first, then of the environment."""

    coarse: Float[Tensor, "atom few harmonic"]
    """Of few radial functions and all elements: what products are made of."""


def neighbour_sums(around: Surroundings) -> NeighbourSums:
    """Sum over neighbours: once for all maps."""
    vectors, scaled = vectors_between(around.places, around.sizes, around.image_sizes)
    near = (scaled < CUTOFF) & (scaled > 1e-6)
    lengths = torch.where(near, torch.linalg.vector_norm(vectors, dim=-1), 1.0)
    up = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    unit = torch.where(near[..., None], vectors / lengths[..., None], up)
    values: Tensor = _Harmonics.apply(unit.reshape(-1, 3))  # type: ignore[no-untyped-call]
    harmonics = values.reshape(*near.shape, -1) * near[..., None]
    radial = radial_basis(scaled, _SHELL, _SHELL_WIDTH, CUTOFF)
    weights = around.channels.expand(*near.shape, -1)
    weights = torch.cat([weights, _weights(around, unit)], dim=-1)
    both = (radial[..., None] * weights[:, :, None]).flatten(2)
    sums = (both.mT @ harmonics).unflatten(1, (len(_SHELL), -1))
    coarse = radial_basis(scaled, _COARSE, _COARSE_WIDTH, CUTOFF)
    return NeighbourSums(around, sums, coarse.mT @ harmonics / _PRODUCT_SCALE)


def onsite_features(found: NeighbourSums, *, weighted: bool) -> list[Float[Tensor, "atom _ _"]]:
    """Return the features of each angular momentum from 0 to `HIGHEST`.

    Parameters
    ----------
    found
        Sums over neighbours.
    weighted
        Whether channels weighted by the environment, and products, are added.
    """
    around, sums = found.around, found.sums
    if not weighted:
        sums = sums[:, :, : len(around.elements)]
    made = [
        _of_momentum(around, sums, angular, weighted=weighted) for angular in range(HIGHEST + 1)
    ]
    if weighted:
        made = [parts + _products(found.coarse, angular) for angular, parts in enumerate(made)]
    return [torch.cat(parts, dim=1) for parts in made]


def couplings(shells: Sequence[int]) -> tuple[Coupling, ...]:
    """Return which angular momenta stand between the shells of an atom."""
    n = len(shells)
    return tuple(
        (a, b, angular)
        for a in range(n)
        for b in range(a, n)
        for angular in range(abs(shells[b] - shells[a]), shells[a] + shells[b] + 1, 2)
    )


def split_onsite(
    blocks: Float[np.ndarray, "atom orbital orbital"], shells: Sequence[int]
) -> dict[Coupling, Float[np.ndarray, "atom _"]]:
    """Take the vectors of angular momentum out of blocks."""
    at = _slices(shells)
    found = {}
    for a, b, angular in couplings(shells):
        gaunt = _gaunt(shells[a], shells[b], angular)
        norm = (gaunt**2).sum() / (2 * angular + 1)
        found[a, b, angular] = np.einsum("pab,abm->pm", blocks[:, at[a], at[b]], gaunt) / norm
    return found


def join_onsite(
    vectors: Mapping[Coupling, Float[Tensor, "atom _"]], shells: Sequence[int]
) -> Float[Tensor, "atom orbital orbital"]:
    """Put blocks together from their vectors."""
    at = _slices(shells)
    n_atom, size = len(next(iter(vectors.values()))), at[-1].stop
    blocks = torch.zeros((n_atom, size, size), dtype=torch.float64)
    for (a, b, angular), vector in vectors.items():
        gaunt = torch.from_numpy(_gaunt(shells[a], shells[b], angular))
        part = torch.einsum("pm,abm->pab", vector, gaunt)
        blocks[:, at[a], at[b]] += part
        if a != b:
            blocks[:, at[b], at[a]] += part.mT
    return blocks


def _of_momentum(
    around: Surroundings,
    sums: Float[Tensor, "atom radial weight harmonic"],
    angular: int,
    *,
    weighted: bool,
) -> list[Float[Tensor, "atom _ component"]]:
    n_atom, size = len(sums), 2 * angular + 1
    some = sums[..., _momentum(angular)]
    found = [some.reshape(n_atom, -1, size)]
    if angular == 0:
        found.append(torch.ones((n_atom, 1, 1), dtype=torch.float64))
    if not weighted:
        return found
    crowding, slope = around.environment.crowding, around.environment.slope[:, YZX]
    own = torch.stack([crowding[:, 0], crowding[:, 0] ** 2, crowding[:, 1]], dim=1)
    n_element = len(around.elements)
    few = some[:, :, : n_element + 1].sum(dim=2, keepdim=True)
    found.append((few[:, :, :, None] * own[:, None, None, :, None]).reshape(n_atom, -1, size))
    if angular == 0:
        found.append(own[:, :, None])
    if angular == 1:
        found += [slope[:, None, :], slope[:, None, :] * own[:, :2, None]]
    return found


def _products(
    sums: Float[Tensor, "atom radial harmonic"], angular: int
) -> list[Float[Tensor, "atom _ component"]]:
    n_atom, n_radial = sums.shape[:2]
    upper = np.triu_indices(n_radial)
    found = []
    for one in range(HIGHEST + 1):
        for other in range(one, HIGHEST + 1):
            gaunt = _gaunt(one, other, angular)
            if not gaunt.any():
                continue
            # Over the second harmonic first: both products are of matrices.
            flat = sums[..., _momentum(other)].reshape(n_atom * n_radial, -1)
            turned = flat @ torch.from_numpy(gaunt.transpose(1, 0, 2).reshape(gaunt.shape[1], -1))
            turned = turned.reshape(n_atom, n_radial, gaunt.shape[0], -1).transpose(1, 2)
            product = sums[..., _momentum(one)] @ turned.flatten(2)
            product = product.reshape(n_atom, n_radial, n_radial, -1)
            some = product[:, upper[0], upper[1]] if one == other else product
            found.append(some.reshape(n_atom, -1, 2 * angular + 1))
    return found


def _weights(
    around: Surroundings, unit: Float[Tensor, "atom image 3"]
) -> Float[Tensor, "atom image weight"]:
    atoms = around.images.atoms
    crowding, slope = around.environment.crowding[atoms], around.environment.slope[atoms]
    numbers = torch.stack([crowding[:, 0], crowding[:, 0] ** 2, crowding[:, 1]], dim=-1)
    along = (unit * slope).sum(dim=-1, keepdim=True)
    return torch.cat([numbers.expand(len(unit), -1, -1), along], dim=-1)


def _momentum(angular: int) -> slice:
    return slice(angular**2, (angular + 1) ** 2)


def _slices(shells: Sequence[int]) -> list[slice]:
    starts = np.cumsum([0, *[2 * angular + 1 for angular in shells]])
    return [slice(a, b) for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)]


def _harmonics(unit: Float[np.ndarray, "point 3"]) -> Float[np.ndarray, "point harmonic"]:
    return np.asarray(sphericart.SphericalHarmonics(HIGHEST).compute(unit))


class _Harmonics(torch.autograd.Function):
    """Spherical harmonics of unit vectors, with their slopes across."""

    @staticmethod
    @override
    def forward(ctx: Any, unit: Tensor) -> Tensor:
        ctx.save_for_backward(unit)
        return torch.from_numpy(_harmonics(unit.detach().numpy()))

    @staticmethod
    @override
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        (unit,) = ctx.saved_tensors
        harmonics = sphericart.SphericalHarmonics(HIGHEST)
        _, by_unit = harmonics.compute_with_gradients(unit.numpy())
        return torch.einsum("pm,pcm->pc", slopes[0], torch.from_numpy(by_unit))


@lru_cache
def _all_gaunt() -> Float[np.ndarray, "one other total"]:
    # A product of three harmonics up to l = 4 is a polynomial of order 12: this rule is exact.
    height, weight = np.polynomial.legendre.leggauss(_QUADRATURE)
    angle = np.arange(2 * _QUADRATURE) * np.pi / _QUADRATURE
    z, phi = (grid.ravel() for grid in np.meshgrid(height, angle, indexing="ij"))
    flat = np.sqrt(1.0 - z**2)
    values = _harmonics(np.stack([flat * np.cos(phi), flat * np.sin(phi), z], axis=1))
    weights = np.repeat(weight, len(angle)) * np.pi / _QUADRATURE
    found = np.einsum("pa,pb,pc,p->abc", values, values, values, weights, optimize=True)
    found[np.abs(found) < 1e-12] = 0.0
    return np.asarray(found)


def _gaunt(one: int, other: int, total: int) -> Float[np.ndarray, "one other total"]:
    return _all_gaunt()[_momentum(one), _momentum(other), _momentum(total)]
