r"""Features of pairs: what third atoms do to the block between two.

A third atom k adds :math:`A_a(r_{ik}) A_b(r_{jk}) C_c(r_{ij}) \rho_k^\mu e^{-i\mu\phi_k}` to the
features of order :math:`\mu`, in cylindrical coordinates about the axis of the pair. An element
between orbitals of index m1 and m2 has the phase of order m1 - m2, so that a linear map from
features to elements is equivariant by construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sekkei.model.hamiltonian.cell import Cell, Images, Pairs, Places
from sekkei.model.hamiltonian.environment import (
    Environment,
    environment,
    radial_basis,
    vectors_between,
)
from sekkei.model.hamiltonian.rotation import REVERSED, pair_frames
from sekkei.shapes import Complex, Float, Int

CUTOFF = 11.0
"""Third atoms beyond it are not seen, in the length of potassium's functions."""

PAIR_CUTOFF = 12.9
"""Features of a pair's own distance end there: beyond the reach of both functions."""

_THIRD, _THIRD_WIDTH = np.linspace(3.2, 9.2, 7), 1.3
_BOND, _BOND_WIDTH = np.linspace(3.5, 11.5, 5), 1.9
_FINE, _FINE_WIDTH = np.linspace(3.2, 12.0, 12), 0.9
_FEW = slice(1, 4)
_PAIRS_AT_ONCE = 400
_RHO, _SOFT = 4.0, 1.0
_SINGLE = torch.complex64
"""Features need no more: in double precision T of potassium contacts is the same to 1e-4."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """All that features of a cell are made of."""

    cell: Cell
    images: Images
    places: Places
    """Where atoms and images stand."""

    sizes: Float[Tensor, " atom"]
    """Of the functions of each atom, over potassium's."""

    environment: Environment
    elements: tuple[int, ...]
    """Atomic numbers that a model knows: each has a channel of its own."""

    @classmethod
    def of(
        cls,
        cell: Cell,
        images: Images,
        places: Places,
        sizes: Float[Tensor, " atom"],
        elements: tuple[int, ...],
    ) -> "Surroundings":
        """Describe the environment of each atom."""
        found = environment(places, sizes, sizes[images.atoms])
        return cls(cell, images, places, sizes, found, elements)

    @property
    def image_sizes(self) -> Float[Tensor, " image"]:
        """Of the functions of each image."""
        return self.sizes[self.images.atoms]

    @property
    def channels(self) -> Float[Tensor, "image element"]:
        """One where an image is of an element."""
        numbers = torch.from_numpy(self.cell.numbers[self.images.atoms])
        return (numbers[:, None] == torch.tensor(self.elements)).to(torch.float64)


@dataclass(frozen=True, slots=True, eq=False)
class ThirdAtoms:
    """Sums over third atoms of some pairs."""

    pairs: Pairs
    frames: Float[Tensor, "pair 3 3"]
    scaled: Float[Tensor, " pair"]
    """Distances of the pairs over their mean size."""

    sums: tuple[Complex[Tensor, "pair channel second first"], ...]
    """For each order; radial functions from the second and from the first atom."""

    n_element: int
    """Channels of elements; further ones, weighted by the environment, follow."""

    def unweighted(self) -> "ThirdAtoms":
        """Return the same without channels weighted by the environment."""
        sums = tuple(values[:, : self.n_element] for values in self.sums)
        return ThirdAtoms(self.pairs, self.frames, self.scaled, sums, self.n_element)


