r"""Transmission of a junction, slice by slice, and its slopes by the parameters.

The leads' surfaces are known, so that only the device is eliminated, from left to right. Of the
Green function only its products with the open channels of both leads are needed,
:math:`T = |W_L^\dagger G W_R|^2`; the slope of T by any element of H is a product of the same
vectors [1]_.

References
----------
.. [1] D. J. Thouless and S. Kirkpatrick, J. Phys. C 14, 235 (1981),
   doi:10.1088/0022-3719/14/3/007.
"""

from dataclasses import dataclass

import numpy as np

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
from sekkei.shapes import Complex, Float, Int


@dataclass(frozen=True, slots=True, eq=False)
class Contact:
    """One end of a device: the orbitals that touch a lead."""

    lead: Lead
    """What they touch."""

    terms: PairTerms
    """Pairs between the lead and these atoms."""

    hopping: Float[np.ndarray, "lead orbital"]
    """From the lead's surface to them, in eV."""

    sigma: Complex[np.ndarray, "energy orbital orbital"]
    """Self-energy in eV."""

    channels: Complex[np.ndarray, "energy orbital channel"]
    """Channels of the lead on these orbitals: their broadening is a product of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Elimination:
    """A device, eliminated: all that T and its slopes are made of."""

    survey: Survey
    """The junction."""

    order: Int[np.ndarray, " atom"]
    """Atoms of the device, slice by slice."""

    left: Contact
    """The end on the left."""

    right: Contact
    """The end on the right."""

    from_left: Complex[np.ndarray, "energy orbital left"]
    """G times the conjugate channels of the left lead."""

    from_right: Complex[np.ndarray, "energy orbital right"]
    """G times the channels of the right lead."""

    amplitudes: Complex[np.ndarray, "energy left right"]
    """Transmission amplitudes between channels."""

    @property
    def transmission(self) -> Float[np.ndarray, " energy"]:
        """Return T at each energy."""
        total: np.ndarray = (np.abs(self.amplitudes) ** 2).sum(axis=(1, 2)).astype(np.float64)
        return total

    def slopes(
        self, surfaces: tuple[LeadSlopes, LeadSlopes]
    ) -> Float[np.ndarray, "energy parameter"]:
        """Return the derivative of T by each parameter.

        Parameters
        ----------
        surfaces
            Of the left and the right lead.
        """
        forth = self.from_right @ self.amplitudes.conj().swapaxes(1, 2)
        found = self._device_slopes(forth)
        n_left, n_right = self.left.hopping.shape[1], self.right.hopping.shape[1]
        for contact, part, other, surface in (
            (self.left, slice(0, n_left), self.from_right, surfaces[0]),
            (self.right, slice(-n_right, None), self.from_left.conj(), surfaces[1]),
        ):
            partial = forth[:, part] @ self.from_left[:, part].swapaxes(1, 2)
            inner = other[:, part]
            partial = 2.0 * (partial + 1j * inner @ inner.conj().swapaxes(1, 2))
            found += _contact_slopes(contact, partial)
            hopping = contact.hopping.astype(np.complex64)
            found += surface(hopping @ partial @ hopping.T)
        return found

    def _device_slopes(self, forth: np.ndarray) -> Float[np.ndarray, "energy parameter"]:
        shape = len(forth), len(self.order), N_ORBITAL, -1
        back_in_place = np.argsort(self.order)
        one = forth.reshape(shape)[:, back_in_place]
        other = self.from_left.reshape(shape)[:, back_in_place]
        first, second = self.survey.inside.first, self.survey.inside.second
        hops = _products(one[:, second], other[:, first]).swapaxes(2, 3)
        hops = hops + _products(one[:, first], other[:, second])
        found = level_slopes(2.0 * _products(one, other), self.survey.atoms)
        found += hopping_slopes(2.0 * hops, self.survey.inside)
        return found


def eliminate(
    survey: Survey, leads: tuple[Lead, Lead], parameters: Float[np.ndarray, " parameter"]
) -> Elimination | None:
    """Eliminate a device; None where nothing connects the leads, so that T is zero.

    Parameters
    ----------
    survey
        The junction.
    leads
        Left and right, at the same energies.
    parameters
        Of the effective Hamiltonian.
    """
    found = _slices(survey)
    if found is None:
        return None
    order, sizes = found
    place = np.argsort(order)
    hamiltonian = _device(survey, parameters, place)
    ends = np.concatenate([[0], np.cumsum(sizes)]) * N_ORBITAL
    first, last = order[: sizes[0]], order[-sizes[-1] :]
    left = _contact(leads[0], _onto(survey.from_left, first), sizes[0], parameters)
    right = _contact(leads[1], _onto(_turned(survey.to_right), last), sizes[-1], parameters)
    return _solve(survey, order, (left, right), hamiltonian, ends)


def _solve(
    survey: Survey,
    order: np.ndarray,
    contacts: tuple[Contact, Contact],
    hamiltonian: Float[np.ndarray, "orbital orbital"],
    ends: Int[np.ndarray, " end"],
) -> Elimination:
    left, right = contacts
    n_channel, last = left.channels.shape[2], len(ends) - 2
    links: list[np.ndarray] = []
    sources: list[np.ndarray] = []
    for i in range(last + 1):
        here = slice(ends[i], ends[i + 1])
        pivot, source = _own(contacts, hamiltonian[here, here], is_first=i == 0, is_last=i == last)
        if i:
            back = -hamiltonian[here, ends[i - 1] : ends[i]].astype(np.complex64)
            pivot = pivot - back @ links[-1]
            source = source - back @ sources[-1]
        if i < last:
            onwards = -hamiltonian[here, ends[i + 1] : ends[i + 2]].astype(np.complex64)
            wide = np.broadcast_to(onwards, (len(pivot), *onwards.shape))
            solved = np.linalg.solve(pivot, np.concatenate([wide, source], axis=2))
            links.append(solved[:, :, : onwards.shape[1]])
            sources.append(solved[:, :, onwards.shape[1] :])
        else:
            sources.append(np.linalg.solve(pivot, source))
    for i in range(last - 1, -1, -1):
        sources[i] = sources[i] - links[i] @ sources[i + 1]
    green = np.concatenate(sources, axis=1)
    from_left, from_right = green[:, :, :n_channel], green[:, :, n_channel:]
    touching = left.channels.conj().swapaxes(1, 2)
    amplitudes = touching @ from_right[:, : touching.shape[2]]
    return Elimination(survey, order, left, right, from_left, from_right, amplitudes)


def _own(
    contacts: tuple[Contact, Contact],
    block: Float[np.ndarray, "orbital orbital"],
    *,
    is_first: bool,
    is_last: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what a slice is by itself, and what flows into it from the leads."""
    left, right = contacts
    energies = left.lead.energies
    pivot = (energies[:, None, None] * np.eye(len(block)) - block).astype(np.complex64)
    n_left = left.channels.shape[2]
    source = np.zeros((*pivot.shape[:2], n_left + right.channels.shape[2]), np.complex64)
    if is_first:
        pivot -= left.sigma
        source[:, :, :n_left] = left.channels.conj()
    if is_last:
        pivot -= right.sigma
        source[:, :, n_left:] = right.channels
    return pivot, source


