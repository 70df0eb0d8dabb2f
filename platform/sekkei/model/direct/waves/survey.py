"""Junctions and wires, described for an effective Hamiltonian."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.errors import LabelError
from sekkei.model.direct.descriptor import atomic_constants
from sekkei.model.direct.waves.surroundings import (
    REACH,
    SIGHT,
    AtomTerms,
    Neighbourhood,
    PairTerms,
    relative_size,
)
from sekkei.shapes import Float, Int
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lead import (
    OVERLAP_ANGSTROM,
    check_overlap,
    lead_images,
    recognise_leads,
)

_PLACES_AT_ONCE = 1800
"""Atoms described at once, images included: enough that few calls of numpy are made for each."""

_DIGITS = 4
"""Of places of lead atoms in Å."""


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """An endless wire, layer by layer; a layer is longer than hopping reaches."""

    numbers: Int[np.ndarray, " atom"]
    """Atomic numbers of a layer."""

    positions: Float[np.ndarray, "atom 3"]
    """Of the atoms of a layer in Å, from the first of them."""

    period: float
    """Length of a period in Å."""

    n_period: int
    """Periods of a layer."""

    atoms: AtomTerms
    """Of the atoms of a layer."""

    crowding: Float[np.ndarray, " atom"]
    """Density around each of them."""

    inside: PairTerms
    """Pairs within a layer."""

    forward: PairTerms
    """Pairs from a layer to the next one along +z."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What junctions of one shape have in common: leads, and which atoms stand between them."""

    electrode: Electrode
    """What both leads are made of."""

    left: Wire
    """The lead on the left."""

    right: Wire
    """The lead on the right."""

    atoms: Int[np.ndarray, " place"]
    """Atom of the junction at each place: device, innermost layers of both leads, then the rest."""

    shifts: Float[np.ndarray, " place"]
    """By how much the place is away from that atom along z, in Å."""

    n_device: int
    """Places between the leads."""


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """Junctions of one shape: their devices, and how these hang on the leads.

    Indices of device atoms and of lead atoms count on from junction to junction.
    """

    n_junction: int
    """Number of junctions."""

    frame: Frame
    """What they have in common."""

    atoms: AtomTerms
    """Of the devices, each from below."""

    inside: PairTerms
    """Pairs within a device."""

    to_left: PairTerms
    """Pairs from a device to the innermost layer of the left lead."""

    to_right: PairTerms
    """Pairs from a device to the innermost layer of the right lead."""


