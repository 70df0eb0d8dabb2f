"""Whether a device keeps out of its leads."""

import numpy as np

from sekkei.errors import ElectrodeError
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lead_sites import NAMES, check_sides, some

SHARE = 0.2
"""A device atom may lean so far into the outermost period of a lead, in periods: strain does that,
a missing layer (a third of a period or more) does not."""


def check_lead_room(junction: Junction) -> None:
    """Refuse a junction with device atoms in or beyond the outermost period of a lead.

    A lead goes on outwards as its outermost period is: an atom beside it would be cut off there.

    Raises
    ------
    ElectrodeError
        Naming the atoms; also where left and right are swapped.
    """
    check_sides(junction)
    for side in (LEFT, RIGHT):
        outwards = side * junction.positions[:, 2]
        depth = outwards[junction.regions == side].max() - outwards
        is_inside = depth < (1.0 - SHARE) * junction.electrode_period
        bad = np.flatnonzero(is_inside & (junction.regions == DEVICE)).tolist()
        if bad:
            raise ElectrodeError(
                f"the outermost {junction.electrode_period:g} Å at the {NAMES[side]} end must hold "
                f"atoms of the lead only, but device atoms {some(bad)} stand there; mark whole "
                "periods as lead, take atoms away that lie beside it, or correct "
                "electrode_period_angstrom if the lead is shorter; where dynamics brought them "
                "there, pull it colder, or hold it for less",
                atoms=bad,
            )
