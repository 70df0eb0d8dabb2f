"""How crowded each atom is, and on which side: a few smooth numbers of its surroundings."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sekkei.model.hamiltonian.cell import Places
from sekkei.shapes import Float

REACH = 13.6
"""Images beyond it are left out, in the length of potassium's functions (angstrom for K)."""

_NEAR, _FAR, _SLOPE = 3.7, 6.0, 4.5


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """Of the atoms of a cell."""

    crowding: Float[Tensor, "atom 2"]
    """Sums of Gaussians over neighbours, a narrow and a wide one, of order one in a contact."""

    slope: Float[Tensor, "atom 3"]
    """Where the neighbours are: a vector."""


def environment(
    places: Places, sizes: Float[Tensor, " atom"], image_sizes: Float[Tensor, " image"]
) -> Environment:
    """Describe the surroundings of each atom.

    Parameters
    ----------
    places
        Of atoms, and of what stands beyond the ends.
    sizes, image_sizes
        Length of the functions of each atom and image over that of potassium's.
    """
    vectors, scaled = vectors_between(places, sizes, image_sizes)
    apart = scaled > 1e-6
    lengths = torch.where(apart, torch.linalg.vector_norm(vectors, dim=-1), 1.0)
    near, far, slope = (
        torch.where(apart, torch.exp(-((scaled / width) ** 2)), 0.0)
        for width in (_NEAR, _FAR, _SLOPE)
    )
    return Environment(
        # Shifted and scaled to order one for contacts: only the condition of the fit sees it.
        torch.stack([(near.sum(1) - 1.6) / 0.35, (far.sum(1) - 6.5) / 2.0], dim=1),
        ((slope / lengths)[:, None] @ vectors)[:, 0],
    )


def vectors_between(
    places: Places, sizes: Float[Tensor, " atom"], image_sizes: Float[Tensor, " image"]
) -> tuple[Float[Tensor, "atom image 3"], Float[Tensor, "atom image"]]:
    """Return vectors in angstrom, and their lengths over the mean size of both atoms."""
    vectors = places.images[None] - places.atoms[:, None]
    away = torch.linalg.vector_norm(vectors, dim=-1)
    return vectors, 2.0 * away / (sizes[:, None] + image_sizes)


def radial_basis(
    distances: Float[Tensor, "..."],
    centres: Float[np.ndarray, " centre"],
    width: float,
    cutoff: float,
) -> Float[Tensor, "... centre"]:
    """Return Gaussians of distances that end smoothly at a cut-off."""
    fade = (1.0 - (distances / cutoff) ** 2).clamp(min=0.0) ** 2
    away = distances[..., None] - torch.from_numpy(centres).to(distances.dtype)
    return torch.exp(-((away / width) ** 2) / 2.0) * fade[..., None]
