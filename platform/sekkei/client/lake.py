"""The lake of a service: the names of `sekkei.lake.Lake`, over HTTP."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import TypeAdapter
from typing_extensions import override

from sekkei.arrays import freeze
from sekkei.client.answer import ServedHistogram
from sekkei.client.channel import Channel
from sekkei.lake.query.filterable import Filterable, filterables, find_filterable
from sekkei.lake.query.view import viewed_columns
from sekkei.observe import ComparisonRow, Peak, TraceSelection
from sekkei.shapes import Float
from sekkei.structure.junction import Junction

if TYPE_CHECKING:
    from pandas import DataFrame
else:
    DataFrame = Any  # half a second that those who look at records need not wait for

_PAGE = 1000
_STRUCTURES = 64
_PEAKS = TypeAdapter(tuple[Peak, ...])
_COMPARISON = TypeAdapter(tuple[ComparisonRow, ...])


class RemoteLake:
    """One state of the lake of a service; it never changes under its reader."""

    def __init__(self, channel: Channel, state_id: str) -> None:
        self._channel = channel
        self._state_id = state_id

    @classmethod
    def newest(cls, channel: Channel) -> "RemoteLake":
        """Return the newest state.

        Raises
        ------
        SekkeiError
            If the service has no lake yet, or cannot read it.
        """
        states = channel.get("/v1/lake/history", {"limit": 1})["states"]
        return cls(channel, str(states[0]["state"]))

    @override
    def __repr__(self) -> str:
        return f"RemoteLake({self._channel.url!r}, state {self._state_id})"

    @property
    def state_id(self) -> str:
        """Id of the state that is read."""
        return self._state_id

    def at(self, state: str) -> "RemoteLake":
        """Return the lake as it was, by the id of a state or by its tag.

        Raises
        ------
        InvalidInputError
            If the lake has no state of that id or tag.
        """
        found = self._channel.get("/v1/lake/history", {"limit": 1, "at": state})["states"]
        return RemoteLake(self._channel, str(found[0]["state"]))

    def refreshed(self) -> "RemoteLake":
        """Return the newest state of the lake."""
        return RemoteLake.newest(self._channel)

    def info(self) -> dict[str, Any]:
        """Return what the lake holds, in numbers."""
        return {"path": self._channel.url, **self._get("")}

    def history(self, n: int = 20) -> list[tuple[str, datetime, str]]:
        """Return id, time and message of the last states, at most 1000, newest first."""
        states = self._get("/history", {"limit": n})["states"]
        return [(s["state"], datetime.fromisoformat(s["time"]), s["message"]) for s in states]

    def query(
        self,
        table: str = "label",
        where: Sequence[str] = (),
        columns: Sequence[str] | None = None,
    ) -> DataFrame:
        """Select rows of a table, joined to their snapshot and experiment.

        See `sekkei.lake.State.query` for what may be asked, and what is raised.
        """
        return self.selection(table, where, columns).frame()

    def selection(
        self,
        table: str = "label",
        where: Sequence[str] = (),
        columns: Sequence[str] | None = None,
    ) -> "RemoteQuery":
        """Select rows like `query`, to be read in pieces."""
        return RemoteQuery(self._channel, self._state_id, table, where, columns)

    def keys(self, table: str) -> frozenset[str]:
        """Return the keys of a table."""
        return frozenset(str(row["key"]) for row in self.selection(table, (), ["key"]).records())

    def junctions(self, keys: Sequence[str]) -> list[Junction]:
        """Fetch structures, in the order of their keys, bit for bit.

        Parameters
        ----------
        keys
            Keys of snapshots.

        Raises
        ------
        InvalidInputError
            If the lake does not hold one of them.
        """
        found: list[Junction] = []
        for start in range(0, len(keys), _STRUCTURES):
            asked = {"key": list(keys[start : start + _STRUCTURES])}
            found += map(_junction, self._get("/structures", asked)["structures"])
        return found

    def describe(self, key: str) -> list[dict[str, Any]]:
        """Return every row that has a key, with all of its columns."""
        return list(self._get(f"/rows/{key}")["rows"])

    def trace(self, key: str) -> list[dict[str, Any]]:
        """Return what a row was made from, step by step."""
        return list(self._get(f"/rows/{key}/provenance")["rows"])

    def transmission(
        self, label: str
    ) -> tuple[Float[np.ndarray, " energy"], Float[np.ndarray, " energy"]]:
        """Return energies in eV against the Fermi level, and the transmission of a label there."""
        found = self._get(f"/rows/{label}/spectrum")
        return np.array(found["energy_ev"]), np.array(found["transmission"])

    def histogram(
        self,
        element: str | None = None,
        electrode: str | None = None,
        model: str | None = None,
        quantity: Literal["conductance_g0", "window_conductance_g0"] = "conductance_g0",
        recipe: str | None = None,
    ) -> ServedHistogram:
        """Histogram the conductance of traces; see `sekkei.observe.observe_histogram`.

        Parameters
        ----------
        element, electrode
            Only pure contacts of it, only between these wires; all if absent.
        model
            Identity of a model whose predictions are counted, or ``labels``. If absent, labels, or
            predictions where labels make no trace: ``selection.model`` of the answer says whose.
        quantity
            Column of the labels.
        recipe
            Of the labels, where the lake has those of several.
        """
        asked = {"element": element, "electrode": electrode, "model": model, "quantity": quantity}
        found = self._get("/histogram", asked | {"recipe": recipe})
        return ServedHistogram(
            selection=TraceSelection(
                found["model"], found["element"], found["electrode"], quantity
            ),
            state_id=found["state_id"],
            edges=freeze(np.array(found["edge_g0"])),
            counts=freeze(np.array(found["count"])),
            density=freeze(np.array(found["density"])),
            n_experiment=found["n_experiment"],
            n_trace=found["n_trace"],
            n_snapshot=found["n_snapshot"],
            peaks=_PEAKS.validate_python(found["peaks"]),
            comparison=_COMPARISON.validate_python(found["comparison"]),
            summary=found["summary"],
            remark=found["remark"],
        )

    def _get(self, path: str, query: dict[str, Any] | None = None) -> dict[str, Any]:
        asked = {"at": self._state_id} | (query or {})
        return dict(self._channel.get(f"/v1/lake{path}", asked))


class RemoteQuery:
    """Rows of a table for which filters hold, fetched page by page."""

    def __init__(
        self,
        channel: Channel,
        state_id: str,
        table: str,
        where: Sequence[str],
        names: Sequence[str] | None,
    ) -> None:
        self._channel = channel
        self._asked = {"at": state_id, "table": table, "filter": list(where)}
        self._known = filterables(table)
        # Named always: a service of another version may have further columns.
        self._names = list(viewed_columns(table) if names is None else names)
        for name in self._names:
            find_filterable(name, self._known)

    def count(self) -> int:
        """Return how many rows fit."""
        return int(self._page({"limit": 1, "column": ["key"]})["total"])

    def records(self, most: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the columns wanted, a record of plain values for each row.

        Parameters
        ----------
        most
            So many rows at most; all that fit if absent.
        """
        rows = (row for page in self._pages(most) for row in page)
        for row in rows if most is None else islice(rows, most):
            yield {name: _plain(row[name], self._known[name]) for name in self._names}

    def frame(self) -> DataFrame:
        """Return the columns wanted, of all rows that fit."""
        return self._frame([*self.records()])

    def frames(self) -> Iterator[DataFrame]:
        """Yield the columns wanted, a thousand rows at a time."""
        for page in self._pages(None):
            yield self._frame(page)

    def _pages(self, most: int | None) -> Iterator[list[dict[str, Any]]]:
        limit = _PAGE if most is None else min(_PAGE, max(most, 1))
        cursor: str | None = None
        while True:
            page = self._page({"limit": limit, "column": self._names, "cursor": cursor})
            yield page["rows"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _page(self, more: dict[str, Any]) -> dict[str, Any]:
        return dict(self._channel.get("/v1/lake/rows", self._asked | more))

    def _frame(self, rows: Sequence[dict[str, Any]]) -> DataFrame:
        import pandas as pd  # noqa: PLC0415  (half a second)

        return pd.DataFrame(
            {n: _column([row[n] for row in rows], self._known[n]) for n in self._names}
        )


def _plain(value: Any, about: Filterable) -> Any:
    # JSON has no NaN.
    return float("nan") if value is None and about.kind == "number" else value


def _column(values: list[Any], about: Filterable) -> Any:
    import pandas as pd  # noqa: PLC0415  (half a second)

    if about.kind == "list":
        return pd.Series(values, dtype=object)
    if about.kind != "number":
        return pd.array(values, dtype="str")
    return np.array([_plain(value, about) for value in values], dtype=about.dtype)


def _junction(found: dict[str, Any]) -> Junction:
    across = found["lateral_period_angstrom"]
    return Junction.from_sequences(
        found["numbers"],
        found["positions_angstrom"],
        found["regions"],
        found["electrode_period_angstrom"],
        None if across is None else (across[0], across[1]),
    )
