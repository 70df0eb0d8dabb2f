"""Specifications that people write: YAML, checked, with errors that name the line."""

import difflib
import os
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from sekkei.errors import InvalidInputError
from sekkei.plain_yaml import load_yaml, read_text


class Specification(BaseModel):
    """Base of every specification: frozen, all numbers finite, and unknown keys are an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


_MOST_SHOWN = 80

_WORDS = {
    "tuple_type": "must be a list; write [ and ] around what is there",
    "list_type": "must be a list; write [ and ] around what is there",
    "too_short": "must have at least {min_length}, but has {actual_length}; add what is missing",
    "string_type": "must be a text; put what YAML takes for a number, or for yes and no, in quotes",
}
"""What must hold and what to try, where pydantic speaks of types of Python."""

_Spec = TypeVar("_Spec", bound=BaseModel)


def read_specification(path: str | os.PathLike[str], kind: type[_Spec]) -> _Spec:
    """Read a YAML file as a specification.

    Raises
    ------
    InvalidInputError
        If the file is missing, is not YAML within bounds, or does not fit; one line that names the
        place, what was found, and the nearest allowed key where one is misspelt.
    """
    path = Path(path)
    if not path.is_file():
        raise InvalidInputError(f"the specification must be a file, but {path} is not one")
    text = read_text(path)
    try:
        raw, node = load_yaml(text)
    except InvalidInputError as error:
        where = f", line {error.facts['line']}:" if "line" in error.facts else ""
        raise InvalidInputError(f"{path}{where} {error.message}", **error.facts) from error
    if not isinstance(raw, dict):
        raise InvalidInputError(
            f"a specification must be names and values, but {path} holds {_kind_of(raw)}; "
            "try sekkei schema for what can stand there"
        )
    try:
        return parse_specification(raw, kind)
    except InvalidInputError as error:
        line = _line_of(node, error.facts.get("location", ()))
        raise InvalidInputError(f"{path}, line {line}: {error.message}", **error.facts) from error


def parse_specification(raw: Any, kind: type[_Spec]) -> _Spec:
    """Check plain data against a specification.

    Raises
    ------
    InvalidInputError
        If it does not fit; ``facts["location"]`` is the path of keys to the first fault.
    """
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        # A misspelt key that is required is two faults; the one that has the hint helps more.
        faults = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
        fault = faults[0]
        location = tuple(fault["loc"])
        raise InvalidInputError(_describe(fault, location, kind), location=location) from error


def specification_text(spec: BaseModel) -> str:
    """Write a specification as YAML: what was set, in its order; equal ones give equal texts."""
    raw = spec.model_dump(mode="json", exclude_unset=True)
    return str(yaml.safe_dump(raw, sort_keys=False, allow_unicode=True))


def _kind_of(raw: Any) -> str:
    if raw is None:
        return "nothing"
    if isinstance(raw, list):
        return "a list"
    shown = repr(raw)
    cut = f"{shown[:_MOST_SHOWN]}…" if len(shown) > _MOST_SHOWN else shown
    return f"the text {cut}" if isinstance(raw, str) else f"the value {cut}"


def _describe(fault: Any, location: tuple[Any, ...], kind: type[BaseModel]) -> str:
    where = ".".join(map(str, location)) or "the specification"
    if fault["type"] != "extra_forbidden":
        words = _WORDS.get(fault["type"])
        message = words.format(**fault.get("ctx", {})) if words else fault["msg"]
        message = message.removeprefix("Value error, ")
        found = repr(fault["input"])
        # A fault of a whole section has the section as its input: that is no line to read.
        shown = f" (found {found})" if len(found) <= _MOST_SHOWN else ""
        return f"{where}: {message[0].lower()}{message[1:]}{shown}"
    # Positions in a list name no field: the model is the same at each.
    names = tuple(name for name in location[:-1] if isinstance(name, str))
    allowed = sorted(_fields_at(kind, names))
    near = difflib.get_close_matches(str(location[-1]), allowed, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known keys are {', '.join(allowed)}"
    return f"unknown key {where!r}; {hint}"


def _fields_at(kind: Any, location: tuple[Any, ...]) -> set[str]:
    fields = getattr(kind, "model_fields", {})
    if not location:
        return set(fields)
    field = fields.get(location[0])
    return _fields_at(_model_in(field.annotation), location[1:]) if field else set()


def _model_in(annotation: Any) -> Any:
    # A field may be a model, or a list, union or optional that holds one.
    if hasattr(annotation, "model_fields"):
        return annotation
    inner = [_model_in(part) for part in getattr(annotation, "__args__", ())]
    return next((part for part in inner if part is not None), None)


def _line_of(node: yaml.Node | None, location: tuple[Any, ...]) -> int:
    line = 1
    for key in location:
        found = _child(node, key)
        if found is None:
            break
        line, node = found
    return line


def _child(node: yaml.Node | None, key: Any) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in reversed(node.value):  # what was merged in stands first
            if name.value == str(key):
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        child = node.value[key]
        return child.start_mark.line + 1, child
    return None
