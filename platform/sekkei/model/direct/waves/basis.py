"""From parameters to blocks of an effective Hamiltonian, and from slopes back to parameters.

Every block is linear in the parameters: one s and three p orbitals an atom, orthogonal, coupled
as Slater and Koster have it [1]_, with strengths that follow the surroundings. A product of a
slope by the blocks with this linear map is the slope by the parameters.

References
----------
.. [1] J. C. Slater, G. F. Koster, Phys. Rev. 94, 1498 (1954), doi:10.1103/PhysRev.94.1498.
"""

import numpy as np

from sekkei.model.direct.waves.surroundings import (
    N_ATOM,
    N_CONTEXT,
    N_RADIAL,
    N_SHELL,
    AtomTerms,
    PairTerms,
)
from sekkei.shapes import Float

N_ORBITAL = 4
"""s, p_x, p_y, p_z."""

_KINDS = 4  # s-s sigma, s-p sigma, p-p sigma, p-p pi
_LEVELS = 2 * N_ATOM + 2 * N_SHELL

N_PARAMETER = _LEVELS + _KINDS * N_RADIAL * N_CONTEXT
"""Numbers that an effective Hamiltonian is made of."""


def level_blocks(
    parameters: Float[np.ndarray, "*set parameter"], terms: AtomTerms
) -> Float[np.ndarray, "*set atom 4 4"]:
    """Return the block of each atom with itself, in eV against the Fermi level."""
    s, p = parameters[..., :N_ATOM], parameters[..., N_ATOM : 2 * N_ATOM]
    vector = parameters[..., 2 * N_ATOM : 2 * N_ATOM + N_SHELL]
    tensor = parameters[..., 2 * N_ATOM + N_SHELL : _LEVELS]
    shape = *parameters.shape[:-1], len(terms.numbers)
    found = np.zeros((*shape, N_ORBITAL, N_ORBITAL))
    found[..., 0, 0] = s @ terms.numbers.T
    mixed = (vector @ _columns(terms.vectors).T).reshape(*shape, 3)
    found[..., 0, 1:] = found[..., 1:, 0] = mixed
    found[..., 1:, 1:] = (tensor @ _columns(terms.tensors).T).reshape(*shape, 3, 3)
    found[..., [1, 2, 3], [1, 2, 3]] += (p @ terms.numbers.T)[..., None]
    return found


def hopping_blocks(
    parameters: Float[np.ndarray, "*set parameter"], terms: PairTerms
) -> Float[np.ndarray, "*set pair 4 4"]:
    """Return the block from the first to the second atom of each pair, in eV."""
    weights = parameters[..., _LEVELS:].reshape(*parameters.shape[:-1], _KINDS, -1)
    products = (terms.radial.T[:, None] * terms.context.T).reshape(-1, len(terms.first))
    strength = weights @ products
    s_s, s_p, along, across = (strength[..., kind, :] for kind in range(_KINDS))
    # Pairs last, and in the end first: numpy is slow where the last axis is short.
    found = np.empty((N_ORBITAL, N_ORBITAL, *s_s.shape))
    found[0, 0], bond, d = s_s, along - across, terms.direction.T
    for i in range(3):
        found[0, 1 + i] = s_p * d[i]
        found[1 + i, 0] = -found[0, 1 + i]
        for j in range(i + 1):
            found[1 + i, 1 + j] = found[1 + j, 1 + i] = bond * (d[i] * d[j])
        found[1 + i, 1 + i] += across
    by_pair = np.ascontiguousarray(np.moveaxis(found, (-1, 0, 1), (0, -2, -1)))
    return np.moveaxis(by_pair, 0, -3)


def level_slopes(
    slopes: Float[np.ndarray, "energy atom 4 4"], terms: AtomTerms
) -> Float[np.ndarray, "energy parameter"]:
    """Return slopes by the parameters from slopes by `level_blocks`."""
    found = np.zeros((len(slopes), N_PARAMETER))
    found[:, :N_ATOM] = slopes[:, :, 0, 0] @ terms.numbers
    found[:, N_ATOM : 2 * N_ATOM] = np.einsum("enaa->en", slopes[:, :, 1:, 1:]) @ terms.numbers
    mixed = slopes[:, :, 0, 1:] + slopes[:, :, 1:, 0]
    flat = len(slopes), -1
    found[:, 2 * N_ATOM : 2 * N_ATOM + N_SHELL] = mixed.reshape(flat) @ _columns(terms.vectors)
    split = slopes[:, :, 1:, 1:].reshape(flat)
    found[:, 2 * N_ATOM + N_SHELL : _LEVELS] = split @ _columns(terms.tensors)
    return found


def hopping_slopes(
    slopes: Float[np.ndarray, "energy pair 4 4"], terms: PairTerms
) -> Float[np.ndarray, "energy parameter"]:
    """Return slopes by the parameters from slopes by `hopping_blocks`."""
    found = np.zeros((len(slopes), N_PARAMETER))
    strength = np.einsum("epab,kpab->ekp", slopes, _shapes(terms.direction))
    by_radial = strength[:, :, None, :] * terms.radial.T
    found[:, _LEVELS:] = (by_radial @ terms.context).reshape(len(slopes), -1)
    return found


def _shapes(direction: Float[np.ndarray, "pair 3"]) -> Float[np.ndarray, "kind pair 4 4"]:
    found = np.zeros((_KINDS, len(direction), N_ORBITAL, N_ORBITAL))
    along = direction[:, :, None] * direction[:, None, :]
    found[0, :, 0, 0] = 1.0
    found[1, :, 0, 1:] = direction
    found[1, :, 1:, 0] = -direction
    found[2, :, 1:, 1:] = along
    found[3, :, 1:, 1:] = np.eye(3) - along
    return found


def _columns(terms: Float[np.ndarray, "atom shell *axes"]) -> np.ndarray:
    return np.moveaxis(terms, 1, -1).reshape(-1, N_SHELL)
