"""Reading columns of a lake into memory."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from sekkei.errors import InvalidInputError
from sekkei.lake.schema import ELEMENTS, Column, columns, table_names
from sekkei.lake.storage_errors import naming_damage
from sekkei.lake.store import OpenArray, array_of, side_by_side
from sekkei.shapes import Float, Int, UInt8, UInt64

if TYPE_CHECKING:
    from pandas import DataFrame
else:
    DataFrame = Any  # half a second that counting and finding rows need not wait for

_NO_KEY = "0" * 32
# A span that holds one wanted row in so many is still read as a whole.
_DENSE = 8


def read_keys(root: zarr.Group, path: str) -> list[str]:
    """Read a column of keys as 32 hexadecimal digits each; an empty string where there is none."""
    found = array_of(root, path)
    with naming_damage(path):
        return _hexadecimal(np.asarray(found[:]))


def read_table(root: zarr.Group, table: str, names: Sequence[str] | None = None) -> DataFrame:
    """Read the scalar columns of a table.

    Parameters
    ----------
    root
        The lake.
    table
        One of `table_names`.
    names
        Columns wanted, as `shown_names` has them; all of them if absent.

    Returns
    -------
    pandas.DataFrame
        One row per row; keys as 32 hexadecimal digits, a composition as one column per element
        (``fraction_K``), spectra left out.

    Raises
    ------
    InvalidInputError
        If there is no such table.
    """
    import pandas as pd  # noqa: PLC0415  (half a second; and a lazy module breaks in threads)

    check_table(table)
    wanted = shown_names(table) if names is None else tuple(names)
    found = side_by_side(
        lambda name: shown(read_column(partial(array_of, root), table, name)), wanted
    )
    return pd.DataFrame(dict(zip(wanted, found, strict=True)))


def read_column(
    open_array: OpenArray,
    table: str,
    name: str,
    rows: slice = slice(None),
) -> np.ndarray:
    """Read one column, or a part of it, as it is stored.

    Parameters
    ----------
    open_array
        Opens an array of the lake by its path.
    table
        A table.
    name
        One of `shown_names`.
    rows
        Which rows; all of them if absent.

    Returns
    -------
    numpy.ndarray
        ``(n_row, 16)`` bytes for keys; ``(n_row,)`` numbers or texts for everything else.
    """
    is_fraction = name.startswith("fraction_")
    found = open_array(f"{table}/{'composition' if is_fraction else name}")
    wanted = (rows, ELEMENTS.index(name.removeprefix("fraction_"))) if is_fraction else rows
    with naming_damage(found.path):
        return np.asarray(found[wanted])


def take_rows(source: Any, rows: np.ndarray) -> np.ndarray:
    """Read some rows of an array, as a whole span where they lie close to each other."""
    with naming_damage(source.path):
        return _take(source, rows)


def _take(source: Any, rows: np.ndarray) -> np.ndarray:
    if rows.size == 0:
        return np.asarray(source[0:0])
    # Offsets of structures need not ascend with their rows.
    low, high = int(rows.min()), int(rows.max()) + 1
    if high - low <= _DENSE * rows.size:
        span: np.ndarray = np.asarray(source[low:high])
        found: np.ndarray = span[rows - low]
        return found
    return np.asarray(source.oindex[(rows, *(slice(None) for _ in source.shape[1:]))])


def rows_of_stretches(
    firsts: Int[np.ndarray, " owner"], counts: Int[np.ndarray, " owner"]
) -> Int[np.ndarray, " row"]:
    """Return the rows of stretches, one stretch after the other.

    Examples
    --------
    >>> rows_of_stretches(np.array([7, 0]), np.array([2, 3])).tolist()
    [7, 8, 0, 1, 2]
    """
    before = np.cumsum(counts) - counts
    rows: np.ndarray = np.arange(counts.sum()) + np.repeat(firsts - before, counts)
    return rows


def lengths_of(padded: Float[np.ndarray, "row axis"]) -> Int[np.ndarray, " row"]:
    """Return how many values each row of a column that grows has: NaN after the last pads it."""
    ordinals = np.arange(1, padded.shape[1] + 1)
    lengths: np.ndarray = np.where(np.isnan(padded), 0, ordinals).max(axis=1, initial=0)
    return lengths


def shown(values: np.ndarray) -> Any:
    """Turn a stored column, or a part of one, into what a data frame shows."""
    import pandas as pd  # noqa: PLC0415  (the same)

    if values.ndim == 2:
        return pd.array(_hexadecimal(values), dtype="str")
    if values.dtype.kind == "T":
        return pd.array(values.astype(object), dtype="str")
    return values


def plain(values: np.ndarray) -> list[Any]:
    """Turn a stored column, or a part of one, into a list of numbers or texts."""
    if values.ndim == 2:
        return _hexadecimal(values)
    return list(values.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class KeyIndex:
    """The keys of a table in order, by half of each: 12 bytes per row."""

    halves: UInt64[np.ndarray, " row"]
    """First eight bytes of each key, ascending. They tell a million rows apart."""

    rows: Int[np.ndarray, " row"]
    """Row of each."""

    @classmethod
    def of(cls, parts: Iterable[UInt8[np.ndarray, "part 16"]]) -> "KeyIndex":
        """Make an index from the keys of a table, a part at a time."""
        found = [_halves(part) for part in parts]
        halves = np.concatenate(found) if found else np.zeros(0, np.uint64)
        order = np.argsort(halves, kind="stable")
        return cls(halves[order], order.astype(np.int32))

    def find(
        self,
        wanted: UInt8[np.ndarray, "wanted 16"],
        keys_at: Callable[[Int[np.ndarray, " some"]], UInt8[np.ndarray, "some 16"]],
    ) -> Int[np.ndarray, " wanted"]:
        """Return the row of each wanted key, -1 where there is none.

        Parameters
        ----------
        wanted
            Keys.
        keys_at
            Reads the keys of rows: the other half must prove what one half says.
        """
        halves = _halves(wanted)
        place = np.searchsorted(self.halves, halves)
        found = np.full(halves.size, -1)
        left = np.arange(halves.size)
        while True:  # once, but for keys that somebody made up, whose first halves are the same
            inside = left[place[left] < self.rows.size]
            left = inside[self.halves[place[inside]] == halves[inside]]
            if left.size == 0:
                return found
            rows = self.rows[place[left]].astype(np.int64)
            is_it = (keys_at(rows) == wanted[left]).all(axis=1)
            found[left[is_it]] = rows[is_it]
            left = left[~is_it]
            place[left] += 1


def find_rows(
    keys: UInt8[np.ndarray, "row 16"], wanted: UInt8[np.ndarray, "wanted 16"]
) -> Int[np.ndarray, " wanted"]:
    """Return the row of each wanted key, -1 where there is none."""
    if keys.shape[0] == 0:
        return np.full(wanted.shape[0], -1)
    return KeyIndex.of([keys]).find(wanted, lambda rows: keys[rows])


def check_table(table: str) -> None:
    """Raise `InvalidInputError` unless a table of that name has keys."""
    if table not in table_names():
        raise InvalidInputError(
            f"a table must be one of {', '.join(table_names())}, but found {table!r}", table=table
        )


def shown_names(table: str) -> tuple[str, ...]:
    """Return the names of the columns that a data frame of a table has."""
    return tuple(name for column in columns(table) for name in _names(column))


def _names(column: Column) -> tuple[str, ...]:
    if column.axis == ("element",):
        return tuple(f"fraction_{symbol}" for symbol in ELEMENTS)
    return () if column.axis else (column.name,)


def _halves(keys: np.ndarray) -> np.ndarray:
    halves: np.ndarray = np.ascontiguousarray(keys[:, :8]).view(np.uint64)[:, 0]
    return halves


def _hexadecimal(packed: np.ndarray) -> list[str]:
    digits = packed.tobytes().hex()
    found = (digits[i : i + 32] for i in range(0, len(digits), 32))
    return ["" if key == _NO_KEY else key for key in found]
