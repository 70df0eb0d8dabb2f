"""Routes of pages: their errors are pages, too, and who has not signed in is sent to do so."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from typing_extensions import override

from sekkei.errors import SekkeiError
from sekkei_service.access import Principal
from sekkei_service.pages.render import go_to, is_partial, render
from sekkei_service.problem import RefusedError, status_of
from sekkei_service.wire import without_place

_NOTICE = {"HX-Retarget": "#notice", "HX-Reselect": "#notice", "HX-Reswap": "outerHTML show:top"}


class PageRoute(APIRoute):
    """A route whose errors are shown to people, in the line that programs get."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await answer(request)
            except (SekkeiError, RequestValidationError) as error:
                return _shown(request, error)

        return shown


def page_router() -> APIRouter:
    """Make a router for pages: they are none of the interface for programs."""
    return APIRouter(include_in_schema=False, route_class=PageRoute)


def problem_text(request: Request, error: SekkeiError) -> str:
    """Return the line of an error."""
    return without_place(error.message, request.app.state.service.settings.lake)


def _shown(request: Request, error: SekkeiError | RequestValidationError) -> Response:
    if isinstance(error, RequestValidationError):
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"][1:]) or "the request"
        return _page(request, 422, f"{where}: {fault['msg']}")
    status = status_of(error)
    if status == 401:
        return go_to(request, f"/sign-in?next={quote(_asked(request))}")
    answer = _page(request, status, problem_text(request, error))
    if isinstance(error, RefusedError):
        answer.headers.update(error.headers)
    return answer


def _page(request: Request, status: int, text: str) -> Response:
    answer = render(
        request, _visitor(request), "problem.html", status=status, problem=text, code=status
    )
    if is_partial(request):
        answer.headers.update(_NOTICE)
    return answer


def _visitor(request: Request) -> Principal | None:
    # What is wrong with an address is said before anybody looked who asks.
    with suppress(RefusedError):
        known: Principal | None = getattr(request.state, "principal", None)
        return known or request.app.state.service.gate.admit(request, "reader")
    return None


def _asked(request: Request) -> str:
    # What was sent cannot be sent again: then the page it was sent from.
    if request.method != "GET":
        return "/"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}"
