"""What filters may name: columns, and what OPTIMADE defines for every structure."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.lake.query.view import View, chain_of, viewed_columns
from sekkei.lake.schema import Column, columns
from sekkei.lake.table import plain, shown

PREFIX = "_sekkei_"
"""In front of every property that is ours and not OPTIMADE's."""

_PERIODIC = "nperiodic_dimensions"

Kind = Literal["number", "text", "key", "list"]


@dataclass(frozen=True, slots=True)
class Filterable:
    """Something that a filter may name."""

    name: str
    """Its name for the world."""

    kind: Kind
    """What it is compared with."""

    unit: str
    """Unit; empty for numbers without one."""

    description: str
    """What it means, in one line."""

    source: tuple[str, str] | None = None
    """Table and column; absent if it is made from the atoms."""

    @property
    def dtype(self) -> str:
        """How its numbers are kept; what is counted from the atoms is whole."""
        return "int64" if self.source is None else _column(*self.source).kind

    def values(self, view: View) -> np.ndarray:
        """Return it for the rows in view: numbers, texts, or ``(n_row, 16)`` bytes of keys."""
        if self.source is not None:
            return view.values(*self.source)
        if self.name == _PERIODIC:
            return view.n_periodic()
        return _DERIVED[self.name][0](view.species(), view.n_row)

    def shown(self, view: View) -> Any:
        """Return it as a column of a data frame."""
        if self.kind == "list":
            import pandas as pd  # noqa: PLC0415  (as in `sekkei.lake.table`)

            return pd.Series(_symbols(view), dtype=object)
        return shown(self.values(view))

    def plain(self, view: View) -> list[Any]:
        """Return it as a list of plain values: numbers, texts, keys as texts, lists of symbols."""
        return _symbols(view) if self.kind == "list" else plain(self.values(view))


def filterables(table: str) -> dict[str, Filterable]:
    """Return everything that a filter of a table may name, under each of its names.

    Columns have two names: ``_sekkei_conductance_g0`` for the world, and ``conductance_g0``. The
    symbol of an element may be written small, as the grammar wants it: ``_sekkei_fraction_k``.
    """
    known: dict[str, Filterable] = {}
    for name, (source, column) in viewed_columns(table).items():
        about = _column(source, column)
        kind: Kind = _KINDS.get(about.kind, "number")
        text = about.description + ("" if source == table else f" (of its {source})")
        found = Filterable(PREFIX + name.lower(), kind, about.unit, text, (source, column))
        known |= dict.fromkeys((name, name.lower(), found.name), found)
    if "snapshot" in chain_of(table):
        known["id"] = Filterable("id", "key", "", "identity of the row", (table, "key"))
        nsites = Filterable("nsites", "number", "", "number of atoms", ("snapshot", "n_atom"))
        known["nsites"] = nsites
        meaning = "number of directions along which it repeats: 0 for wires, 2 for surfaces"
        known[_PERIODIC] = Filterable(_PERIODIC, "number", "", meaning)
        for name, (_, kind, description) in _DERIVED.items():
            known[name] = Filterable(name, kind, "", description)
    return known


def find_filterable(name: str, known: dict[str, Filterable]) -> Filterable:
    """Return what a name stands for.

    Raises
    ------
    InvalidInputError
        If nothing has that name; says the nearest that there is.
    """
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    listed = ", ".join(short for short in known if not short.startswith(PREFIX))
    hint = f"did you mean {near[0]}?" if near else f"known are {listed}"
    raise InvalidInputError(
        f"a name in a query must be that of a column of the lake, but found {name!r}; {hint}",
        column=name,
    )


def filterables_markdown(table: str = "label") -> str:
    """Return what filters of a table may name, as Markdown."""
    known = {found.name: found for found in filterables(table).values()}
    lines = ["| property | compared with | unit | meaning |", "|---|---|---|---|"]
    for name, found in sorted(known.items(), key=lambda item: item[0].startswith(PREFIX)):
        lines.append(f"| `{name}` | {_COMPARED[found.kind]} | {found.unit} | {found.description} |")
    return "\n".join(lines) + "\n"


def _column(table: str, name: str) -> Column:
    stored = "composition" if name.startswith("fraction_") else name
    return next(column for column in columns(table) if column.name == stored)


def _symbols(view: View) -> list[list[str]]:
    species = view.species()
    counts = np.array(list(species.values())).reshape(len(species), view.n_row)
    symbols = np.array(list(species))
    return [symbols[row > 0].tolist() for row in counts.T]


def _n_element(species: dict[str, np.ndarray], n_row: int) -> np.ndarray:
    return sum((n > 0 for n in species.values()), start=np.zeros(n_row, dtype=np.int64))


def _formula(species: dict[str, np.ndarray], n_row: int) -> np.ndarray:
    return _written(list(species), _reduced(species, n_row))


def _anonymous(species: dict[str, np.ndarray], n_row: int) -> np.ndarray:
    ordered = -np.sort(-_reduced(species, n_row), axis=0)
    return _written([chr(ord("A") + i) for i in range(len(species))], ordered)


def _reduced(species: dict[str, np.ndarray], n_row: int) -> np.ndarray:
    counts = np.array(list(species.values()), dtype=np.int64).reshape(len(species), n_row)
    divisor = np.gcd.reduce(counts, axis=0) if len(species) else np.ones(n_row, dtype=np.int64)
    reduced: np.ndarray = counts // np.maximum(divisor, 1)
    return reduced


def _written(symbols: list[str], counts: np.ndarray) -> np.ndarray:
    # Few compositions, many rows: each is written once.
    distinct, which = np.unique(counts, axis=1, return_inverse=True)
    written = [
        "".join(
            f"{symbol}{n if n > 1 else ''}"
            for symbol, n in zip(symbols, column.tolist(), strict=True)
            if n
        )
        for column in distinct.T
    ]
    found: np.ndarray = np.array(written, dtype=np.dtypes.StringDType())[which.reshape(-1)]
    return found


_KINDS: dict[str, Kind] = {"key": "key", "string": "text"}
_COMPARED: dict[Kind, str] = {"number": "number", "text": "text", "key": "text", "list": "list"}
_Derive = Callable[[dict[str, np.ndarray], int], np.ndarray]
_DERIVED: dict[str, tuple[_Derive, Kind, str]] = {
    "elements": (_formula, "list", "symbols of the elements, in the order of the alphabet"),
    "nelements": (_n_element, "number", "number of elements"),
    "chemical_formula_reduced": (
        _formula,
        "text",
        "symbols in the order of the alphabet, each with its count by the greatest common divisor",
    ),
    "chemical_formula_anonymous": (
        _anonymous,
        "text",
        "the same with A for the commonest element, B for the next",
    ),
}
