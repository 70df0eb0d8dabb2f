"""Errors of labels that were stored before labels had one: read off their own T(E)."""

import numpy as np

from sekkei.lake.store import OpenArray
from sekkei.lake.table import take_rows
from sekkei.shapes import Float, Int
from sekkei.transport.error_bar import FITTED, label_error

ERROR = ("label", "error_g0")
"""Table and column."""

_DIGITS = 6
"""In G0: more than an error bar needs, and few enough to be the same on every machine."""

_AT_ONCE = 4096
"""Spectra that are in memory together: some megabytes."""


def with_estimates(
    open_array: OpenArray, rows: Int[np.ndarray, " row"], stored: Float[np.ndarray, " row"]
) -> Float[np.ndarray, " row"]:
    """Fill in errors that nobody stored; nothing is written.

    Parameters
    ----------
    open_array
        Opens an array of the lake by its path.
    rows
        Rows of the table label; -1 where there is none.
    stored
        Their column ``error_g0``.

    Returns
    -------
    numpy.ndarray
        What is stored, and where that is NaN what `label_error` says; NaN where that says nothing.
    """
    found = stored.copy()
    open_rows = np.flatnonzero(np.isnan(stored) & (rows >= 0))
    for start in range(0, open_rows.size, _AT_ONCE):
        at = open_rows[start : start + _AT_ONCE]
        recipes = take_rows(open_array("label/recipe"), rows[at])
        at = at[recipes == FITTED.recipe]
        found[at] = _estimates(open_array, rows[at])
    return found


def _estimates(open_array: OpenArray, rows: Int[np.ndarray, " row"]) -> Float[np.ndarray, " row"]:
    columns = (
        take_rows(open_array(f"label/{name}"), rows)
        for name in ("energy_ev", "transmission", "eigenchannels")
    )
    found = [
        label_error(FITTED.recipe, *(values[np.isfinite(values)] for values in spectrum)).likely
        for spectrum in zip(*columns, strict=True)
    ]
    return np.round(found, _DIGITS)
