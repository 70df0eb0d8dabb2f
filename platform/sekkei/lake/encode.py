"""From rows to columns: what a batch looks like as arrays."""

import json
from collections.abc import Callable, Mapping, Sequence
from math import nan
from operator import attrgetter
from typing import Any

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.lake.field import column_at, places
from sekkei.lake.keys import key_bytes
from sekkei.lake.record import ExperimentRow, SnapshotRow
from sekkei.lake.schema import ELEMENTS, Column
from sekkei.specification import parse_specification
from sekkei.structure.experiment import ExperimentSpec


def encode(rows: Mapping[str, Sequence[Any]], first_atom: int) -> dict[str, np.ndarray]:
    """Turn rows into one array per column; `sekkei.lake.decode.decode` turns them back.

    Parameters
    ----------
    rows
        Rows of each table; tables without rows may be absent.
    first_atom
        Number of atoms that the lake holds already: the offset of the first new snapshot.

    Returns
    -------
    dict
        Arrays by path, like ``label/conductance_g0``; the first axis is the row.

    Raises
    ------
    InvalidInputError
        If a key is not 32 hexadecimal digits, a specification does not fit, an element has no
        place in the composition, or a whole number does not fit into 64 bits.
    """
    values: dict[str, list[Any]] = {}
    for table, found in rows.items():
        if found:
            for place in places(table):
                values[place.path] = list(map(attrgetter(".".join(place.field)), found))
            if table in _DERIVE:
                derived = _DERIVE[table](found, first_atom)
                values |= {f"{table}/{name}": column for name, column in derived.items()}
    return {path: _array(path, column) for path, column in values.items()}


def _array(path: str, values: list[Any]) -> np.ndarray:
    column = column_at(path)
    if path.startswith("atom/"):
        return np.concatenate(values).astype(column.kind)
    if column.kind == "key":
        return key_bytes(values, may_be_empty=column.name != "key")
    if column.kind == "string":
        return np.array(values, dtype=np.dtypes.StringDType())
    if column.grows:
        return _padded(values)
    return _numbers(column, values)


def _numbers(column: Column, values: list[Any]) -> np.ndarray:
    if column.axis == ("element",):
        values = [_fractions(composition) for composition in values]
    elif column.axis == ("xy",):
        values = [periods or (nan, nan) for periods in values]
    try:
        return np.array(values, dtype=column.kind)
    except OverflowError as error:
        raise InvalidInputError(
            f"{column.name} must fit into 64 bits, but found {max(values, key=abs)}"
        ) from error


def _padded(spectra: list[np.ndarray]) -> np.ndarray:
    padded = np.full((len(spectra), max(row.size for row in spectra)), np.nan)
    for i_row, row in enumerate(spectra):
        padded[i_row, : row.size] = row
    return padded


def _fractions(composition: Mapping[str, float]) -> list[float]:
    unknown = sorted(set(composition) - set(ELEMENTS))
    if unknown:
        raise InvalidInputError(
            f"a composition must be of {', '.join(ELEMENTS)}, but found {', '.join(unknown)}"
        )
    return [float(composition.get(symbol, 0.0)) for symbol in ELEMENTS]


def _stretches(rows: Sequence[SnapshotRow], first_atom: int) -> dict[str, list[Any]]:
    counts = [row.snapshot.junction.n_atom for row in rows]
    ends = first_atom + np.cumsum(counts)
    return {"offset": [first_atom, *ends[:-1].tolist()], "n_atom": counts}


def _said_by_specifications(
    rows: Sequence[ExperimentRow], _first_atom: int
) -> dict[str, list[Any]]:
    specs = [_specification(row.spec) for row in rows]
    return {
        "electrode": [spec.contact.electrode for spec in specs],
        "electrode_element": [spec.contact.lead_element for spec in specs],
        "potential": [spec.potential for spec in specs],
        "seed": [spec.seed for spec in specs],
        "contact_seed": [spec.contact.seed for spec in specs],
        "temperature_k": [spec.temperature_k for spec in specs],
        "composition": [spec.contact.composition for spec in specs],
    }


def _specification(text: str) -> ExperimentSpec:
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"the specification of an experiment must be JSON, but: {error}"
        ) from error
    return parse_specification(raw, ExperimentSpec)


_DERIVE: Mapping[str, Callable[[Sequence[Any], int], dict[str, list[Any]]]] = {
    "experiment": _said_by_specifications,
    "snapshot": _stretches,
}
"""Columns that follow from fields: a filter needs them, a record does not."""
