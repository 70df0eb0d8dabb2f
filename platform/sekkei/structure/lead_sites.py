"""Sites of a lead: which of them hold its atoms, which are empty, and what the device shows."""

from dataclasses import dataclass

import numpy as np

from sekkei.errors import ElectrodeError
from sekkei.shapes import Bool, Float, Int
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lateral import nearest_image

MATCH_ANGSTROM = 0.02
"""Two lead atoms are images of each other when they are this near after whole periods."""

NAMES = {LEFT: "left", RIGHT: "right"}

_MOST_SHOWN = 5
_SHORTEST_STEP_ANGSTROM = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One lead of a junction beside the lattice that it should be on."""

    electrode: Electrode
    """One period of the lattice."""

    offset: float
    """How far along z, in angstrom, the electrode was moved."""

    side: int
    """Which lead."""

    outer_z: float
    """Where its outermost atom stands, in angstrom."""

    is_near: Bool[np.ndarray, "atom site"]
    """Whether an atom of the lead stands at an image of a site of its own element."""

    periods: Float[np.ndarray, "atom site"]
    """How many periods it stands above the site."""

    @property
    def holds(self) -> Bool[np.ndarray, " atom"]:
        """Which atoms of the lead are on the lattice."""
        return np.asarray(self.is_near.any(axis=1))

    def missing(self) -> tuple[Float[np.ndarray, "site 3"], Bool[np.ndarray, " atom"]]:
        """Return the sites of the lead that hold no atom of it, in angstrom, and who has no image.

        A lead ends flat at its outer end, and goes as many whole periods inwards as its innermost
        atom says. All of its atoms must be on the lattice.
        """
        site = self.is_near.argmax(axis=1)
        period = np.round(self.periods[np.arange(len(site)), site]).astype(int)
        length = self.electrode.period
        reach = (self.outer_z - self.electrode.positions[:, 2] - self.offset) / length
        slack = MATCH_ANGSTROM / length
        outermost = self.side * np.floor(self.side * reach + slack).astype(int)
        depth = self.side * (outermost[site] - period)
        is_held = np.zeros((len(reach), int(depth.max()) + 1), dtype=bool)
        is_held[site, depth] = True
        empty, empty_depth = np.nonzero(~is_held)
        sites = np.array(self.electrode.positions[empty])
        step = outermost[empty] - self.side * empty_depth
        sites[:, 2] += self.offset + step * length
        return sites, np.isin(site, empty)


def fit_lead(junction: Junction, side: int, electrode: Electrode, offset: float = 0.0) -> Fit:
    """Lay one lead of a junction on the lattice of an electrode that was moved along z."""
    member = np.flatnonzero(junction.regions == side)
    xyz = junction.positions[member]
    periods = (xyz[:, None, 2] - offset - electrode.positions[None, :, 2]) / electrode.period
    along = (periods - np.round(periods)) * electrode.period
    across = xyz[:, None, :2] - electrode.positions[None, :, :2]
    across = nearest_image(across, electrode.lateral_period)
    near = np.hypot(np.hypot(across[..., 0], across[..., 1]), along) < MATCH_ANGSTROM
    same = junction.numbers[member][:, None] == electrode.numbers[None, :]
    outer_z = side * float((side * xyz[:, 2]).max())
    return Fit(electrode, offset, side, outer_z, np.asarray(near & same), np.asarray(periods))


def check_sides(junction: Junction) -> None:
    """Refuse a junction whose left lead is not all below its right one.

    Raises
    ------
    ElectrodeError
        If they are swapped, or stand beside each other.
    """
    z = junction.positions[:, 2]
    left, right = z[junction.regions == LEFT], z[junction.regions == RIGHT]
    if left.max() < right.min():
        return
    if left.min() > right.max():
        raise ElectrodeError(
            "the left lead (region -1) must be at the low end of z and the right one (+1) at the "
            f"high end, but the left one stands at {left.min():.2f} to {left.max():.2f} Å and the "
            f"right one at {right.min():.2f} to {right.max():.2f} Å; swap -1 and +1"
        )
    bad = np.flatnonzero((junction.regions == LEFT) & (z >= right.min())).tolist()
    raise ElectrodeError(
        "the left lead must be below the right one along z, but its atoms "
        f"{some(bad)} are not; check the regions, and that transport runs along z",
        atoms=bad,
    )


def check_complete(junction: Junction, fit: Fit) -> None:
    """Refuse a lead in which a site between two of its own is empty, or a period is not whole.

    Raises
    ------
    ElectrodeError
        With the sites that are missing, and the atoms of the device that stand there, or those
        of the lead whose images are missing.
    """
    sites, is_alone = fit.missing()
    if not len(sites):
        return
    sites = sites[np.argsort(fit.side * sites[:, 2], kind="stable")]
    atoms = _device_at(junction, sites)
    if atoms:
        advice = f"atoms {some(atoms)} of the device stand there: mark whole periods as lead"
    else:
        atoms = np.flatnonzero(junction.regions == fit.side)[is_alone].tolist()
        advice = f"add them, or take its atoms {some(atoms)} away, which have no image there"
    raise ElectrodeError(
        f"the {NAMES[fit.side]} lead must be complete, without a gap and in whole periods of "
        f"{fit.electrode.period:g} Å, but it has no atom at {_places(sites)}; {advice}",
        missing_angstrom=np.round(sites, 3).tolist(),
        atoms=atoms,
    )


def check_period(junction: Junction, electrode: Electrode) -> None:
    """Refuse a period that leads of a single period cannot show, where the device shows another.

    Two leads of one period each repeat after anything. Where the atoms beside one of them repeat
    it twice after another length, and not after the stated one, that length is its period.

    Raises
    ------
    ElectrodeError
        With the period that the device shows.
    """
    for side in (LEFT, RIGHT):
        lead = np.flatnonzero(junction.regions == side)
        if len(lead) != electrode.numbers.size:
            return
        if _repeats(junction, lead, -side * electrode.period):
            continue
        for period in _steps(junction, lead, side):
            if all(_repeats(junction, lead, -side * n * period) for n in (1, 2)):
                raise ElectrodeError(
                    f"the electrode must repeat every {electrode.period:g} Å, but the device "
                    f"beside the {NAMES[side]} lead goes on as it after {period:.4g} Å; correct "
                    "electrode_period_angstrom, or mark two periods at each end if it is right",
                    period_angstrom=period,
                )


def some(atoms: list[int]) -> str:
    """Name a few atoms of many."""
    return ", ".join(map(str, atoms[:_MOST_SHOWN])) + (" …" if len(atoms) > _MOST_SHOWN else "")


def _steps(junction: Junction, lead: Int[np.ndarray, " atom"], side: int) -> list[float]:
    """Return the distances from one atom of a lead to equal ones straight inwards, ascending."""
    first = lead[0]
    away = junction.positions - junction.positions[first]
    across = np.linalg.norm(nearest_image(away[:, :2], junction.lateral_period), axis=1)
    is_image = (across < MATCH_ANGSTROM) & (junction.numbers == junction.numbers[first])
    inwards = -side * away[is_image, 2]
    return sorted(inwards[inwards > _SHORTEST_STEP_ANGSTROM].tolist())


def _repeats(junction: Junction, lead: Int[np.ndarray, " atom"], shift: float) -> bool:
    """Say whether every atom of a lead has an equal one so far along z."""
    moved = junction.positions[lead] + [0.0, 0.0, shift]
    between = nearest_image(junction.positions[None] - moved[:, None], junction.lateral_period)
    near = np.linalg.norm(between, axis=-1) < MATCH_ANGSTROM
    same = junction.numbers[None] == junction.numbers[lead][:, None]
    return bool((near & same).any(axis=1).all())


def _device_at(junction: Junction, sites: Float[np.ndarray, "site 3"]) -> list[int]:
    """Return the atoms of the device that stand at sites."""
    device = np.flatnonzero(junction.regions == DEVICE)
    between = nearest_image(junction.positions[device][:, None] - sites, junction.lateral_period)
    is_there = np.linalg.norm(between, axis=-1).min(axis=1) < 10.0 * MATCH_ANGSTROM
    return [int(i) for i in device[is_there]]


def _places(sites: Float[np.ndarray, "site 3"]) -> str:
    shown = ", ".join(f"({x:.2f}, {y:.2f}, {z:.2f}) Å" for x, y, z in sites[:_MOST_SHOWN] + 0.0)
    more = len(sites) - _MOST_SHOWN
    return shown + (f" and {more} more places" if more > 0 else "")
