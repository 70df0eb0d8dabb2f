"""The lake of a service: its newest state, and older ones that pages still refer to."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sekkei.lake import Lake
from sekkei.lake.query import Query
from sekkei.shapes import Int

_LOOK_S = 0.3
_MOST_STATES = 4
_MOST_ANSWERS = 64
_MOST_ROWS = 16_000_000


class LakeSource:
    """Opens states of one lake and keeps a few; a reader never takes the committer's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._states: OrderedDict[str, Lake] = OrderedDict()
        self._looking = threading.Lock()
        self._looked: tuple[float, Lake] | None = None
        self._infos: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._rows: OrderedDict[tuple[str, str, tuple[str, ...]], np.ndarray] = OrderedDict()

    @property
    def path(self) -> Path:
        """Where the lake is."""
        return self._path

    def newest(self) -> Lake:
        """Return the newest state, as of at most a third of a second ago.

        Raises
        ------
        InvalidInputError
            If there is no lake.
        LakeReadError
            If the store cannot be read.
        """
        # To look costs more than most answers: many readers look together.
        with self._looking:
            if self._looked is not None and time.monotonic() - self._looked[0] < _LOOK_S:
                return self._looked[1]
            known = None if self._looked is None else self._looked[1]
            found = self._kept(Lake.open(self._path) if known is None else known.refreshed())
            self._looked = time.monotonic(), found
            return found

    def info(self, lake: Lake) -> dict[str, Any]:
        """Return what a state holds, in numbers, counted once."""
        with self._lock:
            known = self._infos.get(lake.state_id)
        found = lake.info() if known is None else known
        with self._lock:
            self._infos[lake.state_id] = found
            while len(self._infos) > _MOST_STATES:
                self._infos.popitem(last=False)
        return found

    def at(self, state: str | None) -> Lake:
        """Return a state by its id or tag, or the newest one.

        Raises
        ------
        InvalidInputError
            If there is no such state.
        """
        if state is None:
            return self.newest()
        with self._lock:
            if state in self._states:
                return self._states[state]
        found = self.newest().at(state)
        with self._lock:
            return self._states.get(found.state_id, found)

    def rows(self, lake: Lake, table: str, where: Sequence[str]) -> Int[np.ndarray, " row"]:
        """Return the rows that fit, ascending; the last answers are kept, 8 bytes a row.

        Raises
        ------
        InvalidInputError
            If there is no such table, or a filter is not one.
        """
        place = (lake.state_id, table, tuple(where))
        with self._lock:
            if place in self._rows:
                self._rows.move_to_end(place)
                return self._rows[place]
        found = Query(lake.reader, table, where, ()).rows()
        with self._lock:
            self._rows[place] = found
            while len(self._rows) > _MOST_ANSWERS or self._n_row() > _MOST_ROWS:
                if len(self._rows) == 1:
                    break
                self._rows.popitem(last=False)
        return found

    def _n_row(self) -> int:
        return sum(rows.size for rows in self._rows.values())

    def _kept(self, found: Lake) -> Lake:
        with self._lock:
            # What is known of a state was read already: its columns are in memory.
            kept = self._states.setdefault(found.state_id, found)
            self._states.move_to_end(found.state_id)
            while len(self._states) > _MOST_STATES:
                self._states.popitem(last=False)
            return kept
