"""Filters in the grammar of OPTIMADE, parsed by its own package."""

import math
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from lark import Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput
from optimade.filterparser import LarkParser

from sekkei.errors import InvalidInputError
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

GRAMMAR = (1, 2, 0)
"""Version of the OPTIMADE grammar."""

MOST_CHARACTERS = 50_000
"""Longest filter that is parsed, in characters."""

MOST_WORDS = 2_000
"""Most names, signs and values in it: the parser takes about a millisecond for each."""

MOST_LEVELS = 50
"""Most parentheses inside one another."""

_EXAMPLE = 'conductance_g0 > 0.9 AND elements HAS "K"'
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
# The grammar has small letters in names only, ours have the symbols of elements.
_QUOTED_OR_FRACTION = re.compile(r'"(?:[^"\\]|\\.)*"|\b(?:_sekkei_)?fraction_[A-Z][a-z]?\b')
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[\w.+-]+|[<>!=]+|[^\s\w]')
_SHOWN_AROUND = 100
_WORDS = {
    "IDENTIFIER": "a property",
    "OPERATOR": "a comparison",
    "ESCAPED_STRING": "a text in double quotes",
    "SIGNED_INT": "a number",
    "SIGNED_FLOAT": "a number",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
}
# What nobody means who makes a mistake.
_UNSAID = {"COLON", "DOT", "TRUE", "FALSE"}


@lru_cache(maxsize=256)
def parse_filter(text: str) -> Filter:
    """Parse a filter.

    Parameters
    ----------
    text
        In the grammar of OPTIMADE [1]_, version 1.2.

    Raises
    ------
    InvalidInputError
        If it is not of that grammar; one line that shows where by a ``^`` in front of the place,
        and what could stand there. So, too, for what is grammar but means nothing here: lists
        side by side, comparisons within lists, nested properties. And if it is longer than what
        is parsed within seconds.

    References
    ----------
    .. [1] C. W. Andersen et al., Sci. Data 8, 217 (2021), doi:10.1038/s41597-021-00974-z.

    Examples
    --------
    >>> parse_filter('conductance_g0 > 0.9')
    Comparison(name='conductance_g0', sign='>', value=0.9, other='')
    """
    _check_size(text)
    try:
        tree: Any = _parser().lark.parse(_small(text))
    except UnexpectedInput as error:
        raise _syntax_error(text, *_place(text, error)) from error
    if len(tree.children) != 1:
        at = _position(tree.children[1]) if tree.children else len(text)
        wanted = ["AND", "OR", "the end"] if tree.children else ["a property", "NOT", "("]
        raise _syntax_error(text, at, wanted)
    return _Reader(text).joined(tree.children[0])


def _check_size(text: str) -> None:
    words = _WORD.findall(text) if len(text) <= MOST_CHARACTERS else []
    level = deepest = 0
    for word in words:
        level += (word == "(") - (word == ")")
        deepest = max(deepest, level)
    for found, most, what in (
        (len(text), MOST_CHARACTERS, "characters"),
        (deepest, MOST_LEVELS, "parentheses inside one another"),
        (len(words), MOST_WORDS, "names, signs and values"),
    ):
        if found > most:
            raise InvalidInputError(
                f"a filter must have at most {most:,} {what}, but has {found:,}; "
                "give several shorter ones, all of which must hold"
            )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:  # a byte of the command line that is no text
        raise InvalidInputError(
            f"a filter must be text in UTF-8, but holds {text[error.start]!r}"
        ) from error


@cache
def _parser() -> LarkParser:
    # A third of a second: made when the first filter is parsed, and kept.
    return LarkParser(version=GRAMMAR)


def _small(text: str) -> str:
    def lowered(match: re.Match[str]) -> str:
        found = match[0]
        return found if found.startswith('"') else found.lower()

    return _QUOTED_OR_FRACTION.sub(lowered, text)


