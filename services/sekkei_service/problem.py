"""Errors as problem documents [1]_, in the same one line as on the command line.

References
----------
.. [1] M. Nottingham et al., RFC 9457, doi:10.17487/RFC9457.
"""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from typing_extensions import override

from sekkei.errors import (
    ClusterError,
    InvalidInputError,
    LabelError,
    LakeConflictError,
    MissingExtraError,
    NotPromotedError,
    SekkeiError,
)
from sekkei.lake import LakeReadError, LakeWriteError
from sekkei_service.headers import SECURITY_HEADERS
from sekkei_service.log import facts
from sekkei_service.optimade_error import PREFIX, error_response
from sekkei_service.wire import Wire, to_json, without_place

PROBLEM = "application/problem+json"
_LOG = logging.getLogger("sekkei_service")

_STATUS: tuple[tuple[type[SekkeiError], int], ...] = (
    (LakeReadError, 503),
    (LakeWriteError, 503),
    (InvalidInputError, 422),
    (LabelError, 422),
    (NotPromotedError, 409),
    (LakeConflictError, 409),
    (ClusterError, 503),
    (MissingExtraError, 501),
)
_TITLES = {
    400: "the request is malformed",
    401: "a token is needed",
    403: "not allowed",
    404: "not found",
    405: "no such method here",
    409: "in conflict with what is there",
    413: "too large",
    415: "of a kind that is not read",
    422: "the input cannot be",
    429: "too many requests",
    500: "a fault of the service",
    501: "not installed",
    503: "not available now",
    504: "took too long",
}


class Problem(Wire):
    """What went wrong, for programs and for people."""

    type: str = "about:blank"
    """Always the plain kind: ``kind`` names ours."""

    title: str
    """The status in words."""

    status: int
    """The HTTP status."""

    detail: str
    """One line: what must hold, but what was found; what to try."""

    kind: str
    """Name of the error."""

    facts: dict[str, Any] = Field(default_factory=dict)
    """The values that the line speaks of."""


class RefusedError(SekkeiError):
    """A request that the service refuses, with its status."""

    def __init__(self, message: str, **facts: Any) -> None:
        self.status = int(facts.pop("status", 400))
        self.headers: dict[str, str] = dict(facts.pop("headers", {}))
        super().__init__(message, **facts)

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.message, self.status, self.headers, self.facts)


def refused(status: int, message: str, **facts: Any) -> RefusedError:
    """Make the error of a request that is refused."""
    return RefusedError(message, status=status, **facts)


def not_found(message: str, **facts: Any) -> RefusedError:
    """Make the error of something that is not there."""
    return RefusedError(message, status=404, **facts)


def problem_response(
    status: int,
    detail: str,
    kind: str,
    facts: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Write a problem document."""
    title = _TITLES.get(status, "refused")
    problem = Problem(title=title, status=status, detail=detail, kind=kind, facts=_plain(facts))
    return Response(
        problem.model_dump_json(), status, {**SECURITY_HEADERS, **(headers or {})}, PROBLEM
    )


def status_of(error: SekkeiError) -> int:
    """Return the status that an error ends a request with."""
    if isinstance(error, RefusedError):
        return error.status
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def install_handlers(app: FastAPI) -> None:
    """Let every error of a request end as a problem document."""
    app.add_exception_handler(SekkeiError, _on_sekkei)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)


def _on_sekkei(request: Request, error: Exception) -> Response:
    if not isinstance(error, SekkeiError):
        raise error
    headers = error.headers if isinstance(error, RefusedError) else {}
    if status_of(error) == 304:  # no error: the caller has it, and the answer has no body
        return Response(status_code=304, headers=headers)
    text = without_place(error.message, request.app.state.service.settings.lake)
    if _is_optimade(request):
        status = status_of(error)
        return _optimade(request, 400 if status == 422 else status, text, headers)
    return problem_response(status_of(error), text, type(error).__name__, error.facts, headers)


def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"][1:]) or "the request"
    message = str(fault["msg"])
    is_word = not message[:2].isupper()  # JSON stays JSON
    text = f"{where}: {message[:1].lower() if is_word else message[:1]}{message[1:]}"
    if _is_optimade(request):
        return _optimade(request, 400, text, {})
    return problem_response(422, text, "InvalidInputError")


def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    detail = {404: "there is no such address", 405: f"{request.method} is not possible here"}
    text = detail.get(error.status_code, str(error.detail))
    headers = {name.lower(): text for name, text in (error.headers or {}).items()}
    if error.status_code == 405:
        headers["allow"] = _allowed(request)
    if _is_optimade(request):
        return _optimade(request, error.status_code, text, headers)
    return problem_response(error.status_code, text, "HTTPException", headers=headers)


def _on_fault(request: Request, error: Exception) -> Response:
    identity = getattr(request.state, "request_id", "")
    _LOG.error("the service failed", exc_info=error, extra=facts({"request": identity}))
    text = f"the service failed; its log has more under request {identity}"
    return problem_response(500, text, "InternalError")


def _allowed(request: Request) -> str:
    # The router names the methods of one route; several may share an address.
    methods: set[str] = set()
    for route in request.app.state.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return ", ".join(sorted(methods))


def _is_optimade(request: Request) -> bool:
    return request.url.path.startswith(f"{PREFIX}/")


def _optimade(request: Request, status: int, text: str, headers: dict[str, str]) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.url.path.removeprefix(f"{PREFIX}/v1")
    title = _TITLES.get(status, "refused")
    return error_response(status, title, text, {**SECURITY_HEADERS, **headers}, path + query)


def _plain(facts: dict[str, Any] | None) -> dict[str, Any]:
    # What is not JSON by itself is shown as text: a fact never breaks an answer.
    found = {}
    for name, value in (facts or {}).items():
        found[name] = (
            value if isinstance(value, str | int | float | None) else to_json(value).decode()
        )
    return found


def _rebuild(
    message: str, status: int, headers: dict[str, str], facts: dict[str, Any]
) -> RefusedError:
    return RefusedError(message, status=status, headers=headers, **facts)
