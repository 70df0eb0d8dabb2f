"""Errors of a service, as the errors that the same call has where the lake is."""

from typing import Any

import requests

from sekkei.errors import InvalidInputError, SekkeiError
from sekkei.plain_text import on_one_line

_INPUT = {404, 405, 413, 415, 422}
_MOST_SHOWN = 500


class ServiceError(SekkeiError):
    """A service cannot be reached, or refuses; look there, and retry."""


def error_of(answer: requests.Response, url: str) -> SekkeiError:
    """Return the error that an answer stands for, with the line that the service wrote."""
    status = answer.status_code
    try:
        problem = answer.json()
        message, kind = on_one_line(str(problem["detail"])), str(problem["kind"])
    except (ValueError, KeyError, TypeError):
        return ServiceError(
            f"a service must answer as Sekkei does, but {url} answered {status} "
            f"{on_one_line(answer.reason)[:_MOST_SHOWN]}; is it one?",
            status=status,
        )
    facts = _facts(problem)
    known = _known_errors()
    if kind in known:
        return known[kind](message, **facts)
    if status in _INPUT:
        return InvalidInputError(message, **facts)
    return ServiceError(message, **{**facts, "status": status})


def _facts(problem: dict[str, Any]) -> dict[str, Any]:
    facts = problem.get("facts")
    if not isinstance(facts, dict):
        return {}
    return {str(name): value for name, value in facts.items() if name not in {"self", "message"}}


def _known_errors() -> dict[str, type[SekkeiError]]:
    from sekkei import lake  # noqa: PLC0415  (only who fails needs its errors)

    kinds = [*_below(SekkeiError), lake.LakeReadError, lake.LakeWriteError, lake.LakeGoneError]
    return {kind.__name__: kind for kind in kinds if kind.__module__.startswith("sekkei.")}


def _below(kind: type[SekkeiError]) -> list[type[SekkeiError]]:
    return [one for child in kind.__subclasses__() for one in (child, *_below(child))]
