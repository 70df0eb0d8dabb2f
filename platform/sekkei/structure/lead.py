"""Leads of a junction: whether they are perfect, and how they go on."""

from dataclasses import dataclass

import numpy as np

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.errors import AtomOverlapError, ElectrodeError
from sekkei.shapes import Float, Int
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lateral import close_pairs, nearest_image
from sekkei.structure.lead_sites import (
    MATCH_ANGSTROM,
    Fit,
    check_complete,
    check_period,
    check_sides,
    fit_lead,
    some,
)

OVERLAP_ANGSTROM = 1.6
"""Nearest approach that any alkali contact can have; the Li dimer measures 2.67 Å."""


@dataclass(frozen=True, slots=True, eq=False)
class PeriodicJunction(ReadOnlyArrays):
    """A junction whose leads were extended until they meet across the cell boundary.

    Its arrays are read-only. Atoms stand in the order left lead, device, right lead, the leads
    period by period along +z with every period in the order of ``electrode``.
    """

    numbers: Int[np.ndarray, " atom"]
    """Atomic numbers."""

    positions: Float[np.ndarray, "atom 3"]
    """Positions in angstrom."""

    length: float
    """Length of the periodic cell along z in angstrom."""

    electrode: Electrode
    """What both leads are made of, at its place in x and y."""

    n_period: int
    """Periods of the electrode at each end that stand in the electrode's own order."""

    lateral_period: tuple[float, float] | None = None
    """Lengths along x and y after which everything repeats, in angstrom; None in vacuum."""


@dataclass(frozen=True, slots=True, eq=False)
class Leads:
    """A junction whose ends are known to be perfect leads."""

    junction: Junction
    """The junction."""

    electrode: Electrode
    """What both leads are made of, at its place in x, y and z at the left end."""

    right_offset: float
    """Shift along z, in angstrom, that carries the left lattice onto the right lead."""

    @property
    def n_left(self) -> int:
        """Whole periods of the left lead."""
        return self._n_period(LEFT)

    @property
    def n_right(self) -> int:
        """Whole periods of the right lead."""
        return self._n_period(RIGHT)

    def _n_period(self, side: int) -> int:
        return int((self.junction.regions == side).sum()) // self.electrode.numbers.size


def check_overlap(junction: Junction) -> None:
    """Refuse a junction in which two atoms sit on top of each other.

    Raises
    ------
    AtomOverlapError
        Naming the pair.
    """
    found = _overlap(junction)
    if found is not None:
        i, j, gap = found
        raise AtomOverlapError(
            f"atoms must be at least {OVERLAP_ANGSTROM} Å apart, but atoms {i} and {j} are "
            f"{gap:.2f} Å apart; remove one of them",
            atoms=(i, j),
            distance_angstrom=gap,
        )


def recognise_leads(junction: Junction) -> Leads:
    """Find what both leads are made of, and how the right one continues the left one.

    Raises
    ------
    ElectrodeError
        If a lead does not repeat with the period or is not complete, the right lead does not
        continue the left one, or the device shows another period; the message names the atoms
        or the sites.
    """
    check_sides(junction)
    electrode = _cell(junction, _outer_period(junction, LEFT))
    _check_outermost(junction, electrode)
    left = fit_lead(junction, LEFT, electrode)
    _check_repeats(junction, left)
    check_complete(junction, left)
    right = _best_fit(junction, RIGHT, electrode)
    _check_continues(junction, right)
    check_complete(junction, right)
    check_period(junction, electrode)
    return Leads(junction, electrode, right.offset)


def extend_leads(junction: Junction, length_angstrom: float) -> Junction:
    """Add whole periods outside until each lead is at least so long.

    Raises
    ------
    ElectrodeError
        If an end is not a perfect lead.
    """
    atoms, shifts = lead_images(junction, recognise_leads(junction).electrode, length_angstrom)
    positions = junction.positions[atoms]
    positions[:, 2] += shifts
    return Junction.from_sequences(
        junction.numbers[atoms],
        positions,
        junction.regions[atoms],
        junction.electrode_period,
        junction.lateral_period,
    )


