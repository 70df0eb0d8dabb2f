"""Which rows a filter holds for."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.lake.keys import key_bytes
from sekkei.lake.query.filterable import Filterable, find_filterable
from sekkei.lake.query.tree import (
    Comparison,
    Constant,
    Filter,
    Has,
    Joined,
    Known,
    Length,
    Match,
    Not,
)
from sekkei.lake.query.view import View
from sekkei.lake.table import shown
from sekkei.shapes import Bool
from sekkei.structure.junction import parse_element

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""What compares two values, by how a filter writes it."""

_MATCHES: dict[str, Callable[[Any, Any], Any]] = {
    "CONTAINS": lambda texts, part: np.strings.find(texts, part) >= 0,
    "STARTS": np.strings.startswith,
    "ENDS": np.strings.endswith,
}

Names = Mapping[str, Filterable]
Held = Bool[np.ndarray, " row"]


def check_filter(part: Filter, known: dict[str, Filterable]) -> None:
    """Check that a filter names what there is, and compares like with like.

    Raises
    ------
    InvalidInputError
        If it does not; says what it found.
    """
    if isinstance(part, Joined):
        for inner in part.parts:
            check_filter(inner, known)
    elif isinstance(part, Not):
        check_filter(part.part, known)
    else:
        _check_one(part, known)


def holds(part: Filter, view: View, known: Names) -> Held:
    """Return for which rows in view a filter holds.

    Parts of AND look only at the rows that the parts before them left, those of OR only at the
    rows that no part before them took: columns of the others are not read.
    """
    if isinstance(part, Not):
        return ~holds(part.part, view, known)
    if isinstance(part, Joined):
        return _holds_joined(part, view, known)
    found = known[part.name]
    if isinstance(part, Comparison):
        return _compare(part, found, view, known)
    if isinstance(part, Known):
        known_rows = _is_known(found, view)
        return known_rows if part.is_known else ~known_rows
    if isinstance(part, Match):
        return np.asarray(_MATCHES[part.where](_texts(found.values(view)), part.value))
    return _of_list(part, view)


def _holds_joined(part: Joined, view: View, known: Names) -> Held:
    held = np.full(view.n_row, not part.is_and)
    open_rows, rest = np.arange(view.n_row), view
    for inner in part.parts:
        goes_on = holds(inner, rest, known)
        goes_on = goes_on if part.is_and else ~goes_on
        open_rows, rest = open_rows[goes_on], rest.narrowed(goes_on)
        if open_rows.size == 0:
            break
    held[open_rows] = part.is_and
    return held


def _compare(part: Comparison, found: Filterable, view: View, known: Names) -> Held:
    left, sign = found.values(view), SIGNS[part.sign]
    if part.other:
        right: Any = known[part.other].values(view)
        if found.kind != "number":
            left, right = _texts(left), _texts(right)
        compared: Held = np.asarray(sign(left, right)) & _not_nan(left) & _not_nan(right)
        return compared
    if found.kind == "key" and part.sign in {"=", "!="}:
        return _compare_keys(left, str(part.value), is_equal=part.sign == "=")
    if found.kind == "key":
        left = _texts(left)
    # What is not known is neither equal to a number nor different from it.
    held: Held = np.asarray(sign(left, part.value)) & _not_nan(left)
    return held


def _compare_keys(keys: np.ndarray, key: str, *, is_equal: bool) -> Held:
    try:
        same: Held = np.asarray((keys == key_bytes([key], may_be_empty=True)).all(axis=1))
    except InvalidInputError:  # no key is like that
        same = np.zeros(keys.shape[0], dtype=bool)
    return same if is_equal else ~same


def _not_nan(values: np.ndarray) -> Held:
    if values.dtype.kind == "f":
        return np.asarray(~np.isnan(values))
    return np.ones(values.shape[0], dtype=bool)


def _is_known(found: Filterable, view: View) -> Held:
    if found.kind == "list":
        return np.ones(view.n_row, dtype=bool)
    values = found.values(view)
    if found.kind == "key":
        return np.asarray(values.any(axis=1))
    if found.kind == "text":
        has_text: Held = np.asarray(values != "")
        return has_text
    return _not_nan(values)


def _of_list(part: Has | Length, view: View) -> Held:
    has = {symbol: n > 0 for symbol, n in view.species().items()}
    none = np.zeros(view.n_row, dtype=bool)
    if isinstance(part, Length):
        return np.asarray(SIGNS[part.sign](sum(has.values(), start=none.astype(int)), part.value))
    if part.which == "ONLY":
        others = [there for symbol, there in has.items() if symbol not in part.values]
        return np.asarray(~np.logical_or.reduce([none, *others]))
    wanted = [has.get(str(value), none) for value in part.values]
    reduce = np.logical_and.reduce if part.which == "ALL" else np.logical_or.reduce
    return np.asarray(reduce(wanted))


def _texts(values: np.ndarray) -> np.ndarray:
    if values.ndim == 1:
        return values
    return np.array(shown(values), dtype=np.dtypes.StringDType())


def _check_one(
    part: Comparison | Known | Match | Has | Length, known: dict[str, Filterable]
) -> None:
    found = find_filterable(part.name, known)
    is_of_list = isinstance(part, Has | Length)
    if not isinstance(part, Known) and is_of_list != (found.kind == "list"):
        kind = "a list: use HAS or LENGTH" if found.kind == "list" else "no list"
        raise InvalidInputError(f"{part.name} must be used as what it is, and it is {kind}")
    if isinstance(part, Match) and found.kind == "number":
        raise InvalidInputError(f"{part.name} must be a text to be matched, but it is a number")
    if isinstance(part, Comparison) and part.other:
        other = find_filterable(part.other, known)
        if other.kind == "list" or (other.kind == "number") != (found.kind == "number"):
            raise InvalidInputError(
                f"{part.name} and {part.other} must be of one kind to be compared, but are "
                f"{found.kind} and {other.kind}"
            )
    elif not isinstance(part, Known | Length):
        values = part.values if isinstance(part, Has) else (part.value,)
        for value in values:
            _check_constant(part.name, found, value)
            if part.name == "elements":
                parse_element(str(value))


def _check_constant(name: str, found: Filterable, value: Constant | None) -> None:
    if (found.kind == "number") == isinstance(value, str):
        kind = "a number" if found.kind == "number" else "a text in double quotes"
        raise InvalidInputError(f"{name} must be compared with {kind}, but found {value!r}")
