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