def lead_images(
    junction: Junction, electrode: Electrode, length_angstrom: float
) -> tuple[Int[np.ndarray, " image"], Float[np.ndarray, " image"]]:
    """Return which atom stands at each place of the extended junction, and its shift along z in Å.

    The atoms of the junction come first, in their order.
    """
    atoms, shifts = [np.arange(junction.n_atom)], [np.zeros(junction.n_atom)]
    for side in (LEFT, RIGHT):
        outer = _outer_period(junction, side)
        missing = (length_angstrom - _span(junction, side)) / electrode.period
        for i_period in range(1, max(0, int(np.ceil(missing - 1e-9))) + 1):
            atoms.append(outer)
            shifts.append(np.full(len(outer), side * i_period * electrode.period))
    return np.concatenate(atoms), np.concatenate(shifts)


def close_leads(leads: Leads, n_period: int) -> PeriodicJunction:
    """Extend both leads to at least ``n_period`` periods and join them periodically.

    Raises
    ------
    AtomOverlapError
        If two atoms are too near each other.
    """
    junction, electrode, offset = leads.junction, leads.electrode, leads.right_offset
    left_have = leads.n_left
    first = min(0, left_have - n_period)
    inner = junction.regions == DEVICE
    right_z = junction.positions[junction.regions == RIGHT, 2].min() - MATCH_ANGSTROM
    last = _last_period(electrode, offset, right_z, n_period)
    right = _lattice(electrode, offset, last - n_period - 1, last)
    right = right[right[:, 2] >= right_z]
    left = _lattice(electrode, 0.0, first, left_have)
    tile = electrode.numbers[np.arange(len(left)) % electrode.numbers.size]
    right_numbers = electrode.numbers[(np.arange(len(right)) - len(right)) % electrode.numbers.size]
    device = np.flatnonzero(inner)
    device = device[_along_z(junction.positions[device])]
    closed = Junction.from_sequences(
        np.concatenate([tile, junction.numbers[device], right_numbers]),
        np.concatenate([left, junction.positions[device], right]),
        np.concatenate(
            [np.full(len(left), LEFT), np.zeros(len(device), int), np.full(len(right), RIGHT)]
        ),
        electrode.period,
        junction.lateral_period,
    )
    _check_closed(closed, junction)
    return PeriodicJunction(
        numbers=closed.numbers,
        positions=closed.positions,
        length=float(offset + (last - first) * electrode.period),
        electrode=electrode,
        n_period=n_period,
        lateral_period=electrode.lateral_period,
    )


def _overlap(junction: Junction) -> tuple[int, int, float] | None:
    """Return two atoms that are too near each other, and how near in angstrom."""
    across = junction.lateral_period
    pairs = close_pairs(junction.positions, OVERLAP_ANGSTROM, across)
    if not len(pairs):
        return None
    i, j = pairs[0].tolist()
    between = nearest_image(junction.positions[i] - junction.positions[j], across)
    return i, j, float(np.linalg.norm(between))


def _check_closed(closed: Junction, junction: Junction) -> None:
    """Refuse overlaps with added periods, by the numbers that atoms have in the junction."""
    found = _overlap(closed)
    if found is None:
        return
    names, atoms = [], []
    for i in found[:2]:
        between = nearest_image(junction.positions - closed.positions[i], junction.lateral_period)
        distances = np.linalg.norm(between, axis=1)
        nearest = int(distances.argmin())
        is_own = float(distances[nearest]) < 2.0 * MATCH_ANGSTROM
        names.append(f"atom {nearest}" if is_own else "an atom of a period that continues a lead")
        atoms += [nearest] if is_own else []
    raise AtomOverlapError(
        f"atoms must be at least {OVERLAP_ANGSTROM} Å apart, but {names[0]} and {names[1]} are "
        f"{found[2]:.2f} Å apart; check electrode_period_angstrom, and move the device out of the "
        "leads",
        atoms=atoms,
        distance_angstrom=found[2],
    )


