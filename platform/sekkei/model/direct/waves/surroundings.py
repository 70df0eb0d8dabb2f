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
from sekkei.shapes import Float, Int
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
        n_seeing: int,
    ) -> None:
        """Positions are in angstrom; the first ``n_seeing`` atoms of each system see."""
        self._positions, self._size = positions, relative_size(numbers)
        self._distance = np.stack([cdist(xyz[:n_seeing], xyz) for xyz in positions])
        here = np.arange(n_seeing)
        self._distance[:, here, here] = np.inf
        if np.ptp(self._size) == 0.0:  # One metal: there is one size of all pairs.
            self._ratio = np.broadcast_to(self._size.ravel()[0], self._distance.shape)
            self._sizes = self._size.ravel()[:1]
        else:
            self._ratio = 0.5 * (self._size[:, :n_seeing, None] + self._size[:, None, :])
            self._sizes = np.unique(self._ratio)
        self._reduced = self._distance / self._ratio
        self._near: dict[float, np.ndarray] = {}

    @property
    def least_distance(self) -> Float[np.ndarray, " system"]:
        """Return the nearest approach of a seeing atom to any other, in Å."""
        least: np.ndarray = self._distance.min(axis=(1, 2))
        return least

    def describe(self, n: int) -> tuple[AtomTerms, Float[np.ndarray, "system atom"]]:
        """Describe the first atoms of each system; the second result is how crowded each is."""
        system, i, j = np.nonzero(self._reduced[:, :n] < SIGHT)
        r, xyz = self._reduced[system, i, j], self._positions
        weight = np.exp(-(r[:, None] - _BOND) / _DECAY) * _fade(r, SIGHT)[:, None]
        unit = (xyz[system, j] - xyz[system, i]) / self._distance[system, i, j][:, None]
        seen = np.empty((len(r), 11))
        seen[:, 0], seen[:, 1:4], seen[:, 10] = 1.0, unit, self._size[system, j] - 1.0
        seen[:, 4:10] = unit[:, _FIRST] * unit[:, _SECOND]
        # Rows of equal length make the sum over neighbours one product of matrices.
        count = np.bincount(system * n + i, minlength=len(xyz) * n)
        shape = len(count), int(count.max())
        empty = np.arange(shape[0]) * shape[1] - (np.cumsum(count) - count)
        place = np.arange(len(r)) + np.repeat(empty, count)
        total = _in_rows(weight, place, shape).swapaxes(1, 2) @ _in_rows(seen, place, shape)
        terms, crowding = _atom_terms(total, self._size[:, :n].ravel())
        return terms, crowding.reshape(len(xyz), n)

    def pairs(
        self,
        first: slice,
        second: slice,
        crowding: tuple[Float[np.ndarray, "system one"], Float[np.ndarray, "system other"]],
        *,
        is_same: bool = False,
    ) -> PairTerms:
        """Describe all pairs within reach of two sets of seeing atoms, or of one set.

        Indices of the result count within the sets, system by system. Of one set each pair
        appears once.
        """
        inside = self._reduced[:, first, second] < REACH
        system, i, j = np.nonzero(np.triu(inside, 1) if is_same else inside)
        at = system, first.start + i, second.start + j
        r, size = self._reduced[at], self._ratio[at]
        radial = np.exp(-0.5 * ((r[:, None] - _CENTERS) / _WIDTH) ** 2)
        radial *= (_fade(r, REACH) / size**2)[:, None]
        away = self._positions[system, at[2]] - self._positions[system, at[1]]
        _, n_first, n_second = inside.shape
        context = np.column_stack(
            [
                np.ones(len(r)),
                0.5 * (crowding[0][system, i] + crowding[1][system, j]),
                self._between(at, r, size),
                size - 1.0,
            ]
        )
        return PairTerms(
            first=system * n_first + i,
            second=system * n_second + j,
            direction=away / self._distance[at][:, None],
            radial=radial.astype(np.float32),
            context=context.astype(np.float32),
        )

    def _between(
        self, at: tuple[np.ndarray, ...], r: np.ndarray, size: np.ndarray
    ) -> Float[np.ndarray, " pair"]:
        """Sum Gaussians around the middle of each pair; see `_products`."""
        near = np.empty(len(r))
        for one in self._sizes.tolist():
            of_size = size == one
            near[of_size] = self._products(one)[tuple(index[of_size] for index in at)]
        near *= np.exp(0.125 * (r / _BETWEEN) ** 2)
        near -= 2.0 * np.exp(-0.125 * (r / _BETWEEN) ** 2)
        scaled: np.ndarray = np.clip((near - _BETWEEN_MEAN) / _BETWEEN_SPREAD, -4.0, _LARGEST)
        return scaled

    def _products(self, size: float) -> Float[np.ndarray, "system seeing seeing"]:
        """Sum over all atoms what Gaussians around two others have in common.

        Squares of the distances from the middle m of a and b are those from a and b:
        ``(x - m)^2 = (x - a)^2 / 2 + (x - b)^2 / 2 - (a - b)^2 / 4``. So Gaussians around all
        middles are products of Gaussians around atoms, of which there are few.
        """
        if size not in self._near:
            # Single precision: this exponential is the most of a description.
            scaled = (self._distance * (0.5 / (_BETWEEN * size))).astype(np.float32)
            here = np.arange(scaled.shape[1])
            scaled[:, here, here] = 0.0
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


def _in_rows(
    values: Float[np.ndarray, "value column"],
    place: Int[np.ndarray, " value"],
    shape: tuple[int, int],
) -> Float[np.ndarray, "row place column"]:
    rows = np.zeros((shape[0] * shape[1], values.shape[1]))
    rows[place] = values
    return rows.reshape(*shape, -1)


def _fade(r: np.ndarray, end: float) -> np.ndarray:
    x = np.clip(r / end, 0.0, 1.0)
    faded: np.ndarray = 1.0 - 3.0 * x**2 + 2.0 * x**3
    return faded