def third_atoms(around: Surroundings, pairs: Pairs, n_order: int, *, weighted: bool) -> ThirdAtoms:
    """Sum over the third atoms of pairs.

    Parameters
    ----------
    around
        Atoms and their environment.
    pairs
        Of any elements; fast where neighbours in the list are equally far apart.
    n_order
        Orders to compute, from 0.
    weighted
        Whether channels weighted by the environment of the third atom are added.
    """
    distances, vectors = around.places.between(pairs)
    frames = pair_frames(vectors)
    scaled = vectors_between(around.places, around.sizes, around.image_sizes)[1]
    apart = scaled.detach().numpy()
    near = _neighbours(apart)
    parts: list[list[Tensor]] = [[] for _ in range(n_order)]
    n_part = max(1, len(pairs.first) // _PAIRS_AT_ONCE)
    for chosen in np.array_split(np.arange(len(pairs.first)), n_part):
        rows = pairs.rows(chosen)
        third = _near_both(near, apart, rows)
        some = _sums(around, rows, frames[chosen], third, n_order, weighted=weighted)
        for order, values in enumerate(some):
            parts[order].append(values)
    mean = (around.sizes[pairs.first] + around.sizes[pairs.second]) / 2.0
    return ThirdAtoms(
        pairs,
        frames,
        distances / mean,
        tuple(torch.cat(part) for part in parts),
        len(around.elements),
    )


def pair_features(
    found: ThirdAtoms, environment: Environment, *, reverse: bool
) -> list[Complex[Tensor, "pair _"]]:
    """Return the features of each order, of pairs seen from their first or their second atom."""
    return [
        torch.cat([_outer(numbers, radial) for numbers, radial in parts], dim=1)
        for parts in _parts(found, environment, reverse=reverse)
    ]


def apply_map(
    found: ThirdAtoms,
    environment: Environment,
    coefficients: Sequence[Float[np.ndarray, "_ _"]],
    *,
    reverse: bool,
) -> list[Complex[Tensor, "pair _"]]:
    """Return features times coefficients, order by order, without ever making the features."""
    made = []
    for parts, matrix in zip(
        _parts(found, environment, reverse=reverse), coefficients, strict=True
    ):
        total, at = torch.zeros((len(found.scaled), matrix.shape[1]), dtype=_SINGLE), 0
        for numbers, radial in parts:
            n_number, n_radial = numbers.shape[1], radial.shape[1]
            some = matrix[at : at + n_number * n_radial].reshape(n_number, -1).astype(np.float32)
            at += n_number * n_radial
            # One real product: complex times real would be done as complex times complex.
            both = torch.cat([numbers.real, numbers.imag]) @ torch.from_numpy(some)
            both = both.reshape(2, len(numbers), n_radial, -1)
            summed = (both * radial[None, :, :, None]).sum(dim=2)
            total = total + torch.complex(summed[0], summed[1])
        made.append(total)
    return made


_Part = tuple[Complex[Tensor, "pair _"], Float[Tensor, "pair _"]]


def _outer(
    numbers: Complex[Tensor, "pair number"], radial: Float[Tensor, "pair radial"]
) -> Complex[Tensor, "pair feature"]:
    return (numbers[:, :, None] * radial[:, None, :]).reshape(len(numbers), -1)


def _parts(found: ThirdAtoms, environment: Environment, *, reverse: bool) -> list[list[_Part]]:
    """Return numbers of each order, and the functions of the distance that they are times."""
    bond = radial_basis(found.scaled, _BOND, _BOND_WIDTH, PAIR_CUTOFF).float()
    fine = radial_basis(found.scaled, _FINE, _FINE_WIDTH, PAIR_CUTOFF).float()
    made = []
    for order, sums in enumerate(found.sums):
        seen = _reversed(sums, found.n_element) if reverse else sums
        n_pair = len(seen)
        plain, weighted = seen[:, : found.n_element], seen[:, found.n_element :]
        parts = [(plain.reshape(n_pair, -1), bond)]
        if weighted.shape[1]:
            parts.append((weighted.reshape(n_pair, -1), bond[:, _FEW]))
        own = _own(found, environment, order, reverse=reverse, full=bool(weighted.shape[1]))
        if own is not None:
            parts.append((own, fine))
        made.append(parts)
    return made


def _own(
    found: ThirdAtoms, environment: Environment, order: int, *, reverse: bool, full: bool
) -> Complex[Tensor, "pair own"] | None:
    """Numbers of the two atoms themselves, in the pair's frame."""
    if order > 1 or (order == 1 and not full):
        return None
    one, other = found.pairs.first, found.pairs.second
    frames = found.frames
    if reverse:
        one, other, frames = other, one, frames * REVERSED[:, None]
    if order == 0 and not full:
        return torch.ones((len(one), 1), dtype=_SINGLE)
    slopes = [(frames @ environment.slope[atoms][:, :, None])[..., 0] for atoms in (one, other)]
    if order == 1:
        across = [torch.complex(slope[:, 0], -slope[:, 1]) for slope in slopes]
        return torch.stack(across, dim=1).to(_SINGLE)
    a, b = environment.crowding[one], environment.crowding[other]
    ones = torch.ones(len(one), dtype=torch.float64)
    numbers = [ones, a[:, 0], b[:, 0], a[:, 0] ** 2, b[:, 0] ** 2, a[:, 0] * b[:, 0]]
    numbers += [a[:, 1], b[:, 1], slopes[0][:, 2], slopes[1][:, 2]]
    return torch.stack(numbers, dim=1).to(_SINGLE)


def _reversed(
    sums: Complex[Tensor, "pair channel second first"], n_element: int
) -> Complex[Tensor, "pair channel first second"]:
    # Turned about the frame's x axis: angles change their sign, as does what points along z.
    seen = sums.conj().transpose(2, 3).resolve_conj()
    if sums.shape[1] > n_element:
        signs = torch.ones(sums.shape[1])
        signs[n_element + _ALONG_Z] = -1.0
        seen = seen * signs[:, None, None]
    return seen


_ALONG_Z = 3


def _neighbours(scaled: Float[np.ndarray, "atom image"]) -> Int[np.ndarray, "atom near"]:
    """Return the images near each atom, padded with -1."""
    rows = [np.flatnonzero((row < CUTOFF) & (row > 1e-6)) for row in scaled]
    found = np.full((len(rows), max(map(len, rows))), -1)
    for i, row in enumerate(rows):
        found[i, : len(row)] = row
    return found


def _near_both(
    near: Int[np.ndarray, "atom near"], scaled: Float[np.ndarray, "atom image"], pairs: Pairs
) -> Int[np.ndarray, "pair both"]:
    """Return the images near both atoms of each pair, padded with -1."""
    third = near[pairs.first]
    away = scaled[pairs.second[:, None], third]
    is_near = (third >= 0) & (away < CUTOFF) & (away > 1e-6)
    order = np.argsort(~is_near, axis=1, kind="stable")[:, : int(is_near.sum(axis=1).max())]
    return np.take_along_axis(np.where(is_near, third, -1), order, axis=1)


def _sums(
    around: Surroundings,
    pairs: Pairs,
    frames: Float[Tensor, "pair 3 3"],
    third: Int[np.ndarray, "pair near"],
    n_order: int,
    *,
    weighted: bool,
) -> list[Complex[Tensor, "pair channel second first"]]:
    places, sizes = around.places, around.sizes
    is_there = torch.from_numpy(third >= 0)
    third = np.where(third >= 0, third, 0)
    where, third_sizes = places.images[third], around.image_sizes[third]
    from_first = where - places.atoms[pairs.first][:, None]
    from_second = where - places.atoms[pairs.second][:, None]
    r_first, r_second = (
        2.0 * torch.linalg.vector_norm(away, dim=-1) / (sizes[atoms][:, None] + third_sizes)
        for away, atoms in ((from_first, pairs.first), (from_second, pairs.second))
    )
    local = from_first @ frames.mT
    size = (sizes[pairs.first] + sizes[pairs.second])[:, None] / 2.0
    # On the axis of the pair there is no direction across: it fades where atoms come near it.
    fade = torch.sqrt(local[..., 0] ** 2 + local[..., 1] ** 2 + (_SOFT * size) ** 2)
    cosine, sine = local[..., 0] / fade, local[..., 1] / fade
    channels = around.channels[third]
    weight = torch.complex(channels, torch.zeros_like(channels))
    if weighted:
        more = _weights(around.environment, around.images.atoms[third], frames, cosine, sine)
        weight = torch.cat([weight, more], dim=-1)
    weight = (weight * is_there[..., None]).to(_SINGLE)
    first, second = (
        radial_basis(r, _THIRD, _THIRD_WIDTH, CUTOFF).float() for r in (r_first, r_second)
    )
    turn = torch.complex(local[..., 0], -local[..., 1]) / (_RHO * size)
    turn = turn.to(_SINGLE)
    found = []
    for _ in range(n_order):
        found.append(_summed(weight, second, first))
        weight = weight * turn[..., None]
    return found


def _summed(
    weight: Complex[Tensor, "pair near channel"],
    second: Float[Tensor, "pair near second"],
    first: Float[Tensor, "pair near first"],
) -> Complex[Tensor, "pair channel second first"]:
    """Sum over third atoms, real and imaginary parts side by side: radial functions are real."""
    both = torch.view_as_real(weight)[..., None] * second[:, :, None, None]
    n_pair, n_near = both.shape[:2]
    product = torch.bmm(both.reshape(n_pair, n_near, -1).transpose(1, 2), first)
    product = product.reshape(*weight.shape[::2], 2, second.shape[-1], first.shape[-1])
    return torch.complex(product[:, :, 0], product[:, :, 1])


def _weights(
    environment: Environment,
    atoms: Int[np.ndarray, "pair near"],
    frames: Float[Tensor, "pair 3 3"],
    cosine: Float[Tensor, "pair near"],
    sine: Float[Tensor, "pair near"],
) -> Complex[Tensor, "pair near weight"]:
    crowding = environment.crowding[atoms]
    slope = environment.slope[atoms] @ frames.mT
    outward = slope[..., 0] * cosine + slope[..., 1] * sine
    around = slope[..., 1] * cosine - slope[..., 0] * sine
    numbers = [crowding[..., 0], crowding[..., 0] ** 2, crowding[..., 1], slope[..., 2], outward]
    real = torch.stack([*numbers, torch.zeros_like(around)], dim=-1)
    # Along a circle about the axis: what a mirror plane turns around.
    imaginary = torch.stack([torch.zeros_like(around)] * len(numbers) + [around], dim=-1)
    return torch.complex(real, imaginary)
