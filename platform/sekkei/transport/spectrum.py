"""What is read off T(E)."""

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float


def conductance_window(
    energies: Float[np.ndarray, " energy"],
    transmission: Float[np.ndarray, " energy"],
    half_width: float,
) -> float:
    """Mean transmission over a window around the Fermi level, in G0.

    What a measurement at a bias of twice the half width sees, to lowest order (Landauer).

    Parameters
    ----------
    energies
        Ascending, in eV against the Fermi level.
    half_width
        In eV.

    Raises
    ------
    InvalidInputError
        If fewer than two energies lie in the window.

    Examples
    --------
    >>> conductance_window(np.array([-0.1, 0.0, 0.1]), np.array([0.0, 1.0, 2.0]), 0.1)
    1.0
    """
    inside = np.abs(energies) <= half_width * (1.0 + 1e-9)
    if inside.sum() < 2:
        raise InvalidInputError(
            f"the window of {half_width} eV must hold at least two energies, but holds "
            f"{int(inside.sum())}; make the grid finer or the window wider"
        )
    x, y = energies[inside], transmission[inside]
    return float(np.trapezoid(y, x) / (x[-1] - x[0]))


def mean_slope(
    energies: Float[np.ndarray, " energy"],
    transmission: Float[np.ndarray, " energy"],
    half_width: float,
) -> float:
    """Mean slope of the transmission over a window around the Fermi level, in G0/eV.

    Parameters
    ----------
    energies
        Ascending, in eV against the Fermi level; T(E) is linear between them.
    half_width
        In eV.

    Raises
    ------
    InvalidInputError
        If the energies end within the window.

    Examples
    --------
    >>> mean_slope(np.array([-0.1, 0.0, 0.1]), np.array([0.9, 1.0, 1.3]), 0.1)
    2.0
    """
    ends = np.array([-half_width, half_width])
    if not half_width > 0.0 or energies[0] > ends[0] + 1e-9 or energies[-1] < ends[1] - 1e-9:
        raise InvalidInputError(
            f"a slope over {half_width:g} eV to both sides needs T there, but the energies span "
            f"{energies[0]:g} to {energies[-1]:g} eV; use a wider grid"
        )
    low, high = np.interp(ends, energies, transmission)
    return float((high - low) / (2.0 * half_width))
