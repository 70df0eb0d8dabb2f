"""Filters of OPTIMADE, said in the words of the lake, whose own they then are."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sekkei.errors import InvalidInputError
from sekkei.lake.query import Filter, filterables, parse_filter
from sekkei.lake.query.evaluate import SIGNS
from sekkei.lake.query.tree import Comparison, Has, Joined, Known, Length, Match, Not
from sekkei_service.problem import refused

TABLE = "label"
"""Every entry is a structure with a label."""

OWN = "_sekkei_"
MODIFIED = f"{OWN}finished_unix_s"

_TRUE, _FALSE = Known("id", is_known=True), Known("id", is_known=False)
_SAME = {
    "id": "id",
    "immutable_id": "id",
    "elements": "elements",
    "nelements": "nelements",
    "nsites": "nsites",
    "nperiodic_dimensions": "nperiodic_dimensions",
    "chemical_formula_reduced": "chemical_formula_reduced",
    "chemical_formula_descriptive": "chemical_formula_reduced",
    "chemical_formula_anonymous": "chemical_formula_anonymous",
}
_LATER = (
    "elements_ratios", "dimension_types", "lattice_vectors", "cartesian_site_positions", "species",
    "species_at_sites", "assemblies", "chemical_formula_hill", "structure_features",
)  # fmt: skip
"""Properties that are answered, and not filtered by, except as stated below."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A filter of the lake, and what to tell the caller of it."""

    text: str
    """In the grammar of the lake."""

    warnings: tuple[str, ...]
    """Properties of other providers, which have no value here."""


def translate(text: str) -> Translated:
    """Say a filter in the words of the lake.

    Raises
    ------
    InvalidInputError
        If it is not of the grammar, or names no property.
    RefusedError
        If it is, but this comparison is not offered (501).
    """
    found = _Translator()
    return Translated(written(found.part(parse_filter(text))), tuple(found.warnings))


def written(part: Filter) -> str:
    """Write a filter as text that `parse_filter` reads back."""
    if isinstance(part, Joined):
        word = " AND " if part.is_and else " OR "
        return "(" + word.join(written(inner) for inner in part.parts) + ")"
    if isinstance(part, Not):
        return f"NOT ({written(part.part)})"
    return _written_leaf(part)


def _written_leaf(part: Comparison | Known | Match | Has | Length) -> str:
    if isinstance(part, Comparison):
        right = part.other or _constant(part.value)
        return f"{part.name} {part.sign} {right}"
    if isinstance(part, Known):
        return f"{part.name} IS {'KNOWN' if part.is_known else 'UNKNOWN'}"
    if isinstance(part, Match):
        where = part.where if part.where == "CONTAINS" else f"{part.where} WITH"
        return f"{part.name} {where} {_constant(part.value)}"
    if isinstance(part, Has):
        return f"{part.name} HAS {part.which} {', '.join(map(_constant, part.values))}"
    return f"{part.name} LENGTH {part.sign} {int(part.value)}"


def _constant(value: float | str | None) -> str:
    # The grammar has no escapes but these two.
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


@dataclass(slots=True)
class _Translator:
    """Takes a tree and gives one of the lake's."""

    warnings: list[str] = field(default_factory=list)

    def part(self, part: Filter) -> Filter:
        """Translate a filter, or a part of one."""
        if isinstance(part, Joined):
            return replace(part, parts=tuple(self.part(inner) for inner in part.parts))
        if isinstance(part, Not):
            return Not(self.part(part.part))
        special = _SPECIAL.get(part.name)
        if special is not None:
            return special(part)
        name = self._name(part.name)
        if name is None:
            return Known("id", is_known=isinstance(part, Known) and not part.is_known)
        if isinstance(part, Comparison) and part.other:
            other = self._name(part.other)
            return _FALSE if other is None else replace(part, name=name, other=other)
        return replace(part, name=name)

    def _name(self, name: str) -> str | None:
        """Return what the lake calls a property; None for one of another provider."""
        if name in _SAME:
            return _SAME[name]
        if name.startswith(OWN):
            if name not in filterables(TABLE):
                raise InvalidInputError(
                    f"a property must be one of /info/structures, but {name!r} is none"
                )
            return name
        if name.startswith("_"):
            self.warnings.append(f"{name} is of another provider and has no value here")
            return None
        if name in _LATER or name in _SPECIAL:
            raise not_offered(f"{name} cannot be compared so")
        raise InvalidInputError(f"a property must be one of /info/structures, but {name!r} is none")


def not_offered(what: str) -> Exception:
    """Make the error of a part of OPTIMADE that is not offered."""
    return refused(501, f"{what} here; look at /info/structures for what can be filtered by")


_Leaf = Comparison | Known | Match | Has | Length


def _type(part: _Leaf) -> Filter:
    if isinstance(part, Known):
        return Known("id", is_known=part.is_known)
    if isinstance(part, Comparison) and not part.other:
        found = _compared("structures", part.sign, part.value)
    elif isinstance(part, Match):
        tests: dict[str, Callable[[str], bool]] = {
            "CONTAINS": "structures".__contains__,
            "STARTS": "structures".startswith,
            "ENDS": "structures".endswith,
        }
        found = tests[part.where](str(part.value))
    else:
        raise not_offered("type cannot be compared so")
    return _TRUE if found else _FALSE


def _modified(part: _Leaf) -> Filter:
    if isinstance(part, Known):
        return replace(part, name=MODIFIED)
    if not isinstance(part, Comparison) or part.other:
        raise not_offered("last_modified cannot be compared so")
    try:
        time = datetime.fromisoformat(str(part.value))
    except ValueError as error:
        raise InvalidInputError(
            f"last_modified must be compared with a time as of RFC 3339, but found {part.value!r}; "
            'try last_modified >= "2026-01-31T12:00:00Z"'
        ) from error
    unix = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return Comparison(MODIFIED, part.sign, unix)


def _features(part: _Leaf) -> Filter:
    # The list is empty for every structure: no disorder, all atoms are there.
    if isinstance(part, Known):
        return Known("id", is_known=part.is_known)
    if isinstance(part, Length):
        return _TRUE if _compared(0.0, part.sign, part.value) else _FALSE
    if isinstance(part, Has):
        return _TRUE if part.which == "ONLY" else _FALSE
    raise InvalidInputError("structure_features is a list: use HAS or LENGTH")


def _ratios(part: _Leaf) -> Filter:
    if isinstance(part, Known):
        return Known("id", is_known=part.is_known)
    if isinstance(part, Length):
        return Comparison("nelements", part.sign, part.value)
    raise not_offered("elements_ratios can be counted (LENGTH) but not compared")


def _directions(part: _Leaf) -> Filter:
    if isinstance(part, Known):
        return Known("id", is_known=part.is_known)
    if isinstance(part, Length):
        return _TRUE if _compared(3.0, part.sign, part.value) else _FALSE
    raise not_offered("dimension_types can be counted (LENGTH) but not compared")


def _compared(left: float | str, sign: str, right: float | str | None) -> bool:
    if type(left) is not type(right):
        raise InvalidInputError(f"{left!r} must be compared with its like, but found {right!r}")
    return bool(SIGNS[sign](left, right))


_SPECIAL: dict[str, Callable[[_Leaf], Filter]] = {
    "type": _type,
    "last_modified": _modified,
    "structure_features": _features,
    "elements_ratios": _ratios,
    "dimension_types": _directions,
}
