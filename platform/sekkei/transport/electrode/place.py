"""Where an electrode stands in its own cell, whatever its place in a junction."""

import numpy as np

from sekkei.arrays import freeze
from sekkei.shapes import Float
from sekkei.structure.electrode import Electrode


def centred(electrode: Electrode) -> Electrode:
    """Move an electrode to where all that are equal to it are, to 1e-6 Å."""
    # Rounded, so that the same electrode at another place is the same entry of the cache.
    positions = np.round(electrode.positions - origin(electrode), 6) + 0.0
    return Electrode(
        numbers=electrode.numbers,
        positions=freeze(positions),
        period=round(electrode.period, 6),
        lateral_period=electrode.lateral_period,
    )


def origin(electrode: Electrode) -> Float[np.ndarray, " 3"]:
    """Return the middle of a wire, or where the walls of a surface's cell meet no atom.

    Whole steps of 1e-6 Å away from the first atom, as all atoms are: rounding moves none then.
    """
    first = electrode.positions[0]
    away = electrode.positions - first
    if electrode.lateral_period is None:
        return np.asarray(first + np.round([*away[:, :2].mean(axis=0), away[:, 2].min()], 6))
    walls = []
    for x, period in zip(away[:, :2].T, electrode.lateral_period, strict=True):
        folded = np.sort(x % period)
        gaps = np.diff(np.append(folded, folded[0] + period))
        # The first of the widest gaps; equal ones differ by rounding.
        widest = int(np.flatnonzero(gaps > gaps.max() - 1e-3)[0])
        walls.append(folded[widest] + gaps[widest] / 2.0)
    return np.asarray(first + np.round([*walls, away[:, 2].min()], 6))
