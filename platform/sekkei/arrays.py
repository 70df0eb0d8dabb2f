"""Read-only arrays: what records hold."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
from typing_extensions import override

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


class ReadOnlyArrays:
    """Base of records whose arrays stay read-only in copies: numpy forgets it in a pickle."""

    __slots__ = ()

    @override
    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        values = (getattr(self, one.name) for one in fields(self))  # type: ignore[arg-type]
        return _rebuilt, (type(self), *values)


def _rebuilt(record: type, *values: object) -> object:
    for value in values:
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return record(*values)
