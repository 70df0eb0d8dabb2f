"""From rows to columns: what a batch looks like as arrays."""

import json
from collections.abc import Callable, Mapping, Sequence
from math import nan
from operator import attrgetter
from typing import Any

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.lake.field import Place, column_at, places
from sekkei.lake.keys import key_bytes
from sekkei.lake.record import ExperimentRow
from sekkei.lake.schema import ELEMENTS, RAGGED, Column
from sekkei.specification import parse_specification
from sekkei.structure.experiment import ExperimentSpec


def encode(rows: Mapping[str, Sequence[Any]], firsts: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Turn rows into one array per column; `sekkei.lake.decode.decode` turns them back.

    Parameters
    ----------
    rows
        Rows of each table, as `sekkei.lake.field.stored_rows` has them; tables without rows may be
        absent.
    firsts
        Rows that the lake holds already of each table without keys: the first new offset.

    Returns
    -------
    dict
        Arrays by path, like ``label/conductance_g0``; the first axis is the row.

    Raises
    ------
    InvalidInputError
        If a value does not fit its column: a key that is not 32 hexadecimal digits, a specification
        that is none, an element without a place in the composition, a number that is not whole or
        too large, a text where a number is due.
    """
    try:
        return _encoded(rows, firsts)
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InvalidInputError):
            raise
        # What others computed, plug-ins among them, need not be of the types that it should be.
        said = " ".join(str(error).split())
        raise InvalidInputError(f"every value must fit its column, but: {said}") from error


def _encoded(rows: Mapping[str, Sequence[Any]], firsts: Mapping[str, int]) -> dict[str, np.ndarray]:
    values: dict[str, list[Any]] = {}
    for table, found in rows.items():
        if found:
            for place in places(table):
                values[place.path] = list(map(_getter(place), found))
            for part, counts in count_parts(table, found).items():
                ends = firsts[part] + np.cumsum(counts)
                values[f"{table}/{RAGGED[part].count}"] = counts
                values[f"{table}/{RAGGED[part].offset}"] = [firsts[part], *ends[:-1].tolist()]
            if table == "experiment":
                derived = _said_by_specifications(found)
                values |= {f"{table}/{name}": column for name, column in derived.items()}
    return {path: _array(path, column) for path, column in values.items()}


def count_parts(table: str, rows: Sequence[Any]) -> dict[str, list[int]]:
    """Count what each row of a table has in each of the tables without keys."""
    found: dict[str, list[int]] = {}
    for place in places(table):
        if place.part is not None and place.part not in found:
            found[place.part] = [len(value) for value in map(_getter(place), rows)]
    return found


def _getter(place: Place) -> Callable[[Any], Any]:
    return attrgetter(".".join(place.field))


def _array(path: str, values: list[Any]) -> np.ndarray:
    column = column_at(path)
    if path.partition("/")[0] in RAGGED:
        return _exactly(column, np.concatenate(values))
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
    if column.kind.startswith("float"):
        return np.array(values, dtype=column.kind)
    return _exactly(column, np.array(values))


def _exactly(column: Column, values: np.ndarray) -> np.ndarray:
    # A cast wraps around silently: 275 protons would become 19.
    try:
        with np.errstate(invalid="ignore"):
            found: np.ndarray = values.astype(column.kind)
        if column.kind.startswith("float") or np.array_equal(found, values):
            return found
    except OverflowError:
        pass  # said below
    bits = np.iinfo(column.kind)
    wrong = next(v for v in values.tolist() if v != int(v) or not bits.min <= v <= bits.max)
    raise InvalidInputError(
        f"{column.name} must be whole, from {bits.min} to {bits.max}, but found {wrong}"
    )


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


def _said_by_specifications(rows: Sequence[ExperimentRow]) -> dict[str, list[Any]]:
    """Return columns that follow from a field: a filter needs them, a record does not."""
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
