"""What an effective Hamiltonian depends on: the surroundings of an atom and of a pair.

Lengths are reduced: multiplied by the lattice constant of potassium over that of the atoms at
hand. In these units the alkali metals are nearly one metal, and energies go with the inverse
square of the length, as those of free electrons do.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from ase.data import atomic_numbers, chemical_symbols
from scipy.spatial.distance import cdist

from sekkei.arrays import freeze
from sekkei.shapes import Bool, Float, Int
from sekkei.structure.element import known_elements, lattice_constant

REACH = 8.4
"""Hopping ends at this reduced distance, in Å; the third shell of the crystal is at 7.5."""

SIGHT = 9.0
"""Surroundings end at this reduced distance, in Å."""

N_ATOM, N_SHELL, N_RADIAL, N_CONTEXT = 8, 3, 6, 4
"""Numbers of an atom; decay lengths; radial functions and numbers of a pair."""

_DECAY = np.array([0.9, 1.6, 3.0])
_BOND = 4.6
_CENTERS = np.linspace(3.8, 7.8, N_RADIAL)
_WIDTH = 0.9
_BETWEEN = 1.6
_FARTHEST = 6.0  # In units of a Gaussian: farther ones would be denormal numbers, which are slow.

# Means and deviations over contacts of potassium, so that all numbers are of order one.
_CROWD_MEAN, _CROWD_SPREAD = np.array([3.15, 3.35, 3.57]), 1.0
_BETWEEN_MEAN, _BETWEEN_SPREAD = 0.36, 0.27
_LARGEST = 4.0

# Products of two components that a symmetric tensor is made of, and where they stand in a row.
_FIRST, _SECOND = np.array([0, 1, 2, 0, 0, 1]), np.array([0, 1, 2, 1, 2, 2])
_OF_PRODUCT = 4 + np.array([[0, 3, 4], [3, 1, 5], [4, 5, 2]])


@dataclass(frozen=True, slots=True, eq=False)
class AtomTerms:
    """What the levels of atoms are linear in, in units of the reduced energy."""

    numbers: Float[np.ndarray, "atom number"]
    """Constant, densities around, sizes of the atom and its neighbours, and these by density."""

    vectors: Float[np.ndarray, "atom shell 3"]
    """Where neighbours are missing: couples s and p."""

    tensors: Float[np.ndarray, "atom shell 3 3"]
    """Traceless anisotropy of the neighbours: splits p."""

    @property
    def invariants(self) -> Float[np.ndarray, "atom invariant"]:
        """Return what does not change when the atoms are turned: numbers and lengths."""
        tensors = np.linalg.norm(self.tensors, axis=(2, 3))
        return np.column_stack([self.numbers, np.linalg.norm(self.vectors, axis=2), tensors])


@dataclass(frozen=True, slots=True, eq=False)
class PairTerms:
    """What the hopping between two atoms is linear in."""

    first: Int[np.ndarray, " pair"]
    """Index of the one atom."""

    second: Int[np.ndarray, " pair"]
    """Index of the other."""

    direction: Float[np.ndarray, "pair 3"]
    """Unit vector from the first to the second."""

    radial: Float[np.ndarray, "pair radial"]
    """Functions of the distance, in units of the reduced energy."""

    context: Float[np.ndarray, "pair context"]
    """Constant, density around both, density between them, how large both are."""


class Neighbourhood:
    """What may be seen by the first atoms of some systems, each of as many atoms."""

    def __init__(
        self,
        numbers: Int[np.ndarray, "system atom"],
        positions: Float[np.ndarray, "system atom 3"],
        n: int,
        n_paired: int,
    ) -> None:
        """Positions are in Å; the first ``n`` atoms of each system see, and pair with more."""
        self._positions, self._size = positions, relative_size(numbers)
        self._apart = np.stack([cdist(xyz[:n_paired], xyz) for xyz in positions])
        self._distance, here = self._apart[:, :n].copy(), np.arange(n)
        self._distance[:, here, here] = np.inf
        if np.ptp(self._size) == 0.0:  # One metal: there is one size of all pairs.
            self._sizes = self._ratio = self._size.ravel()[:1]
        else:
            self._ratio = 0.5 * (self._size[:, :n, None] + self._size[:, None, :])
            self._sizes = np.unique(self._ratio)
        self._reduced = self._distance / self._ratio
        self._near: dict[float, np.ndarray] = {}

    @property
    def least_distance(self) -> Float[np.ndarray, " system"]:
        """Return the nearest approach of a seeing atom to any other, in Å."""
        least: np.ndarray = self._distance.min(axis=(1, 2))
        return least

    def describe(self) -> tuple[AtomTerms, Float[np.ndarray, "system atom"]]:
        """Describe the seeing atoms of each system; the second result is how crowded each is."""
        n_system, n, n_all = self._distance.shape
        is_seen = self._reduced < SIGHT
        system, i, j = _places(is_seen)
        count, j = np.bincount(system * n + i, minlength=n_system * n), system * n_all + j
        r, places = self._reduced[is_seen], self._positions.reshape(-1, 3).T
        # Components first: numpy is slow where the last axis is short.
        weight = np.exp(-(r - _BOND) / _DECAY[:, None]) * _fade(r, SIGHT)
        unit = places[:, j] - np.repeat(self._positions[:, :n].reshape(-1, 3).T, count, axis=1)
        unit /= self._distance[is_seen]
        one, size = np.ones((1, len(r))), self._size.ravel()
        seen = np.concatenate([one, unit, unit[_FIRST] * unit[_SECOND], size[None, j] - 1.0])
        # Rows of equal length make the sum over neighbours one product of matrices.
        shape = len(count), int(count.max())
        empty = np.arange(shape[0]) * shape[1] - (np.cumsum(count) - count)
        place = np.arange(len(r)) + np.repeat(empty, count)
        weight, seen = _in_rows(weight, place, shape), _in_rows(seen, place, shape)
        total = weight.transpose(1, 0, 2) @ seen.transpose(1, 2, 0)
        terms, crowding = _atom_terms(total, self._size[:, :n].ravel())
        return terms, crowding.reshape(n_system, n)

    def pairs(
        self,
        second: slice,
        crowding: tuple[Float[np.ndarray, "system one"], Float[np.ndarray, "system other"]],
        *,
        is_same: bool = False,
    ) -> PairTerms:
        """Describe all pairs within reach of the seeing atoms and of a set of atoms.

        Indices of the result count within the sets, system by system. If the set is that of the
        seeing atoms each pair appears once.
        """
        inside = self._reduced[:, :, second] < REACH
        system, i, j = _places(np.triu(inside, 1) if is_same else inside)
        (_, n_first, n_second), n_all = inside.shape, self._positions.shape[1]
        other = second.start + j
        at = (system * n_first + i) * n_all + other
        r, size = self._reduced.ravel()[at], self._ratio_of(at)
        radial = np.exp(-0.5 * ((r - _CENTERS[:, None]) / _WIDTH) ** 2)
        radial *= _fade(r, REACH) / size**2
        xyz, start = self._positions.reshape(-1, 3), system * n_all
        away = xyz[start + other] - xyz[start + i]
        context = [
            np.ones(len(r)),
            0.5 * (crowding[0][system, i] + crowding[1][system, j]),
            self._between((system, i, other), r, size),
            size - 1.0,
        ]
        return PairTerms(
            first=system * n_first + i,
            second=system * n_second + j,
            direction=away / self._distance.ravel()[at][:, None],
            radial=radial.astype(np.float32).T,
            context=np.array(context, dtype=np.float32).T,
        )

    def _ratio_of(self, at: Int[np.ndarray, " pair"]) -> Float[np.ndarray, " pair"]:
        if self._ratio.size == 1:
            return np.full(len(at), self._ratio.item())
        found: np.ndarray = self._ratio.ravel()[at]
        return found

    def _between(
        self, at: tuple[np.ndarray, ...], r: np.ndarray, size: np.ndarray
    ) -> Float[np.ndarray, " pair"]:
        """Sum Gaussians around the middle of each pair; see `_products`."""
        near = np.empty(len(r))
        for one in self._sizes.tolist():
            of_size = slice(None) if len(self._sizes) == 1 else size == one
            near[of_size] = self._products(one)[tuple(index[of_size] for index in at)]
        near *= np.exp(0.125 * (r / _BETWEEN) ** 2)
        near -= 2.0 * np.exp(-0.125 * (r / _BETWEEN) ** 2)
        scaled: np.ndarray = np.clip((near - _BETWEEN_MEAN) / _BETWEEN_SPREAD, -4.0, _LARGEST)
        return scaled

    def _products(self, size: float) -> Float[np.ndarray, "system paired paired"]:
        """Sum over all atoms what Gaussians around two others have in common.

        Squares of the distances from the middle m of a and b are those from a and b:
        ``(x - m)^2 = (x - a)^2 / 2 + (x - b)^2 / 2 - (a - b)^2 / 4``. So Gaussians around all
        middles are products of Gaussians around atoms, of which there are few.
        """
        if size not in self._near:
            # Single precision: this exponential is the most of a description.
            scaled = (self._apart * (0.5 / (_BETWEEN * size))).astype(np.float32)
            np.minimum(scaled, _FARTHEST, out=scaled)
            around = np.exp(-(scaled**2))
            self._near[size] = around @ around.swapaxes(1, 2)
        return self._near[size]


def relative_size(numbers: Int[np.ndarray, "*axes"]) -> Float[np.ndarray, "*axes"]:
    """Return lattice constants over that of potassium."""
    sizes: np.ndarray = _sizes()[numbers]
    return sizes


@cache
def _sizes() -> Float[np.ndarray, " number"]:
    found = np.full(len(chemical_symbols), np.nan)
    for symbol in known_elements():
        found[atomic_numbers[symbol]] = lattice_constant(symbol) / lattice_constant("K")
    return freeze(found)


def _atom_terms(
    total: Float[np.ndarray, "atom shell sum"], size: Float[np.ndarray, " atom"]
) -> tuple[AtomTerms, Float[np.ndarray, " atom"]]:
    density, energy = total[:, :, 0], 1.0 / size**2
    crowd = np.clip((density - _CROWD_MEAN) / _CROWD_SPREAD, -_LARGEST, _LARGEST)
    mean_other = total[:, 1, 10] / np.maximum(density[:, 1], 1e-6)
    sizes = np.column_stack([size - 1.0, mean_other])
    numbers = np.column_stack([np.ones(len(size)), crowd, sizes, sizes * crowd[:, 1:2]])
    tensors = total[:, :, _OF_PRODUCT] - density[:, :, None, None] * (np.eye(3) / 3.0)
    terms = AtomTerms(
        numbers=numbers * energy[:, None],
        vectors=total[:, :, 1:4] * energy[:, None, None],
        tensors=tensors * energy[:, None, None, None],
    )
    return terms, crowd[:, 0]


def _places(is_one: Bool[np.ndarray, "a b c"]) -> tuple[Int[np.ndarray, " place"], ...]:
    # As ``np.nonzero`` does, in a third of the time.
    place, (_, n_row, n_column) = np.flatnonzero(is_one), is_one.shape
    row = place // n_column
    first = row // n_row
    return first, row - first * n_row, place - row * n_column


def _in_rows(
    values: Float[np.ndarray, "column value"],
    place: Int[np.ndarray, " value"],
    shape: tuple[int, int],
) -> Float[np.ndarray, "column row place"]:
    rows = np.zeros((len(values), shape[0] * shape[1]))
    for row, column in zip(rows, values, strict=True):
        row[place] = column
    return rows.reshape(len(values), *shape)


def _fade(r: np.ndarray, end: float) -> np.ndarray:
    x = np.clip(r / end, 0.0, 1.0)
    faded: np.ndarray = 1.0 - 3.0 * x**2 + 2.0 * x**3
    return faded
