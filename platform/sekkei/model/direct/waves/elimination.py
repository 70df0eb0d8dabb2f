r"""Transmission of junctions, slice by slice, and its slopes by the parameters.

The leads' surfaces are known, so that only the device is eliminated, from left to right. What
leads add to it is real but for few open channels: with the real symmetric matrix
:math:`A = E - H - \mathrm{Re}\,\Sigma` and channels W, :math:`\mathrm{Im}\,\Sigma = -W W^T / 2`,

.. math:: R = W^T A^{-1} W,\quad W^T G W = (1 + i R / 2)^{-1} R,\quad T = |W_L^T G W_R|^2 ,

so that all but the last step is done in real numbers. The slope of T by any element of H is a
product of columns of :math:`G W = A^{-1} W (1 + i R / 2)^{-1}` [1]_.

References
----------
.. [1] D. J. Thouless and S. Kirkpatrick, J. Phys. C 14, 235 (1981),
   doi:10.1088/0022-3719/14/3/007.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sekkei.model.direct.waves.basis import (
    N_ORBITAL,
    hopping_blocks,
    hopping_slopes,
    level_blocks,
    level_slopes,
)
from sekkei.model.direct.waves.lead import Lead, LeadSlopes
from sekkei.model.direct.waves.surroundings import PairTerms
from sekkei.model.direct.waves.survey import Survey
from sekkei.shapes import Complex, Float

Leads = tuple[Lead, Lead]
"""The left and the right one."""


@dataclass(frozen=True, slots=True, eq=False)
class Contact:
    """One end of devices, and the leads of each set of parameters that they touch."""

    first: int
    """The first atom of a device that touches a lead."""

    hopping: Float[np.ndarray, "set junction lead orbital"]
    """From a lead's surface to them, in eV."""

    sigma: Float[np.ndarray, "energy set junction orbital orbital"]
    """Real part of the self-energy in eV."""

    channels: Float[np.ndarray, "energy set junction orbital channel"]
    """Channels of the lead on these orbitals: their broadening is a product of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Elimination:
    """Devices, eliminated."""

    survey: Survey
    """The junctions."""

    contacts: tuple[Contact, Contact]
    """Their ends."""

    pivots: tuple[Float[np.ndarray, "energy set junction _ _"], ...]
    """Each slice, inverted: towards the next slice, then on channels."""

    reactance: Float[np.ndarray, "energy set junction channel channel"]
    """R of both leads' channels, the left ones first."""

    @property
    def transmission(self) -> Float[np.ndarray, "energy set junction"]:
        """Return T at each energy."""
        n_left = self.contacts[0].channels.shape[-1]
        onto_right = self.reactance[..., n_left:].astype(np.complex128)
        amplitudes = _solve(self._damping(), onto_right)[..., :n_left, :]
        total: np.ndarray = (amplitudes.real**2 + amplitudes.imag**2).sum(axis=(-2, -1))
        return total

    def slopes(
        self, surfaces: tuple[LeadSlopes, LeadSlopes]
    ) -> Float[np.ndarray, "energy parameter"]:
        """Return the derivative of T of one junction by each of one set of parameters.

        Parameters
        ----------
        surfaces
            Of the left and the right lead.
        """
        from_left, from_right, forth = self._waves()
        found = self._device_slopes(forth, from_left)
        for contact, terms, other, surface in zip(
            self.contacts,
            (self.survey.to_left, self.survey.to_right),
            (from_right, from_left.conj()),
            surfaces,
            strict=True,
        ):
            start = contact.first * N_ORBITAL
            part, hopping = slice(start, start + contact.hopping.shape[-1]), contact.hopping[0, 0]
            partial = forth[:, part] @ from_left[:, part].swapaxes(1, 2)
            inner = other[:, part]
            partial = 2.0 * (partial + 1j * inner @ inner.conj().swapaxes(1, 2))
            found += _contact_slopes(surface.lead, contact, terms, partial)
            found += surface(hopping @ partial @ hopping.T)
        return found

    def _damping(self) -> Complex[np.ndarray, "energy set junction channel channel"]:
        found: np.ndarray = np.eye(self.reactance.shape[-1]) + 0.5j * self.reactance
        return found

    def _waves(self) -> tuple[Complex[np.ndarray, "energy orbital _"], ...]:
        """Return G on the channels of the left and the right lead, and the latter on amplitudes."""
        n_channel, columns = self.reactance.shape[-1], [self.pivots[-1][:, 0, 0]]
        for pivot in self.pivots[-2::-1]:
            onwards, own = np.split(pivot[:, 0, 0], [columns[0].shape[1]], axis=2)
            wide = np.zeros((*own.shape[:2], n_channel))
            wide[:, :, : own.shape[2]] = own
            columns.insert(0, wide + onwards @ columns[0])
        green = np.concatenate(columns, axis=1) @ np.linalg.inv(self._damping()[:, 0, 0])
        n_left = self.contacts[0].channels.shape[-1]
        from_left, from_right = green[:, :, :n_left], green[:, :, n_left:]
        channels = self.contacts[0].channels[:, 0, 0]
        amplitudes = channels.swapaxes(1, 2) @ from_right[:, : channels.shape[1]]
        return from_left, from_right, from_right @ amplitudes.conj().swapaxes(1, 2)

    def _device_slopes(
        self, forth: np.ndarray, back: np.ndarray
    ) -> Float[np.ndarray, "energy parameter"]:
        shape = len(forth), self.survey.frame.n_device, N_ORBITAL, -1
        one, other = forth.reshape(shape), back.reshape(shape)
        first, second = self.survey.inside.first, self.survey.inside.second
        hops = _products(one[:, second], other[:, first]).swapaxes(2, 3)
        hops = hops + _products(one[:, first], other[:, second])
        found = level_slopes(2.0 * _products(one, other), self.survey.atoms)
        found += hopping_slopes(2.0 * hops, self.survey.inside)
        return found


