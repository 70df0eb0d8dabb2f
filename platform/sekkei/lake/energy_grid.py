"""One grid of energies for labels that need not have the same."""

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float


def on_one_grid(
    energies: Float[np.ndarray, "label width"],
    transmission: Float[np.ndarray, "label width"],
    *,
    is_partial: bool,
) -> tuple[Float[np.ndarray, " energy"], Float[np.ndarray, "label energy"]]:
    """Return the grid that most labels have, and their transmissions on it.

    Parameters
    ----------
    energies, transmission
        As the lake keeps them: rows end with NaN where a grid is shorter than the widest one.
    is_partial
        Whether rows of other grids may be there; they are NaN then.

    Raises
    ------
    InvalidInputError
        If grids differ and must not.
    """
    grids, which = np.unique(np.nan_to_num(energies, nan=np.inf), axis=0, return_inverse=True)
    if len(grids) > 1 and not is_partial:
        raise InvalidInputError(
            "labels must share one grid of energies, but these have several; "
            "ask for the labels of one recipe"
        )
    common = int(np.bincount(which).argmax())
    width = int(np.isfinite(grids[common]).sum())
    found = np.where((which == common)[:, None], transmission[:, :width], np.nan)
    return grids[common, :width], found
