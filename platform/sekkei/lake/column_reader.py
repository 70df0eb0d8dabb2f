"""Columns of one state, read piece by piece and kept while there is room."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import zarr

from sekkei.lake.kept import Kept
from sekkei.lake.keys import key_bytes
from sekkei.lake.schema import columns, links_of
from sekkei.lake.store import array_of
from sekkei.lake.table import KeyIndex, plain, read_column
from sekkei.shapes import Bool, Int, UInt8

PIECE = 131072
"""Rows that are read at once: sixteen chunks, a megabyte of numbers."""

ROOM = 128 * 2**20
"""Bytes of columns that are kept."""

_MOST = 4096  # as many as a lake has, and more
_Place = tuple[str, str, int]  # table, column, piece


class ColumnReader:
    """Reads columns of one state of a lake.

    A state never changes, so that what was read once may be kept; what was not used for longest
    goes first. Memory is that room, the rows asked for, and 12 bytes per row of a table that is
    joined. Safe to share between threads: what several ask for is read by one of them.
    """

    def __init__(
        self, root: zarr.Group, room: int = ROOM, before: "ColumnReader | None" = None
    ) -> None:
        """Read nothing yet.

        Parameters
        ----------
        root
            The state.
        room
            Bytes of columns that are kept.
        before
            Reader of an earlier state, since which rows were only added: both share the room, and
            what one has read the other does not read again.
        """
        self.root = root
        self.kept: Kept[_Place, np.ndarray] = before.kept if before else Kept(room, _size)
        self._arrays: Kept[str, zarr.Array[Any]] = Kept(_MOST)
        self._indices: Kept[str, KeyIndex] = Kept(_MOST)
        self._hidden: Kept[str, np.ndarray] = Kept(_MOST)

    def array(self, path: str) -> "zarr.Array[Any]":
        """Open an array of the state, once; see `sekkei.lake.store.array_of`."""
        return self._arrays.get(path, lambda _: array_of(self.root, path))

    def n_row(self, table: str) -> int:
        """Return the number of rows of a table."""
        return int(self.array(f"{table}/{columns(table)[0].name}").shape[0])

    def pieces(self, table: str) -> Iterator[Int[np.ndarray, " row"]]:
        """Yield the rows of a table, a piece at a time."""
        n_row = self.n_row(table)
        for start in range(0, n_row, PIECE):
            yield np.arange(start, min(start + PIECE, n_row))

    def take(self, table: str, name: str, rows: Int[np.ndarray, " wanted"]) -> np.ndarray:
        """Read a column for some rows; see `sekkei.lake.table.read_column` for its form.

        Where the row is -1: NaN, an empty text, or a key of zeros.
        """
        if rows.size == 0:
            return self._blank(table, name)(0)
        first = int(rows.min())
        if first >= 0 and first // PIECE == int(rows.max()) // PIECE:
            i_piece = first // PIECE  # as nearly always where rows were committed together
            taken: np.ndarray = self._piece(table, name, i_piece)[rows - i_piece * PIECE]
            return taken
        there = np.flatnonzero(rows >= 0)
        found = rows[there]
        piece = found // PIECE
        parts = []
        for i in np.flatnonzero(np.bincount(piece)).tolist():
            of_piece = np.flatnonzero(piece == i)
            values = self._piece(table, name, i)[found[of_piece] - i * PIECE]
            parts.append((there[of_piece], values))
        return _assembled(rows.size, parts, self._blank(table, name), is_gap=there.size < rows.size)

    def find(self, table: str, keys: UInt8[np.ndarray, "wanted 16"]) -> Int[np.ndarray, " wanted"]:
        """Return the row of each wanted key in a table, -1 where there is none."""
        index = self._indices.get(table, lambda _: self._index(table))
        return index.find(keys, lambda rows: self.take(table, "key", rows))

    def holds(self, table: str, keys: Sequence[str]) -> list[bool]:
        """Say of keys, 32 hexadecimal digits each, which of them a table has."""
        return list((self.find(table, key_bytes(keys)) >= 0).tolist())

    def hidden(self, table: str) -> Bool[np.ndarray, " row"] | None:
        """Return which rows of a table readers leave out; None if none was ever withdrawn.

        Those are the withdrawn ones, and all that were made from them.
        """
        return self._hidden_rows(table) if self.n_row("withdrawal") else None

    def visible(self, table: str, rows: Int[np.ndarray, " row"]) -> Int[np.ndarray, " shown"]:
        """Return those of some rows of a table that readers show."""
        hidden = self.hidden(table)
        return rows if hidden is None else rows[~hidden[rows]]

    def _index(self, table: str) -> KeyIndex:
        return KeyIndex.of(self.take(table, "key", rows) for rows in self.pieces(table))

    def _hidden_rows(self, table: str) -> Bool[np.ndarray, " row"]:
        return self._hidden.get(table, lambda _: self._find_hidden(table))

    def _find_hidden(self, table: str) -> Bool[np.ndarray, " row"]:
        found = np.zeros(self.n_row(table), dtype=bool)
        withdrawn = self.find(table, key_bytes(sorted(self._withdrawn(table))))
        found[withdrawn[withdrawn >= 0]] = True
        for name, above in links_of(table):
            # Row -1 is the last one: none.
            hidden = np.append(self._hidden_rows(above), False)
            for rows in self.pieces(table):
                found[rows] |= hidden[self.find(above, self.take(table, name, rows))]
        return found

    def _withdrawn(self, table: str) -> frozenset[str]:
        """Keys of the rows of a table whose last word is that they are withdrawn."""
        last: dict[str, tuple[int, str]] = {}
        for rows in self.pieces("withdrawal"):
            names = ("table", "subject", "ordinal", "action")
            values = (plain(self.take("withdrawal", name, rows)) for name in names)
            for of, subject, ordinal, action in zip(*values, strict=True):
                if of == table and (ordinal, action) > last.get(subject, (-1, "")):
                    last[subject] = (ordinal, action)
        return frozenset(key for key, (_, action) in last.items() if action == "withdraw")

    def _piece(self, table: str, name: str, i_piece: int) -> np.ndarray:
        """Return a piece of a column; of a later state that shares the room, it may be longer."""
        start = i_piece * PIECE
        n_row = min(PIECE, self.n_row(table) - start)

        def read(known: np.ndarray | None) -> np.ndarray:
            n_known = 0 if known is None else known.shape[0]
            rows = slice(start + n_known, start + n_row)
            added = read_column(self.array, table, name, rows)
            return added if known is None else np.concatenate([known, added])

        return self.kept.get((table, name, i_piece), read, lambda one: one.shape[0] >= n_row)

    def _blank(self, table: str, name: str) -> Callable[[int], np.ndarray]:
        like = read_column(self.array, table, name, slice(0, 0))

        def make(n: int) -> np.ndarray:
            if like.dtype.kind == "T":
                return np.full(n, "", like.dtype)
            return np.zeros((n, *like.shape[1:]), like.dtype)

        return make


def _assembled(
    n: int,
    parts: list[tuple[np.ndarray, np.ndarray]],
    blank: Callable[[int], np.ndarray],
    *,
    is_gap: bool,
) -> np.ndarray:
    found = blank(n)
    if is_gap and found.dtype.kind in "iuf" and found.ndim == 1:
        found = np.full(n, np.nan)
    for at, values in parts:
        found[at] = values
    return found


def _size(values: np.ndarray) -> int:
    # A text of up to 15 bytes lies in its place, a longer one elsewhere.
    longer = int(np.strings.str_len(values).sum()) if values.dtype.kind == "T" else 0
    return int(values.nbytes) + longer
