"""Junctions and wires, described for an effective Hamiltonian."""

from collections.abc import Sequence
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
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lead import MATCH_ANGSTROM, check_overlap, extend_leads, recognise_leads


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """An endless wire, layer by layer; a layer is longer than hopping reaches."""

    numbers: Int[np.ndarray, " atom"]
    """Atomic numbers of a layer."""

    positions: Float[np.ndarray, "atom 3"]
    """Of the atoms of a layer in Å, the first at z = 0."""

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
class Survey:
    """A junction: its device, and how that hangs on the leads."""

    left: Wire
    """The lead on the left."""

    right: Wire
    """The lead on the right."""

    atoms: AtomTerms
    """Of the device."""

    inside: PairTerms
    """Pairs within the device."""

    from_left: PairTerms
    """Pairs from the innermost layer of the left lead to the device."""

    to_right: PairTerms
    """Pairs from the device to the innermost layer of the right lead."""

    @property
    def n_device(self) -> int:
        """Number of atoms between the leads."""
        return len(self.atoms.numbers)


class Wires:
    """Wires that were met before; equal ones are described once."""

    def __init__(self) -> None:
        self._known: list[Wire] = []

    def find(self, numbers: np.ndarray, positions: np.ndarray, period: float) -> Wire:
        """Return the wire with such a layer, whole periods of it, in the order of the layer."""
        place = positions - [0.0, 0.0, positions[:, 2].min()]
        for wire in self._known:
            is_like = wire.numbers.shape == numbers.shape and abs(wire.period - period) < 1e-4
            if (
                is_like
                and (wire.numbers == numbers).all()
                and (np.abs(wire.positions - place) < MATCH_ANGSTROM).all()
            ):
                return wire
        self._known.append(describe_wire(numbers, place, period))
        return self._known[-1]


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
    shifts = np.arange(-n_side, n_side + 2) * length
    images = positions + shifts[:, None, None] * np.array([0.0, 0.0, 1.0])
    seen = Neighbourhood(np.tile(numbers, len(shifts)), images.reshape(-1, 3))
    here = np.arange(n) + n_side * n
    atoms, crowding = seen.describe(here)
    both = (crowding, crowding)
    return Wire(
        numbers=numbers,
        positions=positions,
        period=period,
        n_period=n_period,
        atoms=atoms,
        crowding=crowding,
        inside=seen.pairs(here, here, both, is_same=True),
        forward=seen.pairs(here, here + n, both),
    )


def survey_junction(junction: Junction, wires: Wires) -> Survey:
    """Describe one junction.

    The device is what lies between the leads, however long they are; what is perfect lead
    counts as part of an endless wire, so that a longer lead adds exactly nothing.

    Raises
    ------
    LabelError
        If an element is unknown, or the junction is between surfaces.
    AtomOverlapError
        If two atoms sit on top of each other.
    ElectrodeError
        If the ends of the junction do not repeat.
    """
    if junction.lateral_period is not None:
        raise LabelError(
            "the effective Hamiltonian knows junctions between wires, but found lateral periods of "
            f"{junction.lateral_period} Å; train with assembly=series"
        )
    atomic_constants(junction.numbers)
    check_overlap(junction)
    electrode = recognise_leads(junction).electrode
    n_period = layer_periods(electrode.numbers, electrode.period)
    largest = float(relative_size(junction.numbers).max())
    reach = n_period * electrode.period + (REACH + SIGHT) * largest
    wide = extend_leads(junction, reach)
    left, device, right = _parts(wide, electrode.numbers.size, n_period, REACH * largest)
    seen = Neighbourhood(wide.numbers, wide.positions)
    atoms, crowding = seen.describe(device)
    here, there = (
        wires.find(wide.numbers[side], wide.positions[side], electrode.period)
        for side in (left, right)
    )
    return Survey(
        left=here,
        right=there,
        atoms=atoms,
        inside=seen.pairs(device, device, (crowding, crowding), is_same=True),
        from_left=seen.pairs(left, device, (here.crowding, crowding)),
        to_right=seen.pairs(device, right, (crowding, there.crowding)),
    )


def survey_junctions(junctions: Sequence[Junction], wires: Wires) -> tuple[Survey, ...]:
    """Describe junctions one after the other; refuses what `survey_junction` refuses."""
    return tuple(survey_junction(junction, wires) for junction in junctions)


def _parts(
    wide: Junction, n_cell: int, n_period: int, reach: float
) -> tuple[Int[np.ndarray, " a"], Int[np.ndarray, " b"], Int[np.ndarray, " c"]]:
    """Split into the innermost layer of each lead and the device between, each from below."""
    z = wide.positions[:, 2]
    order = np.lexsort(np.round(wide.positions, 2).T)
    left, right = (order[wide.regions[order] == side] for side in (LEFT, RIGHT))
    # Leads that nearly touch give up periods to the device, so that they do not see each other.
    n_given = 0
    while z[right[n_given:]].min() - z[left[: len(left) - n_given]].max() < reach:
        n_given += n_cell
    kept, far = len(left) - n_given, n_given + n_period * n_cell
    is_device = wide.regions == DEVICE
    is_device[left[kept:]] = is_device[right[:n_given]] = True
    return left[:kept][-n_period * n_cell :], order[is_device[order]], right[n_given:far]