class _Reader:
    """Turns the parser's tree into ours."""

    def __init__(self, text: str) -> None:
        self._text = text

    def joined(self, tree: Any) -> Filter:
        """Read an ``expression`` or an ``expression_clause``."""
        is_and = tree.data == "expression_clause"
        read: Callable[[Any], Filter] = self._phrase if is_and else self.joined
        parts = tuple(read(child) for child in tree.children)
        return parts[0] if len(parts) == 1 else Joined(parts, is_and)

    def _phrase(self, tree: Any) -> Filter:
        inner = tree.children[-1]
        found = self.joined(inner) if inner.data == "expression" else self._comparison(inner)
        return Not(found) if len(tree.children) == 2 else found

    def _comparison(self, tree: Any) -> Filter:
        (found,) = tree.children
        if found.data == "constant_first_comparison":
            constant, sign, value = found.children
            if value.children and _rule(value.children[0]) == "property":
                name = self._name(value.children[0])
                return Comparison(name, _MIRRORED[str(sign)], self._constant(constant))
            raise self._unsupported(found, "a property beside every constant")
        name, right = self._name(found.children[0]), found.children[1]
        readers: dict[str, Callable[[str, Any], Filter]] = {
            "value_op_rhs": self._against_value,
            "known_op_rhs": lambda name, tree: Known(name, str(tree.children[1]) == "KNOWN"),
            "fuzzy_string_op_rhs": self._match,
            "set_op_rhs": self._has,
            "length_op_rhs": self._length,
        }
        if right.data not in readers:
            raise self._unsupported(found, "one list at a time")
        return readers[right.data](name, right)

    def _against_value(self, name: str, tree: Any) -> Filter:
        sign, value = tree.children
        if _rule(value.children[0]) == "property":
            return Comparison(name, str(sign), None, self._name(value.children[0]))
        return Comparison(name, str(sign), self._constant(value))

    def _match(self, name: str, tree: Any) -> Filter:
        where: Any = str(tree.children[0])
        return Match(name, where, self._constant(tree.children[-1]))

    def _has(self, name: str, tree: Any) -> Filter:
        which: Any = str(tree.children[1]) if len(tree.children) == 3 else "ALL"
        members = tree.children[-1]
        found = members.children if members.data == "value_list" else [members]
        if which not in {"ALL", "ANY", "ONLY"} or any(isinstance(v, Token) for v in found):
            raise self._unsupported(tree, "values without comparisons in a list")
        return Has(name, which, tuple(self._constant(value) for value in found))

    def _length(self, name: str, tree: Any) -> Filter:
        sign = str(tree.children[1]) if len(tree.children) == 3 else "="
        return Length(name, sign, self._number(tree.children[-1]))

    def _name(self, tree: Any) -> str:
        if len(tree.children) != 1:
            raise self._unsupported(tree, "properties without a dot")
        return str(tree.children[0])

    def _constant(self, tree: Any) -> Constant:
        inner = tree.children[0]
        if _rule(inner) == "number":
            return self._number(inner)
        if _rule(inner) != "string":
            raise self._unsupported(tree, "a number or a text")
        return re.sub(r"\\(.)", r"\1", str(inner.children[0])[1:-1])

    def _number(self, tree: Any) -> float:
        found = float(tree.children[0])
        if not math.isfinite(found):
            raise self._unsupported(tree, "a number below 1e308")
        return found

    def _unsupported(self, tree: Any, wanted: str) -> InvalidInputError:
        return _syntax_error(self._text, _position(tree), [wanted])


def _rule(node: Any) -> str:
    return str(node.data) if isinstance(node, Tree) else ""


def _position(tree: Any) -> int:
    first = next(tree.scan_values(lambda token: isinstance(token, Token)), None)
    return int(first.start_pos) if first is not None else 0


def _place(text: str, error: UnexpectedInput) -> tuple[int, list[str]]:
    if isinstance(error, UnexpectedCharacters):
        found = {str(name) for name in error.allowed}
        at: Any = error.pos_in_stream
        # Two filters without a word between them are grammar; we do not offer it.
        return at, _wanted({"_AND", "_OR"} if "_AND" in found else found)
    expected = {str(name) for name in error.expected} if isinstance(error, UnexpectedEOF) else set()
    return len(text), _wanted(expected)


def _wanted(terminals: set[str]) -> list[str]:
    return sorted({_WORDS.get(name, name.lstrip("_")) for name in terminals - _UNSAID})


def _syntax_error(text: str, position: int, wanted: Sequence[str]) -> InvalidInputError:
    listed = ", ".join(wanted[:-1]) + (" or " if len(wanted) > 1 else "") + "".join(wanted[-1:])
    found = repr(text[position]) if position < len(text) else "the end"
    return InvalidInputError(
        f"a filter must have {listed} at character {position + 1}, but found {found}: "
        f"{_around(text, position)}; write it like {_EXAMPLE}",
        position=position,
    )


def _around(text: str, position: int) -> str:
    first, last = max(0, position - _SHOWN_AROUND), position + _SHOWN_AROUND
    before = ("…" if first else "") + text[first:position]
    return f"{before}^{text[position:last]}{'…' if last < len(text) else ''}"