class Wires:
    """Wires and leads that were met before; equal ones are described once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Wire] = {}
        self._frames: dict[tuple[object, ...], Frame] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, junction: Junction) -> Frame:
        """Find what a junction has in common with others of its shape.

        Raises
        ------
        LabelError
            If an element is unknown, or the junction is between surfaces.
        AtomOverlapError
            If two atoms sit on top of each other, and it is the first of its shape.
        ElectrodeError
            If the ends of the junction do not repeat.
        """
        if junction.lateral_period is not None:
            raise LabelError(
                "the effective Hamiltonian knows junctions between wires, but found lateral "
                f"periods of {junction.lateral_period} Å; label it from first principles, or train "
                "with assembly=series"
            )
        atomic_constants(junction.numbers)
        shape = _shape(junction)
        if shape not in self._frames:
            check_overlap(junction)
            self._frames[shape] = self._new_frame(junction)
        return self._frames[shape]

    def find(self, numbers: np.ndarray, positions: np.ndarray, period: float) -> Wire:
        """Return the wire with such a layer, whole periods of it, in the order of the layer.

        Places are rounded, so that what is found does not depend on what was met before.
        """
        place = np.round(positions - positions[0], _DIGITS) + 0.0
        key = numbers.tobytes(), place.tobytes(), round(period, _DIGITS)
        if key not in self._known:
            self._known[key] = describe_wire(numbers, place, round(period, _DIGITS))
        return self._known[key]

    def _new_frame(self, junction: Junction) -> Frame:
        electrode = recognise_leads(junction).electrode
        n_period = layer_periods(electrode.numbers, electrode.period)
        largest = float(relative_size(junction.numbers).max())
        reach = n_period * electrode.period + (REACH + SIGHT) * largest
        atoms, shifts = lead_images(junction, electrode, reach)
        numbers, positions = junction.numbers[atoms], junction.positions[atoms]
        positions[:, 2] += shifts
        left, device, right = _parts(
            positions, junction.regions[atoms], electrode.numbers.size, n_period, REACH * largest
        )
        first = np.concatenate([device, left, right])
        places = np.concatenate([first, np.setdiff1d(np.arange(len(atoms)), first)])
        here, there = (
            self.find(numbers[side], positions[side], electrode.period) for side in (left, right)
        )
        return Frame(electrode, here, there, atoms[places], shifts[places], len(device))


def layer_periods(numbers: Int[np.ndarray, " atom"], period: float) -> int:
    """Return how many periods are longer than hopping reaches."""
    return int(np.ceil(REACH * float(relative_size(numbers).max()) / period - 1e-9))


def describe_wire(
    numbers: Int[np.ndarray, " atom"], positions: Float[np.ndarray, "atom 3"], period: float
) -> Wire:
    """Describe an endless wire by one layer of it.

    Parameters
    ----------
    numbers, positions
        Of `layer_periods` periods; positions in Å.
    period
        Length of one period in Å.
    """
    n_period = layer_periods(numbers, period)
    length, n = n_period * period, len(numbers)
    n_side = int(np.ceil(SIGHT * float(relative_size(numbers).max()) / length))
    # The layer itself and the next one first.
    layers = np.array([0, 1, *range(-n_side, 0), *range(2, n_side + 2)])
    images = positions + (layers * length)[:, None, None] * np.array([0.0, 0.0, 1.0])
    seen = Neighbourhood(
        np.tile(numbers, len(layers))[None], images.reshape(1, -1, 3), n, n_paired=2 * n
    )
    atoms, crowding = seen.describe()
    here, both = slice(0, n), (crowding, crowding)
    return Wire(
        numbers=numbers,
        positions=positions,
        period=period,
        n_period=n_period,
        atoms=atoms,
        crowding=crowding[0],
        inside=seen.pairs(here, both, is_same=True),
        forward=seen.pairs(slice(n, 2 * n), both),
    )


def survey_alike(junctions: Sequence[Junction], frame: Frame) -> Survey:
    """Describe junctions of one shape.

    The device is what lies between the leads, however long they are; what is perfect lead
    counts as part of an endless wire, so that a longer lead adds exactly nothing.

    Raises
    ------
    AtomOverlapError
        If two atoms sit on top of each other.
    """
    n, n_lead = frame.n_device, len(frame.left.numbers)
    positions = np.stack([junction.positions for junction in junctions])[:, frame.atoms]
    positions[:, :, 2] += frame.shifts
    numbers = np.stack([junction.numbers for junction in junctions])[:, frame.atoms]
    order = np.argsort(positions[:, :n, 2], axis=1)
    positions[:, :n] = np.take_along_axis(positions[:, :n], order[:, :, None], axis=1)
    numbers[:, :n] = np.take_along_axis(numbers[:, :n], order, axis=1)
    seen = Neighbourhood(numbers, positions, n, n_paired=n + 2 * n_lead)
    for i in np.flatnonzero(seen.least_distance < OVERLAP_ANGSTROM).tolist():
        check_overlap(junctions[i])
    atoms, crowding = seen.describe()
    device, left = slice(0, n), slice(n, n + n_lead)
    right = slice(left.stop, left.stop + n_lead)
    here, there = (
        np.broadcast_to(wire.crowding, (len(junctions), n_lead))
        for wire in (frame.left, frame.right)
    )
    return Survey(
        n_junction=len(junctions),
        frame=frame,
        atoms=atoms,
        inside=seen.pairs(device, (crowding, crowding), is_same=True),
        to_left=seen.pairs(left, (crowding, here)),
        to_right=seen.pairs(right, (crowding, there)),
    )


def survey_junctions(junctions: Sequence[Junction], wires: Wires) -> tuple[Survey, ...]:
    """Describe junctions one by one; refuses what `Wires.frame` and `survey_alike` refuse."""
    return tuple(survey_alike([junction], wires.frame(junction)) for junction in junctions)


def survey_together(
    junctions: Sequence[Junction], wires: Wires
) -> Iterator[tuple[Int[np.ndarray, " chosen"], Survey]]:
    """Describe junctions, those of one shape together; yields their numbers, too."""
    alike: dict[Frame, list[int]] = {}
    for i, junction in enumerate(junctions):
        alike.setdefault(wires.frame(junction), []).append(i)
    for frame, members in alike.items():
        outlines = [_outline(junctions[i], frame) for i in members]
        order = sorted(range(len(members)), key=outlines.__getitem__)
        rows = np.array(members)[order]
        n_at_once = max(1, _PLACES_AT_ONCE // len(frame.atoms))
        for start in range(0, len(rows), n_at_once):
            some = rows[start : start + n_at_once]
            yield some, survey_alike([junctions[i] for i in some], frame)


def _outline(junction: Junction, frame: Frame) -> tuple[int, ...]:
    """Count the atoms of slices as far as z can tell: those alike are well eliminated together."""
    n, n_lead = frame.n_device, len(frame.left.numbers)
    z = junction.positions[frame.atoms[: n + n_lead], 2] + frame.shifts[: n + n_lead]
    device = np.sort(z[:n])
    reach = REACH * float(relative_size(junction.numbers).max())
    farthest = np.searchsorted(device, [z[n:].max() + reach, *(device + reach)]).tolist()
    ends = [farthest[0]]
    while 0 < ends[-1] < n and farthest[ends[-1]] > ends[-1]:
        ends.append(farthest[ends[-1]])
    return len(ends), *ends


def _shape(junction: Junction) -> tuple[object, ...]:
    """Tell junctions apart that differ in more than where their device atoms are."""
    sides = [junction.positions[junction.regions == side] for side in (LEFT, RIGHT)]
    across = sides[0][0, :2]
    places = [np.round(xyz - [*across, xyz[0, 2]], _DIGITS) + 0.0 for xyz in sides]
    gap = sides[1][:, 2].min() - sides[0][:, 2].max()
    reach = REACH * float(relative_size(junction.numbers).max())
    n_given = max(0, int(np.ceil((reach - gap) / junction.electrode_period - 1e-9)))
    is_lead = junction.regions != DEVICE
    return (
        junction.regions.tobytes(),
        junction.numbers[is_lead].tobytes(),
        *(place.tobytes() for place in places),
        junction.electrode_period,
        reach,
        n_given,
    )


def _parts(
    positions: np.ndarray, regions: np.ndarray, n_cell: int, n_period: int, reach: float
) -> tuple[Int[np.ndarray, " a"], Int[np.ndarray, " b"], Int[np.ndarray, " c"]]:
    """Split into the innermost layer of each lead and the device between, each from below."""
    z = positions[:, 2]
    order = np.lexsort(np.round(positions, 2).T)
    left, right = (order[regions[order] == side] for side in (LEFT, RIGHT))
    # Leads that nearly touch give up periods to the device, so that they do not see each other.
    n_given = 0
    while z[right[n_given:]].min() - z[left[: len(left) - n_given]].max() < reach:
        n_given += n_cell
    kept, far = len(left) - n_given, n_given + n_period * n_cell
    is_device = regions == DEVICE
    is_device[left[kept:]] = is_device[right[:n_given]] = True
    return left[:kept][-n_period * n_cell :], order[is_device[order]], right[n_given:far]