def eliminate(
    survey: Survey, leads: Sequence[Leads], parameters: Float[np.ndarray, "set parameter"]
) -> Elimination | None:
    """Eliminate devices; None where nothing connects any leads, so that T is zero.

    Parameters
    ----------
    survey
        Junctions of one shape.
    leads
        For each set of parameters, at the same energies.
    parameters
        Of effective Hamiltonians.
    """
    ends = slice_ends(survey)
    if ends is None:
        return None
    sides = [[pair[i] for pair in leads] for i in (0, 1)]
    contacts = (
        _contact(survey, sides[0], survey.to_left, parameters),
        _contact(survey, sides[1], survey.to_right, parameters),
    )
    diagonal, onward = _slices(survey, parameters, ends)
    energies = leads[0][0].energies[:, None, None, None]
    n_channel = [contact.channels.shape[-1] for contact in contacts]
    reactance = np.zeros((*contacts[0].channels.shape[:3], sum(n_channel), sum(n_channel)))
    flow = np.zeros((*reactance.shape[:3], len(diagonal[0][0, 0]), n_channel[0]))
    flow[..., : contacts[0].channels.shape[-2], :] = contacts[0].channels
    pivots: list[np.ndarray] = []
    for i, block in enumerate(diagonal):
        pivot, along = np.empty((len(energies), *block.shape)), np.arange(block.shape[-1])
        np.negative(block, out=pivot)
        pivot[..., along, along] += energies
        if i == 0:
            n = contacts[0].sigma.shape[-1]
            pivot[..., :n, :n] -= contacts[0].sigma
        else:
            back = onward[i - 1].swapaxes(-2, -1) @ pivots[-1]
            pivot -= back[..., : block.shape[-1]]
            flow = back[..., block.shape[-1] :]
        if i == len(onward):
            n = contacts[1].sigma.shape[-1]
            pivot[..., -n:, -n:] -= contacts[1].sigma
            columns = flow = _with_right(flow, contacts[1].channels)
        else:
            wide = np.broadcast_to(onward[i], (*pivot.shape[:-2], *onward[i].shape[-2:]))
            columns = np.concatenate([wide, flow], axis=-1)
        pivots.append(_solve(pivot, columns))
        n = flow.shape[-1]
        reactance[..., :n, :n] += flow.swapaxes(-2, -1) @ pivots[-1][..., -n:]
    return Elimination(survey, contacts, tuple(pivots), reactance)


def _solve(matrices: np.ndarray, columns: np.ndarray) -> np.ndarray:
    # The LAPACK of torch takes a quarter to two thirds of the time of numpy's here.
    found = torch.linalg.solve(torch.from_numpy(matrices), torch.from_numpy(columns))
    solved: np.ndarray = found.numpy()
    return solved