def _contact(
    lead: Lead, terms: PairTerms, n_atom: int, parameters: Float[np.ndarray, " parameter"]
) -> Contact:
    n_lead = len(lead.wire.numbers)
    hopping = np.zeros((n_lead, N_ORBITAL, n_atom, N_ORBITAL), np.float32)
    hopping[terms.first, :, terms.second] = hopping_blocks(parameters, terms)
    flat = hopping.reshape(n_lead * N_ORBITAL, n_atom * N_ORBITAL)
    wide = flat.astype(np.complex64)
    return Contact(
        lead=lead,
        terms=terms,
        hopping=flat,
        sigma=wide.T @ lead.green @ wide,
        channels=wide.T @ lead.states,
    )


def _contact_slopes(
    contact: Contact, partial: Complex[np.ndarray, "energy orbital orbital"]
) -> Float[np.ndarray, "energy parameter"]:
    """Slopes of Re Tr[partial sigma], sigma = hopping^T g hopping, by hopping."""
    through = contact.lead.green @ contact.hopping.astype(np.complex64)
    by_hopping = (through @ (partial + partial.swapaxes(1, 2))).real
    n_energy, n_lead = len(partial), len(contact.lead.wire.numbers)
    blocks = by_hopping.reshape(n_energy, n_lead, N_ORBITAL, -1, N_ORBITAL)
    blocks = blocks.transpose(0, 1, 3, 2, 4)[:, contact.terms.first, contact.terms.second]
    return hopping_slopes(blocks, contact.terms)


def _device(
    survey: Survey, parameters: Float[np.ndarray, " parameter"], place: Int[np.ndarray, " atom"]
) -> Float[np.ndarray, "orbital orbital"]:
    n = survey.n_device
    found = np.zeros((n, N_ORBITAL, n, N_ORBITAL), np.float32)
    first, second = place[survey.inside.first], place[survey.inside.second]
    blocks = hopping_blocks(parameters, survey.inside)
    found[place, :, place] = level_blocks(parameters, survey.atoms)
    found[first, :, second] = blocks
    found[second, :, first] = blocks.swapaxes(1, 2)
    return found.reshape(n * N_ORBITAL, n * N_ORBITAL)


def _slices(survey: Survey) -> tuple[np.ndarray, list[int]] | None:
    """Order atoms so that slices couple to their neighbours only; leads touch first and last."""
    n = survey.n_device
    is_near = np.zeros((n, n), bool)
    is_near[survey.inside.first, survey.inside.second] = True
    is_near |= is_near.T
    level = np.full(n, n)
    front = np.isin(np.arange(n), survey.from_left.second)
    for i in range(n):
        if not front.any():
            break
        level[front] = i
        front = is_near[front].any(axis=0) & (level == n)
    touching = level[np.unique(survey.to_right.first)]
    depth = int(touching.min()) if touching.size else n
    if depth == n:
        return None
    level = np.minimum(level, depth)
    return np.argsort(level, kind="stable"), np.bincount(level).tolist()


def _onto(terms: PairTerms, atoms: Int[np.ndarray, " atom"]) -> PairTerms:
    """Count the second atoms of pairs within a slice."""
    sorted_atoms = np.argsort(atoms)
    second = sorted_atoms[np.searchsorted(atoms, terms.second, sorter=sorted_atoms)]
    return PairTerms(terms.first, second, terms.direction, terms.radial, terms.context)


def _turned(terms: PairTerms) -> PairTerms:
    """Exchange the first and the second atom of each pair."""
    return PairTerms(terms.second, terms.first, -terms.direction, terms.radial, terms.context)


def _products(
    one: Complex[np.ndarray, "energy item 4 channel"],
    other: Complex[np.ndarray, "energy item 4 channel"],
) -> Float[np.ndarray, "energy item 4 4"]:
    """Real parts of the products over channels: rows of the one, columns of the other."""
    real: np.ndarray = (one @ other.swapaxes(2, 3)).real
    return real
