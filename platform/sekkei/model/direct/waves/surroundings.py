"""What an effective Hamiltonian depends on: the surroundings of an atom and of a pair.

Lengths are reduced: multiplied by the lattice constant of potassium over that of the atoms at
hand. In these units the alkali metals are nearly one metal, and energies go with the inverse
square of the length, as those of free electrons do.
"""

from dataclasses import dataclass

import numpy as np
from ase.data import chemical_symbols
from scipy.spatial.distance import cdist

from sekkei.model.direct.descriptor import atomic_constants
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


@dataclass(frozen=True, slots=True, eq=False)
class AtomTerms:
    """What the levels of atoms are linear in, in units of the reduced energy."""

    numbers: Float[np.ndarray, "atom number"]
    """Constant, densities around, sizes of the atom and its neighbours, and these by density."""

    vectors: Float[np.ndarray, "atom shell 3"]
    """Where neighbours are missing: couples s and p."""

    tensors: Float[np.ndarray, "atom shell 3 3"]
    """Traceless anisotropy of the neighbours: splits p."""


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
    """All atoms that may be seen."""

    def __init__(self, numbers: np.ndarray, positions: np.ndarray) -> None:
        """Positions are in angstrom."""
        atomic_constants(numbers)
        self._positions = positions
        self._size = relative_size(numbers)

    def describe(
        self, centers: Int[np.ndarray, " center"]
    ) -> tuple[AtomTerms, Float[np.ndarray, " center"]]:
        """Describe some atoms; the second result is how crowded each is, for its pairs."""
        size = self._size[centers]
        ratio = 0.5 * (size[:, None] + self._size)
        distance = cdist(self._positions[centers], self._positions) / ratio
        distance[np.arange(centers.size), centers] = np.inf
        i, j = np.nonzero(distance < SIGHT)
        r, centre = distance[i, j], np.arange(centers.size)
        weight = np.exp(-(r[:, None] - _BOND) / _DECAY) * _fade(r, SIGHT)[:, None]
        unit = (self._positions[j] - self._positions[centers[i]]) / (r * ratio[i, j])[:, None]
        square = unit[:, :, None] * unit[:, None, :] - np.eye(3) / 3.0
        columns = np.concatenate(
            [
                weight,
                (weight[:, :, None] * unit[:, None, :]).reshape(len(r), -1),
                (weight[:, :, None, None] * square[:, None]).reshape(len(r), -1),
                weight[:, 1:2] * (self._size[j] - 1.0)[:, None],
            ],
            axis=1,
        )
        total = np.zeros((centers.size, columns.shape[1]))
        if r.size:
            found, start = np.unique(i, return_index=True)
            total[centre[found]] = np.add.reduceat(columns, start, axis=0)
        return _atom_terms(total, size)

    def pairs(
        self,
        first: Int[np.ndarray, " one"],
        second: Int[np.ndarray, " other"],
        crowding: tuple[Float[np.ndarray, " one"], Float[np.ndarray, " other"]],
        *,
        is_same: bool = False,
    ) -> PairTerms:
        """Describe all pairs within reach of two sets of atoms, or of one set.

        Indices of the result count within the sets. Of one set each pair appears once.
        """
        ratio = 0.5 * (self._size[first][:, None] + self._size[second])
        away = self._positions[second][None] - self._positions[first][:, None]
        distance = np.linalg.norm(away, axis=2)
        inside = distance < REACH * ratio
        i, j = np.nonzero(np.triu(inside, 1) if is_same else inside)
        r, size = distance[i, j] / ratio[i, j], ratio[i, j]
        radial = np.exp(-0.5 * ((r[:, None] - _CENTERS) / _WIDTH) ** 2)
        radial *= (_fade(r, REACH) / size**2)[:, None]
        return PairTerms(
            first=i,
            second=j,
            direction=away[i, j] / distance[i, j][:, None],
            radial=radial.astype(np.float32),
            context=np.column_stack(
                [
                    np.ones(len(r)),
                    0.5 * (crowding[0][i] + crowding[1][j]),
                    self._between(first[i], second[j], r, size),
                    size - 1.0,
                ]
            ).astype(np.float32),
        )

    def _between(
        self, first: np.ndarray, second: np.ndarray, r: np.ndarray, size: np.ndarray
    ) -> Float[np.ndarray, " pair"]:
        middle = 0.5 * (self._positions[first] + self._positions[second])
        square = cdist(middle, self._positions, "sqeuclidean")
        # Single precision: most of the time of a description goes into this exponential.
        scale = (-0.5 / (_BETWEEN * size) ** 2).astype(np.float32)
        near = np.exp(square.astype(np.float32) * scale[:, None]).sum(axis=1).astype(np.float64)
        near -= 2.0 * np.exp(-0.125 * (r / _BETWEEN) ** 2)
        scaled: np.ndarray = np.clip((near - _BETWEEN_MEAN) / _BETWEEN_SPREAD, -4.0, _LARGEST)
        return scaled


def relative_size(numbers: Int[np.ndarray, " atom"]) -> Float[np.ndarray, " atom"]:
    """Return lattice constants over that of potassium."""
    table = {symbol: lattice_constant(symbol) for symbol in known_elements()}
    return np.array([table[chemical_symbols[n]] / table["K"] for n in numbers])


def _atom_terms(
    total: Float[np.ndarray, "atom sum"], size: Float[np.ndarray, " atom"]
) -> tuple[AtomTerms, Float[np.ndarray, " atom"]]:
    n, energy = len(total), 1.0 / size**2
    density, rest = total[:, :N_SHELL], total[:, N_SHELL:]
    vectors, rest = rest[:, : 3 * N_SHELL], rest[:, 3 * N_SHELL :]
    tensors, others = rest[:, : 9 * N_SHELL], rest[:, 9 * N_SHELL]
    crowd = np.clip((density - _CROWD_MEAN) / _CROWD_SPREAD, -_LARGEST, _LARGEST)
    mean_other = others / np.maximum(density[:, 1], 1e-6)
    sizes = np.column_stack([size - 1.0, mean_other])
    numbers = np.column_stack([np.ones(n), crowd, sizes, sizes * crowd[:, 1:2]])
    terms = AtomTerms(
        numbers=numbers * energy[:, None],
        vectors=vectors.reshape(n, N_SHELL, 3) * energy[:, None, None],
        tensors=tensors.reshape(n, N_SHELL, 3, 3) * energy[:, None, None, None],
    )
    return terms, crowd[:, 0]


def _fade(r: np.ndarray, end: float) -> np.ndarray:
    x = np.clip(r / end, 0.0, 1.0)
    faded: np.ndarray = 1.0 - 3.0 * x**2 + 2.0 * x**3
    return faded
