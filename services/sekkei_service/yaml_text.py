"""YAML of strangers: read within the bounds that the library sets, and checked before use."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel

from sekkei.errors import InvalidInputError
from sekkei.plain_yaml import load_yaml
from sekkei.specification import parse_specification
from sekkei_service.problem import refused

_Spec = TypeVar("_Spec", bound=BaseModel)


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
        If it is not YAML within bounds, or does not fit.
    RefusedError
        If it is too large.
    """
    if len(body) > most_bytes:
        raise refused(413, f"a specification must have at most {most_bytes} bytes")
    try:
        raw, _ = load_yaml(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidInputError("a specification must be YAML, but it is no text") from error
    except InvalidInputError as error:
        line = f", line {error.facts['line']}" if "line" in error.facts else ""
        raise InvalidInputError(f"a specification{line}: {error.message}", **error.facts) from error
    if not isinstance(raw, dict):
        raise InvalidInputError(
            "a specification must be names and values; sekkei schema says which"
        )
    check(raw)
    return parse_specification(raw, kind)
