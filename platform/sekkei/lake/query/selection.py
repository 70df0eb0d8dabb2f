"""Queries: filters, evaluated piece by piece over the columns that they name."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import zarr

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.query.evaluate import check_filter, holds
from sekkei.lake.query.filterable import Filterable, filterables, find_filterable
from sekkei.lake.query.tree import Filter, Joined
from sekkei.lake.query.view import View, viewed_columns
from sekkei.lake.store import side_by_side
from sekkei.lake.table import check_table
from sekkei.shapes import Int

if TYPE_CHECKING:
    from pandas import DataFrame
else:
    DataFrame = Any  # half a second that counting and finding rows need not wait for

_Column = TypeVar("_Column")

ROWS_AT_ONCE = 8192
"""Rows of a result that are made at once."""


class Query:
    """Rows of a table for which filters hold, not looked for until asked.

    Parameters
    ----------
    reader
        The lake.
    table
        The table whose rows are selected.
    where
        Filters, all of which must hold. Later ones look only at what earlier ones left: the most
        selective comes first.
    names
        Columns wanted, or other things that a filter may name; all columns if absent.

    Raises
    ------
    InvalidInputError
        If a filter is not one, something has no such name (with the nearest that does), or a text
        is compared with a number.
    """

    def __init__(
        self,
        reader: ColumnReader,
        table: str,
        where: Sequence[str] = (),
        names: Sequence[str] | None = None,
    ) -> None:
        check_table(table)
        self._reader = reader
        self._table = table
        self._known = filterables(table)
        parts = _parsed(where)
        for part in parts:
            check_filter(part, self._known)
        self._filter: Filter | None = Joined(parts, is_and=True) if parts else None
        self._names = list(viewed_columns(table) if names is None else names)
        for name in self._names:
            find_filterable(name, self._known)

    @property
    def table(self) -> str:
        """The table whose rows are selected."""
        return self._table

    @property
    def root(self) -> zarr.Group:
        """The lake."""
        return self._reader.root

    def row_parts(
        self, chosen: Int[np.ndarray, " row"] | None = None
    ) -> Iterator[Int[np.ndarray, " row"]]:
        """Yield the rows that fit, or those chosen, some thousand at a time."""
        for rows in self.row_pieces() if chosen is None else [chosen]:
            for start in range(0, rows.size, ROWS_AT_ONCE):
                yield rows[start : start + ROWS_AT_ONCE]

    def row_pieces(self) -> Iterator[Int[np.ndarray, " row"]]:
        """Yield the rows that fit, ascending, from one piece of the table after the other.

        Rows that were withdrawn fit nothing.
        """
        for piece in self._reader.pieces(self._table):
            rows = self._reader.visible(self._table, piece)
            if self._filter is None:
                yield rows
            else:
                view = View(self._reader, self._table, rows)
                yield rows[holds(self._filter, view, self._known)]

    def rows(self) -> Int[np.ndarray, " row"]:
        """Return the rows that fit: 8 bytes each."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *self.row_pieces()])

    def frame(self, rows: Int[np.ndarray, " row"] | None = None) -> DataFrame:
        """Return the columns wanted, of some rows or of all that fit."""
        import pandas as pd  # noqa: PLC0415  (half a second; and a lazy module breaks in threads)

        values = self._columns(rows, lambda one, view: one.shown(view))
        return pd.DataFrame(dict(zip(self._names, values, strict=True)))

    def records(self, chosen: Int[np.ndarray, " row"] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the columns wanted, a record of plain values for each row.

        Parameters
        ----------
        chosen
            Which rows; all that fit if absent.
        """
        for rows in self.row_parts(chosen):
            columns = self._columns(rows, lambda one, view: one.plain(view))
            for values in zip(*columns, strict=True):
                yield dict(zip(self._names, values, strict=True))

    def frames(self, chosen: Int[np.ndarray, " row"] | None = None) -> Iterator[DataFrame]:
        """Yield the columns wanted, some thousand rows at a time: memory stays flat.

        Parameters
        ----------
        chosen
            Which rows; all that fit if absent.
        """
        for rows in self.row_parts(chosen):
            yield self.frame(rows)

    def _columns(
        self, rows: Int[np.ndarray, " row"] | None, read: Callable[[Filterable, View], _Column]
    ) -> list[_Column]:
        view = View(self._reader, self._table, self.rows() if rows is None else rows)
        found = [self._known[name] for name in self._names]
        for source in {one.source[0] for one in found if one.source is not None}:
            view.rows(source)  # joined once, before columns are read side by side
        return side_by_side(lambda one: read(one, view), found)


def _parsed(where: Sequence[str]) -> tuple[Filter, ...]:
    if not where:
        return ()
    from sekkei.lake.query.parse import parse_filter  # noqa: PLC0415  (the grammar takes a while)

    return tuple(parse_filter(text) for text in where)
