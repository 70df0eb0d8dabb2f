r"""Features of pairs: what third atoms do to the block between two.

A third atom k adds :math:`A_a(r_{ik}) A_b(r_{jk}) C_c(r_{ij}) \rho_k^\mu e^{-i\mu\phi_k}` to the
features of order :math:`\mu`, in cylindrical coordinates about the axis of the pair. An element
between orbitals of index m1 and m2 has the phase of order m1 - m2, so that a linear map from
features to elements is equivariant by construction.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from sekkei.model.hamiltonian.cell import Cell, Images, Pairs, Places
from sekkei.model.hamiltonian.environment import (
    Environment,
    environment,
    radial_basis,
    vectors_between,
)
from sekkei.model.hamiltonian.rotation import REVERSED
from sekkei.shapes import Bool, Complex, Float, Int

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

    sums: Float[Tensor, "pair order part channel second_first"]
    """For each order, real and imaginary part; radial functions from the second and from the first
    atom."""

    n_element: int
    """Channels of elements; further ones, weighted by the environment, follow."""


@dataclass(frozen=True, slots=True, eq=False)
class ThirdTables:
    """What third atoms are to each atom of a cell, whatever the pair: found once for all pairs."""

    around: Surroundings
    present: tuple[int, ...]
    """Which of the elements have a channel: all of them in the training, else those of the cell."""

    radial: Float[Tensor, "atom place radial"]
    """Radial functions, in single precision; a last image that is none has zeros."""

    is_near: Bool[np.ndarray, "atom image"]
    """Which images an atom sees."""

    numbers: Float[Tensor, "place number"]
    """Channels of elements, then numbers of the environment, in single precision."""

    @classmethod
    def of(cls, around: Surroundings, present: tuple[int, ...]) -> "ThirdTables":
        """Find them for a cell, with channels of some of the elements."""
        scaled = vectors_between(around.places, around.sizes, around.image_sizes)[1]
        apart = scaled.detach().numpy()
        is_near = (apart < CUTOFF) & (apart > 1e-6)
        radial = radial_basis(scaled, _THIRD, _THIRD_WIDTH, CUTOFF) * torch.from_numpy(
            is_near[..., None]
        )
        atoms = around.images.atoms
        crowding, slope = around.environment.crowding[atoms], around.environment.slope[atoms]
        own = [crowding[:, :1], crowding[:, :1] ** 2, crowding[:, 1:]]
        numbers = torch.cat([around.channels[:, list(present)], *own, slope], dim=1)
        return cls(
            around,
            present,
            pad(radial, (0, 0, 0, 1)).float(),
            is_near,
            pad(numbers, (0, 0, 0, 1)).float(),
        )

    def third(
        self, pairs: Pairs, frames: Float[Tensor, "pair 3 3"], n_order: int, *, weighted: bool
    ) -> ThirdAtoms:
        """Sum over the third atoms of pairs.

        Parameters
        ----------
        pairs
            Of any elements; fast where neighbours in the list are equally far apart.
        frames
            Of the pairs.
        n_order
            Orders to compute, from 0.
        weighted
            Whether channels weighted by the environment of the third atom are added.
        """
        around = self.around
        n_part = max(1, len(pairs.first) // _PAIRS_AT_ONCE)
        sums = [
            self._sums(pairs.rows(rows), frames[rows], n_order, weighted=weighted)
            for rows in np.array_split(np.arange(len(pairs.first)), n_part)
        ]
        distances = around.places.between(pairs)[0]
        mean = (around.sizes[pairs.first] + around.sizes[pairs.second]) / 2.0
        return ThirdAtoms(pairs, frames, distances / mean, torch.cat(sums), len(self.present))

    def _sums(
        self, pairs: Pairs, frames: Float[Tensor, "pair 3 3"], n_order: int, *, weighted: bool
    ) -> Float[Tensor, "pair order part channel second_first"]:
        around, third = self.around, self._near_both(pairs)
        places = pad(around.places.images, (0, 0, 0, 1))
        away = (places[third] - around.places.atoms[pairs.first][:, None]).float()
        local = away @ frames.float().mT
        size = ((around.sizes[pairs.first] + around.sizes[pairs.second])[:, None] / 2.0).float()
        numbers = self.numbers[third]
        turn = torch.complex(local[..., 0], -local[..., 1]) / (_RHO * size)
        powers = [torch.ones_like(turn)]
        for _ in range(1, n_order):
            powers.append(powers[-1] * turn)
        turns = torch.stack(powers, dim=-1)
        turns = torch.view_as_real(turns).flatten(2).unflatten(2, (n_order, 2, 1))
        n_element = len(self.present)
        weight = numbers[:, :, None, None, :n_element] * turns
        if weighted:
            # On the axis of the pair there is no direction across: it fades near it.
            across = local[..., :2]
            fade = torch.sqrt(
                (across**2).sum(dim=-1, keepdim=True) + (_SOFT * size[..., None]) ** 2
            )
            unit = across / fade
            slope = numbers[..., n_element + 3 :] @ frames.float().mT
            outward = (slope[..., :2] * unit).sum(dim=-1, keepdim=True)
            # Along a circle about the axis: what a mirror plane turns around, so imaginary.
            circle = slope[..., 1] * unit[..., 0] - slope[..., 0] * unit[..., 1]
            real = [numbers[..., n_element : n_element + 3], slope[..., 2:], outward]
            more = torch.cat(real, dim=-1)[:, :, None, None] * turns
            turned = turns.flip(3) * turns.new_tensor([[-1.0], [1.0]])
            weight = torch.cat([weight, more, circle[:, :, None, None, None] * turned], dim=-1)
        one = self.radial[pairs.first[:, None], third]
        other = self.radial[pairs.second[:, None], third]
        both = (other[..., :, None] * one[..., None, :]).flatten(2)
        sums: Tensor = weight.flatten(2).mT @ both
        made: Tensor = sums.unflatten(1, (n_order, 2, -1))
        return made

    def _near_both(self, pairs: Pairs) -> Int[np.ndarray, "pair both"]:
        """Return the images near both atoms of each pair, padded with the one that is none."""
        near = self.is_near[pairs.first] & self.is_near[pairs.second]
        rows, images = np.nonzero(near)
        counts = near.sum(axis=1)
        starts = np.cumsum(counts) - counts
        found = np.full((len(near), int(counts.max(initial=1))), near.shape[1])
        found[rows, np.arange(len(rows)) - starts[rows]] = images
        return found


def pair_features(
    found: ThirdAtoms, environment: Environment, *, reverse: bool
) -> list[Complex[Tensor, "pair _"]]:
    """Return the features of each order, of pairs seen from their first or their second atom."""
    return [
        torch.cat([_outer(numbers, radial) for numbers, radial in parts], dim=1)
        for parts in _parts(found, environment, reverse=reverse)
    ]


def radial_parts(
    scaled: Float[Tensor, " pair"],
) -> tuple[Float[Tensor, "pair bond"], Float[Tensor, "pair few"], Float[Tensor, "pair fine"]]:
    """Return functions of a pair's own distance: for third atoms, weighted ones, and the pair."""
    bond = radial_basis(scaled, _BOND, _BOND_WIDTH, PAIR_CUTOFF).float()
    return bond, bond[:, _FEW], radial_basis(scaled, _FINE, _FINE_WIDTH, PAIR_CUTOFF).float()


