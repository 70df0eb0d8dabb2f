"""Columns of one state, read piece by piece and kept while there is room."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from threading import Lock

import numpy as np
import zarr

from sekkei.lake.keys import key_bytes
from sekkei.lake.schema import columns, links_of
from sekkei.lake.store import array_of
from sekkei.lake.table import KeyIndex, plain, read_column
from sekkei.shapes import Bool, Int, UInt8

PIECE = 131072
"""Rows that are read at once: sixteen chunks, a megabyte of numbers."""

ROOM = 128 * 2**20
"""Bytes of columns that are kept."""


class ColumnReader:
    """Reads columns of one state of a lake.

    A state never changes, so that what was read once may be kept; what was not used for longest
    goes first. Memory is that room, the rows asked for, and 12 bytes per row of a table that is
    joined. Safe to share between threads.
    """

    def __init__(self, root: zarr.Group, room: int = ROOM) -> None:
        self.root = root
        self._room = room
        self._used = 0
        self._lock = Lock()
        self._pieces: OrderedDict[tuple[str, str, int], np.ndarray] = OrderedDict()
        self._indices: dict[str, KeyIndex] = {}
        self._hidden: dict[str, np.ndarray] = {}

    def n_row(self, table: str) -> int:
        """Return the number of rows of a table."""
        return int(array_of(self.root, f"{table}/{columns(table)[0].name}").shape[0])

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
        if table not in self._indices:
            keys_of = (self.take(table, "key", rows) for rows in self.pieces(table))
            self._indices[table] = KeyIndex.of(keys_of)
        return self._indices[table].find(keys, lambda rows: self.take(table, "key", rows))

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

    def _hidden_rows(self, table: str) -> Bool[np.ndarray, " row"]:
        if table not in self._hidden:
            self._hidden[table] = self._find_hidden(table)
        return self._hidden[table]

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
        place = (table, name, i_piece)
        with self._lock:
            if place in self._pieces:
                self._pieces.move_to_end(place)
                return self._pieces[place]
        found = read_column(self.root, table, name, slice(i_piece * PIECE, (i_piece + 1) * PIECE))
        with self._lock:
            if place not in self._pieces:
                self._pieces[place] = found
                self._used += _size(found)
            while self._used > self._room:
                self._used -= _size(self._pieces.popitem(last=False)[1])
        return found

    def _blank(self, table: str, name: str) -> Callable[[int], np.ndarray]:
        like = read_column(self.root, table, name, slice(0, 0))

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
