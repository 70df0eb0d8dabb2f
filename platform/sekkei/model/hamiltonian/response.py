"""Occupied states of a closed cell, and how its atoms screen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import eigh
from scipy.optimize import brentq
from scipy.special import expit
from torch import Tensor

from sekkei.model.hamiltonian.exact import ExactParts
from sekkei.model.hamiltonian.ring import lowest_of_ring, ritz, standard_problem
from sekkei.shapes import Float, Int
from sekkei.transport.electrode.matrices import ElectrodeMatrices
from sekkei.transport.kernel.slicing import Slicing

_EMPTY_STATES = 60
"""States above the Fermi level that screening is computed with.

Twice as many moved T of six potassium contacts by 0.002 G0 on average, 0.011 at most.
"""

_DEGENERATE_EV = 1e-5
_OCCUPIED = 1e-6
_RANGE_EV = 5.0

_SPLIT_EV = 1e-7
"""Levels of symmetric junctions are split by so much: slopes of equal levels are 0 / 0."""

_NUMBERS_AT_ONCE = 2_000_000

_DENSE = 1000
"""Orbitals up to which LAPACK is faster than slices."""

_MARGIN_EV = 0.3
"""Of the first guess below all levels: those of a contact are hardly below those of its wire."""


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """The lowest states of a closed cell."""

    energies: Float[Tensor, " state"]
    """In eV against the Fermi level of the electrode."""

    orbitals: Float[Tensor, "orbital state"]
    """Coefficients, one column for each state."""

    duals: Float[Tensor, "orbital state"]
    """The same times the overlap."""

    filling: Float[Tensor, " state"]
    """Share of each state that is filled."""

    smearing: float
    """Width of the Fermi-Dirac distribution in eV."""

    @classmethod
    def fill(
        cls,
        energies: Float[Tensor, " state"],
        orbitals: Float[Tensor, "orbital state"],
        duals: Float[Tensor, "orbital state"],
        n_electron: int,
        smearing: float,
    ) -> "States":
        """Fill states with electrons of both spins."""
        return cls(energies, orbitals, duals, _fill(energies, n_electron, smearing), smearing)

    @property
    def occupied(self) -> Int[np.ndarray, " occupied"]:
        """States that hold electrons."""
        return np.flatnonzero(self.filling.detach().numpy() > _OCCUPIED)


def close_seam(
    matrix: Float[Tensor, "orbital orbital"], blocks: Float[Tensor, "cell lead lead"]
) -> Float[Tensor, "orbital orbital"]:
    """Join the last periods of a cell to its first by the blocks of the perfect electrode."""
    closed, n, size = matrix.clone(), blocks.shape[1], len(matrix)
    for apart in range(1, len(blocks)):
        for right in range(apart):
            at = size - (apart - right) * n
            last, first = slice(at, at + n), slice(right * n, (right + 1) * n)
            closed[last, first] += blocks[apart]
            closed[first, last] += blocks[apart].T
    return closed


def find_states(
    hamiltonian: Float[Tensor, "orbital orbital"],
    parts: ExactParts,
    electrode: ElectrodeMatrices,
    smearing: float,
    slicing: Slicing | None = None,
) -> States:
    """Diagonalise a cell whose ends are joined, and fill it with one electron an atom.

    States are in single precision: fields need no more. Those of a Hamiltonian that shall be
    differentiated are in double precision, and take some times as long: slopes of the lowest
    states are sums over all of them.

    Parameters
    ----------
    hamiltonian
        Against the Fermi level of the electrode, in eV; open at both ends.
    parts
        Hold the overlap.
    electrode
        Whose blocks join the ends.
    smearing
        Width of the Fermi-Dirac distribution in eV.
    slicing
        Of the open cell: long ones are then solved slice by slice.
    """
    blocks = torch.from_numpy(electrode.hamiltonian - electrode.fermi_level * electrode.overlap)
    overlap = close_seam(parts.overlap, torch.from_numpy(electrode.overlap))
    closed = close_seam(hamiltonian, blocks)
    n_electron = len(parts.starts) - 1
    n_state = min(len(overlap), n_electron // 2 + _EMPTY_STATES)
    if hamiltonian.requires_grad:
        energies, orbitals, duals = _differentiable_states(closed, overlap, n_state)
    else:
        by_slices = _states_of_slices(closed, overlap, electrode, n_state, slicing)
        energies, found = by_slices or _lowest_states(closed, overlap, n_state)
        # Fields need no more than single precision; overlaps of crowded atoms do.
        orbitals, duals = found.float(), (overlap @ found).float()
    return States.fill(energies, orbitals, duals, n_electron, smearing)


def bare_response(
    states: States, starts: Int[np.ndarray, " boundary"]
) -> Float[Tensor, "atom atom"]:
    """Return how many electrons a potential on one atom moves to another, in 1/eV.

    Their number stays; see `sekkei.transport.atomic_response`, whose formula this is as a function
    that can be differentiated.
    """
    energies, filling = states.energies, states.filling
    slope = -filling * (1.0 - filling) / states.smearing
    occupied = states.occupied
    n_atom, counts = len(starts) - 1, np.diff(starts).tolist()
    response, shift = energies.new_zeros((n_atom, n_atom)), energies.new_zeros(n_atom)
    n_part = 4 + len(occupied) * len(energies) * n_atom // _NUMBERS_AT_ONCE
    orbitals, duals = states.orbitals.split(counts), states.duals.split(counts)
    if len(set(counts)) == 1:
        # Products of all atoms at once.
        orbitals, duals = (torch.stack(pieces) for pieces in (orbitals, duals))
    for rows in np.array_split(occupied, min(n_part, len(occupied))):
        # Pairs of two occupied states of other parts were met already.
        first, n_row = int(rows[0]), len(rows)
        projectors = _projectors(orbitals, duals, rows)
        gap = energies[rows, None] - energies[first:]
        apart = gap.abs() > _DEGENERATE_EV
        ratio = (filling[rows, None] - filling[first:]) / torch.where(apart, gap, 1.0)
        ratio = torch.where(apart, ratio, slope[rows, None])
        # A pair beyond these rows is met once, but stands twice in the sum.
        ratio[:, n_row:] *= 2.0
        flat = projectors.flatten(1) / 2.0
        response = response + (flat * ratio.flatten().to(flat.dtype)) @ flat.T
        own = projectors[:, torch.arange(n_row), torch.arange(n_row)].double() / 2.0
        shift = shift + own @ slope[rows]
    total = shift.sum()
    # The Fermi level moves so that the number of electrons stays; an insulator has none to move.
    if total != 0.0:
        response = response - torch.outer(shift, shift) / total
    # Both spins; rounding of single precision is not symmetric.
    return response + response.mT


def _projectors(
    orbitals: Tensor | Sequence[Tensor],
    duals: Tensor | Sequence[Tensor],
    rows: Int[np.ndarray, " _"],
) -> Float[Tensor, "atom row state"]:
    """Return twice the share of each atom in products of some states with all from the first on."""
    first = int(rows[0])
    if isinstance(orbitals, Tensor) and isinstance(duals, Tensor):
        one = torch.cat([orbitals, duals], dim=1)[..., rows].mT
        return one @ torch.cat([duals, orbitals], dim=1)[..., first:]
    return torch.stack(
        [
            c[:, rows].T @ d[:, first:] + d[:, rows].T @ c[:, first:]
            for c, d in zip(orbitals, duals, strict=True)
        ]
    )


def _lowest_states(
    hamiltonian: Float[Tensor, "orbital orbital"],
    overlap: Float[Tensor, "orbital orbital"],
    n_state: int,
) -> tuple[Tensor, Tensor]:
    factor, standard = standard_problem(hamiltonian, overlap)
    _, vectors = eigh(
        standard.float().numpy(),
        subset_by_index=[0, n_state - 1],
        driver="evr",
        overwrite_a=True,
        check_finite=False,
    )
    found = torch.from_numpy(vectors).double()
    levels, mixing = ritz(found.mT @ (standard @ found), found.mT @ found)
    return levels, torch.linalg.solve_triangular(factor.mT, found @ mixing, upper=True)


def _states_of_slices(
    hamiltonian: Float[Tensor, "orbital orbital"],
    overlap: Float[Tensor, "orbital orbital"],
    electrode: ElectrodeMatrices,
    n_state: int,
    slicing: Slicing | None,
) -> tuple[Tensor, Tensor] | None:
    """Return levels and states of a long cell; None where LAPACK is faster."""
    is_long = len(overlap) > max(_DENSE, 5 * n_state)
    if slicing is None or not is_long or len(slicing.sizes) < 3:
        return None
    blocks = electrode.hamiltonian, electrode.overlap
    below = lowest_level(*blocks, electrode.fermi_level) - _MARGIN_EV
    return lowest_of_ring(hamiltonian, overlap, slicing, n_state, below)


def lowest_level(
    hamiltonian: Float[np.ndarray, "cell lead lead"],
    overlap: Float[np.ndarray, "cell lead lead"],
    fermi_level: float,
) -> float:
    """Return the bottom of a wire's lowest band, at the zone centre, in eV against E_F.

    Parameters
    ----------
    hamiltonian, overlap
        Blocks from period 0 to period R for R = 0, 1, …
    fermi_level
        In eV.
    """
    whole = (
        blocks[0] + (blocks[1:] + blocks[1:].swapaxes(1, 2)).sum(axis=0)
        for blocks in (hamiltonian, overlap)
    )
    lowest = eigh(*whole, eigvals_only=True, subset_by_index=[0, 0])
    return float(lowest[0]) - fermi_level


def _differentiable_states(
    hamiltonian: Float[Tensor, "orbital orbital"],
    overlap: Float[Tensor, "orbital orbital"],
    n_state: int,
) -> tuple[Tensor, Tensor, Tensor]:
    factor, standard = standard_problem(hamiltonian, overlap)
    noise = np.random.default_rng(0).normal(size=len(standard))
    split = torch.diag(torch.from_numpy(_SPLIT_EV * noise))
    energies, vectors = torch.linalg.eigh((standard + standard.mT) / 2.0 + split)
    orbitals = torch.linalg.solve_triangular(factor.mT, vectors[:, :n_state], upper=True)
    return energies[:n_state], orbitals, overlap @ orbitals


def _fill(
    energies: Float[Tensor, " state"], n_electron: int, smearing: float
) -> Float[Tensor, " state"]:
    levels = energies.detach().numpy()

    def surplus(level: float) -> float:
        return float(2.0 * expit((level - levels) / smearing).sum() - n_electron)

    level = brentq(surplus, levels[0] - _RANGE_EV, levels[-1] + _RANGE_EV, xtol=1e-10)
    filling = torch.sigmoid((level - energies) / smearing)
    if not energies.requires_grad:
        return filling
    # The Fermi level follows the levels near it, so that the number of electrons stays.
    weight = (filling * (1.0 - filling)).detach()
    follows = weight @ (energies - energies.detach()) / weight.sum()
    return torch.sigmoid((level + follows - energies) / smearing)