_Part = tuple[Complex[Tensor, "pair _"], Float[Tensor, "pair _"]]


def _outer(
    numbers: Complex[Tensor, "pair number"], radial: Float[Tensor, "pair radial"]
) -> Complex[Tensor, "pair feature"]:
    return (numbers[:, :, None] * radial[:, None, :]).reshape(len(numbers), -1)


def _parts(found: ThirdAtoms, environment: Environment, *, reverse: bool) -> list[list[_Part]]:
    """Return numbers of each order, and the functions of the distance that they are times."""
    bond, few, fine = radial_parts(found.scaled)
    made = []
    for order in range(found.sums.shape[1]):
        sums = torch.complex(found.sums[:, order, 0], found.sums[:, order, 1])
        seen = _reversed(sums, found.n_element) if reverse else sums
        plain, weighted = seen[:, : found.n_element], seen[:, found.n_element :]
        parts = [(plain.flatten(1), bond)]
        if weighted.shape[1]:
            parts.append((weighted.flatten(1), few))
        own = own_numbers(found, environment, order, reverse=reverse, full=bool(weighted.shape[1]))
        if own is not None:
            parts.append((own, fine))
        made.append(parts)
    return made


def own_numbers(
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
    sums: Complex[Tensor, "pair channel second_first"], n_element: int
) -> Complex[Tensor, "pair channel first_second"]:
    # Turned about the frame's x axis: angles change their sign, as does what points along z.
    seen = sums.conj().resolve_conj()[..., SWAPPED]
    if sums.shape[1] > n_element:
        signs = torch.ones(sums.shape[1])
        signs[n_element + ALONG_Z] = -1.0
        seen = seen * signs[:, None]
    return seen


N_WEIGHTED = 6
"""Channels weighted by the environment."""

ALONG_Z = 3
"""Which of the weighted channels points along the axis of a pair."""

SWAPPED = np.arange(len(_THIRD) ** 2).reshape(len(_THIRD), -1).T.ravel()
"""Where products of radial functions stand if the second atom is the first."""
