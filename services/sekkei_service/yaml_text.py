"""YAML of strangers: plain values only, small and shallow, checked before it is built."""

from collections.abc import Callable
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel

from sekkei.errors import InvalidInputError
from sekkei.specification import parse_specification
from sekkei_service.problem import refused

_Spec = TypeVar("_Spec", bound=BaseModel)
_DEEPEST = 24


def _fine(_raw: Any) -> None:
    """Take anything."""


def read_yaml(
    body: bytes, kind: type[_Spec], most_bytes: int, check: Callable[[Any], None] = _fine
) -> _Spec:
    """Read a specification.

    Parameters
    ----------
    body
        As it was sent.
    kind
        What it specifies.
    most_bytes
        Most that it may have.
    check
        Looks at the plain values before anything is made of them.

    Raises
    ------
    InvalidInputError
        If it is not YAML, holds anchors, tags or too deep a nesting, or does not fit.
    RefusedError
        If it is too large.
    """
    if len(body) > most_bytes:
        raise refused(413, f"a specification must have at most {most_bytes} bytes")
    raw = plain_yaml(body)
    if not isinstance(raw, dict):
        raise InvalidInputError(
            "a specification must be names and values; sekkei schema says which"
        )
    check(raw)
    return parse_specification(raw, kind)


def plain_yaml(body: bytes) -> Any:
    """Return what YAML says, if it is plain; see `read_yaml`."""
    try:
        text = body.decode("utf-8")
        _check_plain(text)
        return yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise InvalidInputError("a specification must be YAML, but it is no text") from error
    except (yaml.YAMLError, ValueError) as error:  # a date that is none is a ValueError
        reason = " ".join(str(error).split())
        raise InvalidInputError(f"a specification must be YAML, but: {reason}") from error


def _check_plain(text: str) -> None:
    # Events are made one after the other: nothing is nested or multiplied yet.
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise InvalidInputError(f"a specification must be nested at most {_DEEPEST} deep")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InvalidInputError("a specification must be plain: write out what & and * repeat")
        if getattr(event, "tag", None):
            raise InvalidInputError("a specification must be plain: leave out what begins with !")
