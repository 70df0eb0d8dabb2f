"""Signing in with a token, which the browser keeps where no script can read it."""

from fastapi import Request, Response

from sekkei_service.access import COOKIE
from sekkei_service.context import TheService
from sekkei_service.pages.form import Form
from sekkei_service.pages.render import go_to, render
from sekkei_service.pages.route import page_router, problem_text
from sekkei_service.problem import RefusedError

router = page_router()


@router.get("/sign-in")
def sign_in_page(service: TheService, request: Request, next: str = "/") -> Response:  # noqa: A002
    """Ask for a token."""
    if service.settings.is_local:
        return go_to(request, "/")
    return render(request, None, "sign_in.html", next=_ours(next))


@router.post("/sign-in")
def sign_in(service: TheService, request: Request, form: Form) -> Response:
    """Keep a token that is valid as a cookie, until the browser is closed."""
    text, after = form.get("token", "").strip(), _ours(form.get("next", "/"))
    try:
        service.gate.owner(request, text)
    except RefusedError as error:
        line = problem_text(request, error)
        told = "this token is not valid, or has ended" if error.status == 401 else line
        return render(request, None, "sign_in.html", status=error.status, problem=told, next=after)
    answer = go_to(request, after)
    # Behind a proxy only the administrator knows that the world comes by HTTPS.
    outside = service.settings.optimade_url or ""
    is_secure = request.url.scheme == "https" or outside.startswith("https:")
    answer.set_cookie(COOKIE, text, httponly=True, samesite="strict", secure=is_secure)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, _form: Form) -> Response:
    """Forget the token."""
    answer = go_to(request, "/sign-in")
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def _ours(address: str) -> str:
    # Only a path of this service: //host and /\\host are addresses of others.
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isprintable() else "/"
