"""Leads of a junction: whether they are perfect, and how they go on."""

from dataclasses import dataclass

import numpy as np

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.errors import AtomOverlapError, ElectrodeError
from sekkei.shapes import Bool, Float, Int
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lateral import close_pairs, nearest_image

MATCH_ANGSTROM = 0.02
"""Two lead atoms are images of each other when they are this near after whole periods."""

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
    across = junction.lateral_period
    pairs = close_pairs(junction.positions, OVERLAP_ANGSTROM, across)
    if len(pairs):
        i, j = pairs[0].tolist()
        between = nearest_image(junction.positions[i] - junction.positions[j], across)
        gap = float(np.linalg.norm(between))
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
        If a lead does not repeat with the period, or the right lead does not continue the
        left one; the message names the atoms.
    """
    electrode = _left_cell(junction)
    _check_repeats(junction, np.flatnonzero(junction.regions == LEFT), electrode, "left")
    return Leads(junction, electrode, _right_offset(junction, electrode))


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
    check_overlap(closed)
    return PeriodicJunction(
        numbers=closed.numbers,
        positions=closed.positions,
        length=float(offset + (last - first) * electrode.period),
        electrode=electrode,
        n_period=n_period,
        lateral_period=electrode.lateral_period,
    )


def _right_offset(junction: Junction, electrode: Electrode) -> float:
    """Find the shift along z, in angstrom, that carries the left lattice onto the right lead."""
    member = np.flatnonzero(junction.regions == RIGHT)
    anchor = member[_along_z(junction.positions[member])[0]]
    away = electrode.positions[:, :2] - junction.positions[anchor, :2]
    lateral = np.linalg.norm(nearest_image(away, electrode.lateral_period), axis=1)
    candidates = junction.positions[anchor, 2] - electrode.positions[lateral < MATCH_ANGSTROM, 2]
    fits = [(_on_lattice(junction, member, electrode, float(dz)), float(dz)) for dz in candidates]
    best = max(fits, key=lambda fit: int(fit[0].sum()), default=(np.zeros(len(member), bool), 0.0))
    if not best[0].all() or len(member) % electrode.numbers.size:
        bad = member[~best[0]]
        raise ElectrodeError(
            "the right lead must continue the left one (same atoms, same place in x and y, whole "
            f"periods), but {len(bad)} of its {len(member)} atoms do not: {_some(bad)}; Sekkei "
            "treats junctions between two equal electrodes",
            atoms=bad.tolist(),
        )
    return best[1]


def _left_cell(junction: Junction) -> Electrode:
    outer = _outer_period(junction, LEFT)
    order = outer[_along_z(junction.positions[outer])]
    numbers, positions = junction.numbers[order], junction.positions[order]
    n_region = int((junction.regions == LEFT).sum())
    if n_region % len(order):
        raise ElectrodeError(
            "a lead must hold whole periods, but the left lead has "
            f"{n_region} atoms and its outermost {junction.electrode_period:g} Å hold "
            f"{len(order)}; check electrode_period_angstrom and the regions",
            atoms=np.flatnonzero(junction.regions == LEFT).tolist(),
        )
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


def _check_repeats(
    junction: Junction, member: Int[np.ndarray, " atom"], electrode: Electrode, name: str
) -> None:
    bad = member[~_on_lattice(junction, member, electrode, 0.0)]
    if len(bad):
        raise ElectrodeError(
            f"the {name} lead must repeat every {electrode.period:g} Å, but atoms "
            f"{_some(bad)} are not images of its outermost period; is the lead rigid?",
            atoms=bad.tolist(),
        )


def _on_lattice(
    junction: Junction, member: Int[np.ndarray, " atom"], electrode: Electrode, offset: float
) -> Bool[np.ndarray, " atom"]:
    xyz = junction.positions[member]
    periods = (xyz[:, None, 2] - offset - electrode.positions[None, :, 2]) / electrode.period
    along = (periods - np.round(periods)) * electrode.period
    across = xyz[:, None, :2] - electrode.positions[None, :, :2]
    across = nearest_image(across, electrode.lateral_period)
    near = np.hypot(np.linalg.norm(across, axis=-1), along) < MATCH_ANGSTROM
    same = junction.numbers[member][:, None] == electrode.numbers[None, :]
    return np.asarray((near & same).any(axis=1))


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


def _some(atoms: Int[np.ndarray, " atom"]) -> str:
    shown = ", ".join(map(str, atoms[:5].tolist()))
    return shown + (" …" if len(atoms) > 5 else "")


def _along_z(positions: Float[np.ndarray, "atom 3"]) -> Int[np.ndarray, " atom"]:
    # Rounded, because atoms of one layer differ in z by noise that must not decide their order.
    return np.lexsort(np.round(positions, 3).T)