def _with_right(flow: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """Put the channels of the right lead beside what flows into the last slice."""
    found = np.zeros((*flow.shape[:-1], flow.shape[-1] + channels.shape[-1]))
    found[..., : flow.shape[-1]] = flow
    found[..., -channels.shape[-2] :, flow.shape[-1] :] = channels
    return found


def slice_ends(survey: Survey) -> list[int] | None:
    """Cut atoms, sorted along z, so that slices couple to their neighbours only.

    The left lead touches the first slice only, the right one the last; None if some atom
    couples to none beyond in any junction.
    """
    n = survey.frame.n_device
    touched = survey.to_left.first % n
    touching = survey.to_right.first % n
    if not (touched.size and touching.size):
        return None
    farthest = np.arange(n)
    np.maximum.at(farthest, survey.inside.first % n, survey.inside.second % n)
    farthest = np.maximum.accumulate(farthest) + 1
    ends, nearest = [0, int(touched.max()) + 1], int(touching.min())
    # The last slice begins with an atom that touches the right lead, or before it.
    while ends[-1] <= nearest:
        following = int(farthest[ends[-1] - 1])
        if following == ends[-1]:
            return None
        ends.append(following)
    return [*ends[:-1], n]


def _contact(
    survey: Survey,
    leads: Sequence[Lead],
    terms: PairTerms,
    parameters: Float[np.ndarray, "set parameter"],
) -> Contact:
    n_lead, n_device = len(leads[0].wire.numbers), survey.frame.n_device
    system, atom = np.divmod(terms.first, n_device)
    is_left = leads[0].is_left
    start, stop = (0, int(atom.max()) + 1) if is_left else (int(atom.min()), n_device)
    shape = len(leads), survey.n_junction, n_lead, N_ORBITAL, stop - start, N_ORBITAL
    hopping = np.zeros(shape)
    blocks = hopping_blocks(parameters, terms).swapaxes(-2, -1)
    # Separate indices go first in what is selected.
    hopping[:, system, terms.second % n_lead, :, atom - start] = blocks.transpose(1, 0, 2, 3)
    flat = hopping.reshape(*shape[:2], n_lead * N_ORBITAL, -1)
    green = np.stack([lead.green.real for lead in leads], axis=1)[:, :, None]
    n_channel = max(lead.states.shape[2] for lead in leads)
    states = np.zeros((len(green), len(leads), 1, n_lead * N_ORBITAL, n_channel))
    for i, lead in enumerate(leads):
        states[:, i, 0, :, : lead.states.shape[2]] = lead.states
    back = flat.swapaxes(-2, -1)
    return Contact(start, flat, sigma=back @ (green @ flat), channels=back @ states)


def _contact_slopes(
    lead: Lead,
    contact: Contact,
    terms: PairTerms,
    partial: Complex[np.ndarray, "energy orbital orbital"],
) -> Float[np.ndarray, "energy parameter"]:
    """Slopes of Re Tr[partial sigma], sigma = hopping^T g hopping, by hopping."""
    by_hopping = (lead.green @ contact.hopping[0, 0] @ (partial + partial.swapaxes(1, 2))).real
    blocks = by_hopping.reshape(len(partial), len(lead.wire.numbers), N_ORBITAL, -1, N_ORBITAL)
    blocks = blocks.transpose(0, 3, 1, 4, 2)[:, terms.first - contact.first, terms.second]
    return hopping_slopes(blocks, terms)


def _slices(
    survey: Survey, parameters: Float[np.ndarray, "set parameter"], ends: list[int]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the Hamiltonian of each slice, and from each to the next one, in eV."""
    n_set, n_junction, n = len(parameters), survey.n_junction, survey.frame.n_device
    sizes = np.diff(ends)
    levels = level_blocks(parameters, survey.atoms)
    hops = hopping_blocks(parameters, survey.inside)
    slice_of = np.repeat(np.arange(len(sizes)), sizes)
    system, first = np.divmod(survey.inside.first, n)
    second = survey.inside.second % n
    diagonal, onward = [], []
    levels = levels.reshape(n_set, n_junction, n, N_ORBITAL, N_ORBITAL)
    for i, size in enumerate(sizes.tolist()):
        block = np.zeros((n_set, n_junction, size, N_ORBITAL, size, N_ORBITAL))
        here = np.arange(size)
        block[:, :, here, :, here] = levels[:, :, ends[i] : ends[i + 1]].transpose(2, 0, 1, 3, 4)
        inside = np.flatnonzero((slice_of[first] == i) & (slice_of[second] == i))
        at = system[inside], first[inside] - ends[i], second[inside] - ends[i]
        some = hops[:, inside]
        block[:, at[0], at[1], :, at[2]] = some.transpose(1, 0, 2, 3)
        block[:, at[0], at[2], :, at[1]] = some.transpose(1, 0, 3, 2)
        diagonal.append(block.reshape(n_set, n_junction, size * N_ORBITAL, -1))
        if i + 1 < len(sizes):
            block = np.zeros((n_set, n_junction, size, N_ORBITAL, sizes[i + 1], N_ORBITAL))
            across = np.flatnonzero((slice_of[first] == i) & (slice_of[second] == i + 1))
            at = system[across], first[across] - ends[i], second[across] - ends[i + 1]
            block[:, at[0], at[1], :, at[2]] = hops[:, across].transpose(1, 0, 2, 3)
            onward.append(block.reshape(n_set, n_junction, size * N_ORBITAL, -1))
    return diagonal, onward


def _products(
    one: Complex[np.ndarray, "energy item 4 channel"],
    other: Complex[np.ndarray, "energy item 4 channel"],
) -> Float[np.ndarray, "energy item 4 4"]:
    """Real parts of the products over channels: rows of the one, columns of the other."""
    real: np.ndarray = (one @ other.swapaxes(2, 3)).real
    return real
