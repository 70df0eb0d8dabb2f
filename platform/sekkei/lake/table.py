"""Reading columns of a lake into memory."""

import numpy as np
import pandas as pd
import zarr

from sekkei.errors import InvalidInputError
from sekkei.lake.schema import ELEMENTS, Column, columns, table_names
from sekkei.lake.store import array_of, side_by_side

_NO_KEY = "0" * 32


def read_keys(root: zarr.Group, path: str) -> list[str]:
    """Read a column of keys as 32 hexadecimal digits each; an empty string where there is none."""
    packed = np.asarray(array_of(root, path)[:]).tobytes().hex()
    found = (packed[i : i + 32] for i in range(0, len(packed), 32))
    return ["" if key == _NO_KEY else key for key in found]


def read_table(root: zarr.Group, table: str, names: frozenset[str] | None = None) -> pd.DataFrame:
    """Read the scalar columns of a table.

    Parameters
    ----------
    root
        The lake.
    table
        One of `table_names`.
    names
        Only these columns of the result; all of them if absent.

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
    check_table(table)
    wanted = [
        column
        for column in columns(table)
        if column.axis != ("energy",)
        and (names is None or not names.isdisjoint(column_names(column)))
    ]
    series: dict[str, object] = {}
    for found in side_by_side(lambda column: _read_column(root, table, column), wanted):
        series |= found
    frame = pd.DataFrame(series)
    return frame if names is None else frame[[name for name in frame if name in names]]


def check_table(table: str) -> None:
    """Raise `InvalidInputError` unless a table of that name has keys."""
    if table not in table_names():
        raise InvalidInputError(
            f"a table must be one of {', '.join(table_names())}, but found {table!r}", table=table
        )


def column_names(column: Column) -> tuple[str, ...]:
    """Return the names under which a column appears in a data frame."""
    if column.axis == ("element",):
        return tuple(f"fraction_{symbol}" for symbol in ELEMENTS)
    return () if column.axis else (column.name,)


def _read_column(root: zarr.Group, table: str, column: Column) -> dict[str, object]:
    path = f"{table}/{column.name}"
    if column.kind == "key":
        return {column.name: pd.array(read_keys(root, path), dtype="str")}
    values = np.asarray(array_of(root, path)[:])
    if column.kind == "string":
        return {column.name: pd.array(values.astype(object), dtype="str")}
    if column.axis:
        return dict(zip(column_names(column), values.T, strict=True))
    return {column.name: values}
