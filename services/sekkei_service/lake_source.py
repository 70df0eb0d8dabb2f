"""The lake of a service: its newest state, and older ones that pages still refer to."""

import re
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sekkei.lake import Lake
from sekkei.lake.kept import Kept
from sekkei.lake.query import Query
from sekkei.lake.store import is_lake
from sekkei.shapes import Int

_ID = re.compile("[0-9A-Z]{20}")
_LOOK_S = 0.3
_MOST_STATES = 4
_MOST_ROWS = 4_000_000  # 32 MB
# So many rows does an answer without any count for: there are 64 at most, of few states.
_LEAST_ROWS = _MOST_ROWS // 64


class LakeSource:
    """Opens states of one lake and keeps a few; a reader never takes the committer's lock.

    Whatever many ask for at once is looked up by one of them, and the others get what it found.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looking = threading.Lock()
        self._looked: tuple[float, Lake] | None = None
        self._first: Kept[str, Lake] = Kept(0)
        self._states: Kept[str, Lake] = Kept(_MOST_STATES)
        self._infos: Kept[str, dict[str, Any]] = Kept(_MOST_STATES)
        self._rows: Kept[tuple[str, str, tuple[str, ...]], np.ndarray] = Kept(
            _MOST_ROWS, lambda rows: _LEAST_ROWS + rows.size
        )

    @property
    def path(self) -> Path:
        """Where the lake is."""
        return self._path

    def is_there(self) -> bool:
        """Whether there is a lake: one that was seen once is."""
        return self._looked is not None or is_lake(self._path)

    def newest(self) -> Lake:
        """Return the newest state, as of when somebody last looked.

        Whoever comes a third of a second later looks again; until that is done, others get the
        state that was the newest before.

        Raises
        ------
        InvalidInputError
            If there is no lake.
        LakeReadError
            If the store cannot be read.
        """
        looked = self._looked
        if looked is None:
            return self._first.get("", lambda _: self._found(Lake.open(self._path)))
        then, known = looked
        if time.monotonic() - then < _LOOK_S or not self._looking.acquire(blocking=False):
            return known
        try:
            return self._found(known.refreshed())
        finally:
            self._looking.release()

    def info(self, lake: Lake) -> dict[str, Any]:
        """Return what a state holds, in numbers, counted once."""
        return self._infos.get(lake.state_id, lambda _: lake.info())

    def at(self, state: str | None) -> Lake:
        """Return a state by its id or tag, or the newest one.

        Raises
        ------
        InvalidInputError
            If there is no such state.
        """
        if state is None:
            return self.newest()
        newest = self.newest()
        if _ID.fullmatch(state):
            return self._states.get(state, lambda _: newest.at(state))
        found = newest.at(state)  # a tag may have been moved
        return self._states.get(found.state_id, lambda _: found)

    def rows(self, lake: Lake, table: str, where: Sequence[str]) -> Int[np.ndarray, " row"]:
        """Return the rows that fit, ascending; the last answers are kept, 8 bytes a row.

        Raises
        ------
        InvalidInputError
            If there is no such table, or a filter is not one.
        """
        place = (lake.state_id, table, tuple(where))
        return self._rows.get(place, lambda _: Query(lake.reader, table, where, ()).rows())

    def _found(self, lake: Lake) -> Lake:
        # What is known of a state was read already: its columns are in memory.
        found = self._states.get(lake.state_id, lambda _: lake)
        self._looked = time.monotonic(), found
        return found
