"""How electrons answer to a potential on one atom: first-order perturbation theory on orbitals."""

from itertools import pairwise

import numpy as np

from sekkei.shapes import Float, Inexact, Int

_OCCUPIED = 1e-6
_NUMBERS_AT_ONCE = 8_000_000


def atomic_response(
    orbitals: tuple[Inexact[np.ndarray, "state orbital"], Inexact[np.ndarray, "state orbital"]],
    energies: Float[np.ndarray, " state"],
    filling: Float[np.ndarray, " state"],
    starts: Int[np.ndarray, " boundary"],
    widths: tuple[float, float],
) -> tuple[Float[np.ndarray, "atom atom"], Float[np.ndarray, " atom"]]:
    r"""Return what potentials on atoms move, at one k-point and for one spin.

    .. math:: \chi_{AB} = \sum_{ij} \frac{f_i - f_j}{e_i - e_j} P^A_{ij} P^B_{ji}

    with the Mulliken projector P of each atom [1]_. The Fermi level stays: `neutral_response` takes
    off what then flows in.

    Parameters
    ----------
    orbitals
        Coefficients, a row for each state; and the same times the overlap.
    energies
        In any unit; it is that of both widths, too.
    filling
        Share of each state that is filled.
    starts
        First orbital of each atom, and the number of orbitals at the end.
    widths
        That of the Fermi-Dirac distribution, and how near states count as degenerate.

    Returns
    -------
    ndarray
        Electrons moved, over energy.
    ndarray
        Electrons of each atom that a shift of the Fermi level takes away, over energy.

    References
    ----------
    .. [1] R. S. Mulliken, J. Chem. Phys. 23, 1833 (1955). doi:10.1063/1.1740588
    """
    smearing, degenerate = widths
    slope = -filling * (1.0 - filling) / smearing
    occupied = np.flatnonzero(filling > _OCCUPIED)
    n_atom = len(starts) - 1
    response, shift = np.zeros((n_atom, n_atom)), np.zeros(n_atom)
    n_part = 1 + occupied.size * energies.size * n_atom // _NUMBERS_AT_ONCE
    for rows in np.array_split(occupied, n_part):
        projectors = _mulliken(*orbitals, rows, starts)
        gap = energies[rows, None] - energies
        apart = np.abs(gap) > degenerate
        ratio = (filling[rows, None] - filling) / np.where(apart, gap, 1.0)
        ratio = np.where(apart, ratio, slope[rows, None])
        # A pair of an occupied and an empty state is met once here, but stands twice in the sum.
        ratio *= np.where(filling > _OCCUPIED, 1.0, 2.0)
        flat = projectors.reshape(n_atom, -1)
        response += ((flat.conj() * ratio.ravel()) @ flat.T).real
        shift += projectors[:, np.arange(rows.size), rows].real @ slope[rows]
    return response, shift


def neutral_response(
    response: Float[np.ndarray, "atom atom"], shift: Float[np.ndarray, " atom"]
) -> Float[np.ndarray, "atom atom"]:
    """Let the Fermi level move so that the number of electrons stays."""
    total = float(shift.sum())
    # An insulator has no electrons to move from one atom's level to another's at E_F.
    if total == 0.0:
        return response
    return np.asarray(response - np.outer(shift, shift) / total)


def _mulliken(
    orbitals: Inexact[np.ndarray, "state orbital"],
    duals: Inexact[np.ndarray, "state orbital"],
    rows: Int[np.ndarray, " row"],
    starts: Int[np.ndarray, " boundary"],
) -> Inexact[np.ndarray, "atom row state"]:
    """Matrix elements of each atom's Mulliken projector between some states and all."""
    parts = []
    for first, last in pairwise(starts):
        own = slice(first, last)
        parts.append(
            orbitals[rows, own].conj() @ duals[:, own].T
            + duals[rows, own].conj() @ orbitals[:, own].T
        )
    return np.asarray(parts) / 2.0
