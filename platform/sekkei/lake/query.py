"""Filters: conditions on the columns of a table and of what its rows refer to."""

import difflib
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import zarr
from jaxtyping import Bool

from sekkei.errors import InvalidInputError
from sekkei.lake.store import side_by_side
from sekkei.lake.table import check_table, shown
from sekkei.lake.view import View, viewed_columns

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<operator>!=|<=|>=|=|<|>)|(?P<text>"[^"]*")
    |(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison."""

    column: str
    """Left side."""

    comparison: str
    """One of = != < <= > >=."""

    value: float | str
    """Right side."""


def parse_filter(text: str) -> tuple[Condition, ...]:
    """Parse comparisons joined by AND, the simplest part of the OPTIMADE grammar.

    Raises
    ------
    InvalidInputError
        If it is not of that form; says at which character.

    Examples
    --------
    >>> [c.value for c in parse_filter('conductance_g0 > 0.9 AND electrode = "bcc100-5+4"')]
    [0.9, 'bcc100-5+4']
    """
    tokens = list(_tokens(text))
    found = [_condition(text, tokens[:3])]
    for i_and in range(3, len(tokens), 4):
        if tokens[i_and][1] != "AND":
            raise _syntax_error(text, "AND or the end", tokens[i_and][1:])
        found.append(_condition(text, tokens[i_and + 1 : i_and + 4]))
    return tuple(found)


def run_query(
    root: zarr.Group, table: str, where: Sequence[str], names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Select rows of a table, joined to the snapshot and the experiment that they refer to.

    Parameters
    ----------
    root
        The lake.
    table
        The table whose rows are selected.
    where
        Filters, all of which must hold. Each reads its own column only, and later ones only look
        at what the earlier ones left: the most selective comes first.
    names
        Columns wanted; all of `sekkei.lake.view.viewed_columns` if absent.

    Raises
    ------
    InvalidInputError
        If a filter is not one, a column does not exist (with the nearest that does), or a text
        is compared with a number.
    """
    check_table(table)
    conditions = [condition for text in where for condition in parse_filter(text)]
    known = viewed_columns(table)
    wanted = list(known if names is None else names)
    for name in (*(condition.column for condition in conditions), *wanted):
        _check_column(name, known)
    view = View(root, table)
    for condition in conditions:
        view.keep(_holds(view.values(*known[condition.column]), condition))
    for source in {known[name][0] for name in wanted}:
        view.rows(source)  # joined once, before columns are read side by side
    found = side_by_side(lambda name: shown(view.values(*known[name])), wanted)
    return pd.DataFrame(dict(zip(wanted, found, strict=True)))


def _holds(values: np.ndarray, condition: Condition) -> Bool[np.ndarray, " row"]:
    is_number = values.ndim == 1 and values.dtype.kind in "if"
    if is_number == isinstance(condition.value, str):
        kind = "a number" if is_number else "a text in double quotes"
        raise InvalidInputError(
            f"{condition.column} must be compared with {kind}, but found {condition.value!r}"
        )
    compared = shown(values) if values.ndim == 2 else values
    held: np.ndarray = _OPERATORS[condition.comparison](compared, condition.value)
    return held


def _check_column(name: str, known: dict[str, tuple[str, str]]) -> None:
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known columns are {', '.join(known)}"
    raise InvalidInputError(
        f"a filter must name a column of the lake, but found {name!r}; {hint}", column=name
    )


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            bad = at + len(text[at:]) - len(text[at:].lstrip())
            raise _syntax_error(text, "a column, a comparison or a value", (text[bad], bad))
        yield match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)
        at = match.end()


def _condition(text: str, part: list[tuple[str, str, int]]) -> Condition:
    wanted = (
        ("a column", {"name"}),
        ("one of = != < <= > >=", {"operator"}),
        ("a number or a text in double quotes", {"number", "text"}),
    )
    for i_token, (what, kinds) in enumerate(wanted):
        if i_token >= len(part):
            raise _syntax_error(text, what, ("the end", len(text)))
        if part[i_token][0] not in kinds:
            raise _syntax_error(text, what, part[i_token][1:])
    kind, value, _ = part[2]
    return Condition(part[0][1], part[1][1], float(value) if kind == "number" else value[1:-1])


def _syntax_error(text: str, wanted: str, found: tuple[str, int]) -> InvalidInputError:
    return InvalidInputError(
        f"a filter must have {wanted} at character {found[1] + 1}, but found {found[0]!r} in "
        f'{text!r}; write it like conductance_g0 > 0.9 AND electrode = "bcc100-5+4"',
        position=found[1],
    )
