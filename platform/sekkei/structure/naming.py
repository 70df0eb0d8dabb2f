"""Which of the known electrodes a lead is, if any."""

import numpy as np
from ase.data import chemical_symbols

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float
from sekkei.structure.electrode import Electrode, build_electrode, electrode_names
from sekkei.structure.element import lattice_constant
from sekkei.structure.lateral import nearest_image

SAME = 0.01
"""Distances agree so closely, in periods."""

_AXES = {"bcc100": "[100]", "bcc110": "[110]", "bcc111": "[111]"}
_MOST_CELLS = 8


def known_name(electrode: Electrode) -> str | None:
    """Return the name under which `build_electrode` makes an electrode, up to its size, or None.

    Turned about z or mirrored it is the same; stretched evenly, too.
    """
    kinds = np.unique(electrode.numbers)
    if len(kinds) > 1:
        return None
    element = str(chemical_symbols[int(kinds[0])])
    try:
        lattice_constant(element)
    except InvalidInputError:
        element = "K"  # all known electrodes are cut from bcc: any size serves to compare shapes
    mine = _distances(electrode)
    for name in _candidates(electrode):
        other = build_electrode(name, element)
        if other.numbers.size == electrode.numbers.size and _is_close(mine, _distances(other)):
            return name
    return None


def crystal_direction(name: str | None) -> str | None:
    """Return the crystal direction of a known electrode, such as ``bcc [100]``, or None."""
    for crystal, axis in _AXES.items():
        if name is not None and name.removeprefix("surface-").startswith(crystal):
            return f"bcc {axis}"
    return None


def _candidates(electrode: Electrode) -> list[str]:
    if electrode.lateral_period is None:
        return list(electrode_names())
    return [
        f"surface-{crystal}-{x}x{y}"
        for crystal, per_cell in (("bcc100", 2), ("bcc110", 4), ("bcc111", 6))
        for x in range(1, _MOST_CELLS + 1)
        for y in range(1, _MOST_CELLS + 1)
        if per_cell * x * y == electrode.numbers.size
    ]


def _distances(electrode: Electrode) -> Float[np.ndarray, " pair"]:
    """Return all distances within two periods, sorted, in periods: they tell wires apart."""
    longer = electrode.repeated(2)
    between = longer.positions[:, None] - longer.positions[None]
    between = nearest_image(between, electrode.lateral_period)
    apart = np.linalg.norm(between, axis=-1)
    sizes = np.sort(apart, axis=None)
    across = electrode.lateral_period or ()
    return np.concatenate([sizes, np.sort(across)]) / electrode.period


def _is_close(mine: Float[np.ndarray, " pair"], other: Float[np.ndarray, " pair"]) -> bool:
    return mine.shape == other.shape and bool(np.abs(mine - other).max() < SAME)
