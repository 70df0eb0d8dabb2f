"""How crowded each atom is, and on which side: a few smooth numbers of its surroundings."""

from dataclasses import dataclass

import numpy as np

from sekkei.model.hamiltonian.cell import Cell, Images, distance_table
from sekkei.shapes import Float

REACH = 13.6
"""Images beyond it are left out, in the length of potassium's functions (angstrom for K)."""

_NEAR, _FAR, _SLOPE = 3.7, 6.0, 4.5


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """Of the atoms of a cell."""

    crowding: Float[np.ndarray, "atom 2"]
    """Sums of Gaussians over neighbours, a narrow and a wide one, of order one in a contact."""

    slope: Float[np.ndarray, "atom 3"]
    """Where the neighbours are: a vector."""


def environment(cell: Cell, images: Images, sizes: Float[np.ndarray, " atom"]) -> Environment:
    """Describe the surroundings of each atom.

    Parameters
    ----------
    cell, images
        Atoms, and what stands beyond the ends.
    sizes
        Length of each atom's functions over that of potassium's.
    """
    scaled = scaled_distances(cell, images, sizes)
    apart = scaled > 1e-6
    vectors = images.positions[None] - cell.positions[:, None]
    lengths = np.where(apart, np.linalg.norm(vectors, axis=-1), 1.0)
    near, far, slope = (
        np.where(apart, np.exp(-((scaled / width) ** 2)), 0.0) for width in (_NEAR, _FAR, _SLOPE)
    )
    return Environment(
        # Shifted and scaled to order one for contacts: only the condition of the fit sees it.
        np.stack([(near.sum(1) - 1.6) / 0.35, (far.sum(1) - 6.5) / 2.0], axis=1),
        np.asarray(np.einsum("ikc,ik->ic", vectors / lengths[..., None], slope)),
    )


def scaled_distances(
    cell: Cell, images: Images, sizes: Float[np.ndarray, " atom"]
) -> Float[np.ndarray, "atom image"]:
    """Return distances over the mean size of both atoms, in angstrom for potassium."""
    away = distance_table(cell.positions, images.positions)
    return np.asarray(2.0 * away / (sizes[:, None] + sizes[images.atoms]))


def radial_basis(
    distances: Float[np.ndarray, "..."],
    centres: Float[np.ndarray, " centre"],
    width: float,
    cutoff: float,
) -> Float[np.ndarray, "... centre"]:
    """Return Gaussians of distances that end smoothly at a cut-off."""
    fade = np.clip(1.0 - (distances / cutoff) ** 2, 0.0, None) ** 2
    shapes = np.exp(-(((distances[..., None] - centres) / width) ** 2) / 2.0)
    return np.asarray(shapes * fade[..., None])