def _best_fit(junction: Junction, side: int, electrode: Electrode) -> Fit:
    """Move an electrode along z until most of a lead is on its lattice."""
    xyz = junction.positions[junction.regions == side]
    anchor = xyz[_along_z(xyz)[0]]
    away = nearest_image(electrode.positions[:, :2] - anchor[:2], electrode.lateral_period)
    candidates = electrode.positions[np.hypot(*away.T) < MATCH_ANGSTROM, 2]
    # Where no site stands straight below the anchor, any offset shows that nothing fits.
    offsets = [float(anchor[2] - z) for z in candidates] or [0.0]
    fits = [fit_lead(junction, side, electrode, offset) for offset in offsets]
    return max(fits, key=lambda fit: int(fit.holds.sum()))


def _check_continues(junction: Junction, fit: Fit) -> None:
    bad = np.flatnonzero(junction.regions == RIGHT)[~fit.holds].tolist()
    if bad:
        raise ElectrodeError(
            "the right lead must continue the left one (same atoms, same place in x and y, whole "
            f"periods), but {len(bad)} of its {len(fit.holds)} atoms do not: {some(bad)}; Sekkei "
            "treats junctions between two equal electrodes",
            atoms=bad,
        )


def _check_outermost(junction: Junction, electrode: Electrode) -> None:
    """Name what the outermost period of the left lead lacks, as the right lead shows it."""
    outer = _outer_period(junction, RIGHT)
    if len(outer) <= electrode.numbers.size:
        return
    other = _cell(junction, outer)
    own, fit = fit_lead(junction, RIGHT, other), _best_fit(junction, LEFT, other)
    if own.holds.all() and not len(own.missing()[0]) and fit.holds.all():
        check_complete(junction, fit)


def _cell(junction: Junction, outer: Int[np.ndarray, " atom"]) -> Electrode:
    order = outer[_along_z(junction.positions[outer])]
    numbers, positions = junction.numbers[order], junction.positions[order]
    # On a grid of 1e-6 Å, so that one wire at two places is one electrode to the last digit.
    origin = np.array([*positions[:, :2].mean(axis=0), positions[:, 2].min()])
    positions = origin + np.round(positions - origin, 6)
    return Electrode(
        numbers=freeze(numbers),
        positions=freeze(positions),
        period=round(junction.electrode_period, 6),
        lateral_period=_rounded(junction.lateral_period),
    )


def _rounded(lengths: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if lengths is None else (round(lengths[0], 6), round(lengths[1], 6))


def _outer_period(junction: Junction, side: int) -> Int[np.ndarray, " atom"]:
    member = np.flatnonzero(junction.regions == side)
    outwards = -side * junction.positions[member, 2]
    inside = outwards < outwards.min() + junction.electrode_period - MATCH_ANGSTROM
    return np.asarray(member[inside])


def _span(junction: Junction, side: int) -> float:
    periods = (junction.regions == side).sum() / len(_outer_period(junction, side))
    return float(periods * junction.electrode_period)


def _check_repeats(junction: Junction, fit: Fit) -> None:
    bad = np.flatnonzero(junction.regions == LEFT)[~fit.holds].tolist()
    if bad:
        raise ElectrodeError(
            f"the left lead must repeat every {fit.electrode.period:g} Å, but atoms "
            f"{some(bad)} are not images of its outermost period; is the lead rigid, does that "
            "period lack an atom, and is electrode_period_angstrom right?",
            atoms=bad,
        )


def _last_period(electrode: Electrode, offset: float, right_z: float, n_period: int) -> int:
    """Count periods so that ``n_period`` whole ones stand at or above ``right_z``."""
    bottom = electrode.positions[:, 2].min() + offset
    first_whole = int(np.ceil((right_z - bottom) / electrode.period - 1e-9))
    return first_whole + n_period


def _lattice(
    electrode: Electrode, offset: float, first: int, last: int
) -> Float[np.ndarray, "atom 3"]:
    n_cell = electrode.numbers.size
    shifts = np.repeat(np.arange(first, last), n_cell)[:, None] * [0.0, 0.0, electrode.period]
    return np.tile(electrode.positions, (last - first, 1)) + shifts + [0.0, 0.0, offset]


def _along_z(positions: Float[np.ndarray, "atom 3"]) -> Int[np.ndarray, " atom"]:
    # Rounded, because atoms of one layer differ in z by noise that must not decide their order.
    return np.lexsort(np.round(positions, 3).T)
