"""Where the leads of a structure could be: the parts at both ends that repeat along z."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from scipy.spatial import cKDTree

from sekkei.arrays import freeze
from sekkei.errors import ElectrodeError
from sekkei.shapes import Float, Int
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction, check_positions
from sekkei.structure.lead import recognise_leads
from sekkei.structure.lead_sites import MATCH_ANGSTROM

SHORTEST_PERIOD_ANGSTROM = 2.0
"""Nothing repeats sooner: no two metal atoms are nearer."""

LOOSE_ANGSTROM = 0.6
"""Ends that repeat only so roughly are named, but never proposed."""

_FEWEST_PERIODS = 2


@dataclass(frozen=True, slots=True, eq=False)
class LeadProposal:
    """Leads that a structure could be said to have. Its array is read-only."""

    regions: Int[np.ndarray, " atom"]
    """-1, 0 and +1, as the input convention wants them."""

    period: float
    """Length of one period along z in angstrom."""

    n_atom: int
    """Atoms in one period."""

    n_left: int
    """Whole periods at the left end."""

    n_right: int
    """Whole periods at the right end."""

    @property
    def header(self) -> str:
        """What the comment line of an extxyz must hold to say so."""
        columns = "Properties=species:S:1:pos:R:3:region:I:1"
        return f"{columns} electrode_period_angstrom={self.period:g}"

    def marked(self, atoms: Atoms) -> Atoms:
        """Return a copy of ASE atoms that says so, in the input convention."""
        copy: Atoms = atoms.copy()
        copy.set_array("region", self.regions.copy(), dtype=int)
        copy.info["electrode_period_angstrom"] = self.period
        return copy


def propose_leads(
    numbers: Int[np.ndarray, " atom"],
    positions: Float[np.ndarray, "atom 3"],
    lateral_period: tuple[float, float] | None = None,
) -> LeadProposal:
    """Find the largest parts at both ends that repeat along z with one common period.

    A part must show at least two periods: one alone repeats nothing. Nothing is changed; whether
    the parts are meant to be leads is for the user to say.

    Parameters
    ----------
    numbers, positions
        Of all atoms; positions in angstrom, transport along z.
    lateral_period
        Lengths along x and y after which everything repeats; None in vacuum.

    Raises
    ------
    ElectrodeError
        If the ends do not repeat, or the right one does not continue the left one.
    InvalidInputError
        If a position is not finite.
    """
    check_positions(positions)
    found = _best(numbers, positions, MATCH_ANGSTROM)
    if found is None:
        raise _none(_best(numbers, positions, LOOSE_ANGSTROM))
    rough, n_left, n_right = found
    upwards = np.argsort(positions[:, 2], kind="stable")
    n_atom = _n_atom(positions, rough, MATCH_ANGSTROM)
    regions = np.full(len(upwards), DEVICE)
    regions[upwards[: n_left * n_atom]] = LEFT
    regions[upwards[-n_right * n_atom :]] = RIGHT
    period = _mean_period(positions, regions, rough)
    junction = Junction.from_sequences(numbers, positions, regions, period, lateral_period)
    # Refuses where the two ends repeat alike, but are not the same wire.
    n_atom = recognise_leads(junction).electrode.numbers.size
    return LeadProposal(freeze(regions), period, n_atom, n_left, n_right)


def _best(
    numbers: Int[np.ndarray, " atom"], positions: Float[np.ndarray, "atom 3"], match: float
) -> tuple[float, int, int] | None:
    """Return period and whole periods left and right that cover most, or None."""
    best, covered = None, 0.0
    length = float(np.ptp(positions[:, 2]))
    for period in _candidates(numbers, positions, match):
        n_left = _n_period(numbers, positions, period, match)
        n_right = _n_period(numbers, positions * [1.0, 1.0, -1.0], period, match)
        # Where all of it repeats, the middle third is left to be the device.
        most = max(_FEWEST_PERIODS, int((length + period) / (3.0 * period)))
        n_left, n_right = min(n_left, most), min(n_right, most)
        is_room = (n_left + n_right) * period < length
        if min(n_left, n_right) < _FEWEST_PERIODS or not is_room:
            continue
        # A multiple of a period says nothing new, though its whole periods may cover a bit more.
        is_multiple = best is not None and abs(period / best[0] - round(period / best[0])) < 0.01
        if not is_multiple and (n_left + n_right) * period > covered:
            best, covered = (period, n_left, n_right), (n_left + n_right) * period
    return best


def _candidates(
    numbers: Int[np.ndarray, " atom"], positions: Float[np.ndarray, "atom 3"], match: float
) -> list[float]:
    """Return distances from the lowest atom to its images straight above, ascending."""
    lowest = int(np.lexsort(np.round(positions, 3).T)[0])
    away = positions - positions[lowest]
    above = np.linalg.norm(away[:, :2], axis=1) < match
    above &= (away[:, 2] >= SHORTEST_PERIOD_ANGSTROM) & (numbers == numbers[lowest])
    half = float(np.ptp(positions[:, 2])) / 2.0
    return sorted(float(z) for z in away[above, 2] if z <= half)


def _n_period(
    numbers: Int[np.ndarray, " atom"],
    positions: Float[np.ndarray, "atom 3"],
    period: float,
    match: float,
) -> int:
    """Count whole periods at the low end in which each atom has its images."""
    z = positions[:, 2] - positions[:, 2].min()
    up = _has_image(numbers, positions, period, match)
    down = _has_image(numbers, positions, -period, match)
    # The first atom without an image below ends the repeating part, and so does, a period later,
    # the first without one above.
    broken_at = np.concatenate([z[(z > period - match) & ~down], z[~up] + period]).min()
    # Atoms are counted, not lengths: the first free layer may have come nearer to the lead.
    return int(np.sum(z < broken_at - match)) // _n_atom(positions, period, match)


def _n_atom(positions: Float[np.ndarray, "atom 3"], period: float, match: float) -> int:
    """Count the atoms of one period at the low end."""
    return int(np.sum(positions[:, 2] - positions[:, 2].min() < period - match))


def _mean_period(
    positions: Float[np.ndarray, "atom 3"],
    regions: Int[np.ndarray, " atom"],
    rough: float,
) -> float:
    """Average the period over all atoms of the leads that have an image: files are rounded."""
    steps = []
    for side in (LEFT, RIGHT):
        lead = positions[regions == side]
        gaps = lead[None, :] - lead[:, None] - [0.0, 0.0, rough]
        is_image = np.linalg.norm(gaps, axis=2) < MATCH_ANGSTROM
        steps.append(gaps[is_image][:, 2])
    return rough + float(np.round(np.concatenate(steps).mean(), 6))


def _has_image(
    numbers: Int[np.ndarray, " atom"],
    positions: Float[np.ndarray, "atom 3"],
    shift: float,
    match: float,
) -> np.ndarray:
    # Species as a fourth coordinate, far apart: an image is of the same element.
    spread = 1e3 * numbers[:, None]
    tree = cKDTree(np.hstack([positions, spread]))
    moved = np.hstack([positions + np.array([0.0, 0.0, shift]), spread])
    distance, _ = tree.query(moved)
    return np.asarray(distance < match)


def _none(rough: tuple[float, int, int] | None) -> ElectrodeError:
    if rough is not None:
        return ElectrodeError(
            f"both ends must repeat along z to {MATCH_ANGSTROM} Å to be leads, but do so only "
            f"roughly, about every {rough[0]:.2f} Å; put the atoms of both ends back on their "
            "lattice and hold them rigid",
            period_angstrom=rough[0],
        )
    return ElectrodeError(
        f"both ends must repeat along z over at least {_FEWEST_PERIODS} periods of one length to "
        "be leads, but do not; is transport along z, and are there no bare tips?"
    )
