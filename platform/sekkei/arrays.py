"""Read-only arrays: what records hold."""

from typing import Any

import numpy as np

from sekkei.shapes import Shaped


def freeze(array: Shaped[np.ndarray, "..."], dtype: Any = None) -> Shaped[np.ndarray, "..."]:
    """Return a read-only copy.

    Parameters
    ----------
    array
        Of any shape.
    dtype
        Type of the copy; that of the array if absent.

    Examples
    --------
    >>> freeze(np.zeros(2)).flags.writeable
    False
    """
    copy = np.array(array, dtype=dtype)
    copy.setflags(write=False)
    return copy
