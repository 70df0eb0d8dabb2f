"""Who may do what: by token, or at the loopback address of a local service."""

import logging
from dataclasses import dataclass
from typing import Annotated, get_args
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from sekkei.errors import InvalidInputError
from sekkei_service.limits import RateLimit
from sekkei_service.problem import RefusedError, refused
from sekkei_service.settings import ServiceSettings
from sekkei_service.token import Role, StoredToken, TokenStore, allows

_LOG = logging.getLogger("sekkei_service")
_READS = {"GET", "HEAD"}
# Only told to the documents: the header is read below, where denials are counted.
_BEARER = HTTPBearer(auto_error=False, description="A token of `sekkei token create`.")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks."""

    name: str
    """Name of the token, for people."""

    identity: str
    """Its id: what limits and repeated requests are counted by."""

    role: Role
    """What it allows."""


LOCAL = Principal("local", "local", "administrator")
"""Whoever reaches a local service."""

COOKIE = "sekkei_token"
"""Where a browser that signed in keeps its token; no script can read it."""

ANYBODY = Principal("anybody", "anybody", "reader")
"""Whoever reads what is open."""


class Gate:
    """Lets in who may come in."""

    def __init__(self, settings: ServiceSettings, tokens: TokenStore) -> None:
        self._settings = settings
        self._tokens = tokens
        self._requests = RateLimit(settings.limits.requests_per_minute)
        self._denials = RateLimit(settings.limits.denials_per_minute)

    def admit(self, request: Request, needed: Role) -> Principal:
        """Return who asks.

        Raises
        ------
        RefusedError
            If nobody may ask so: 401 without a valid token, 403 without the role, 429 if too often.
        """
        principal = self._local(request) if self._settings.is_local else self._bearer(request)
        request.state.principal = principal
        self._requests.take(principal.identity)
        if not allows(principal.role, needed):
            raise refused(
                403,
                f"this needs the role {needed}, but the token {principal.name} is of "
                f"{_with_article(principal.role)}; ask an administrator",
            )
        return principal

    def admit_anybody(self, request: Request) -> Principal:
        """Return who asks where reading is open; counted by address."""
        if self._settings.is_local:
            return self.admit(request, "reader")
        self.count_address(request)
        request.state.principal = ANYBODY
        return ANYBODY

    def may_stay(self, principal: Principal) -> bool:
        """Say whether who was let in before may still be: its token has not ended since."""
        return principal is LOCAL or self._tokens.is_valid(principal.identity)

    def count_address(self, request: Request) -> None:
        """Count a request that asks for nothing but whether the service is well."""
        self._requests.take(f"address {address_of(request)}")

    def _bearer(self, request: Request) -> Principal:
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if not kind and COOKIE in request.cookies:
            check_same_site(request)  # a browser sends it by itself
            return self.owner(request, request.cookies[COOKIE])
        return self.owner(request, text if kind.lower() == "bearer" else "")

    def owner(self, request: Request, text: str) -> Principal:
        """Return whose a token is.

        Raises
        ------
        RefusedError
            If it is none: 401; 429 if too often.
        """
        token = self._find(text.strip())
        if token is None:
            # Whoever has a valid token is not kept out by others behind the same proxy.
            self._denials.take(address_of(request))
            raise refused(
                401,
                "a valid token is needed; get one from an administrator (sekkei token create), and "
                "send it as Authorization: Bearer TOKEN; the command line and sekkei.connect take "
                "it from SEKKEI_TOKEN",
                headers={"www-authenticate": "Bearer"},
            )
        return Principal(token.name, token.id, token.role)

    def _find(self, text: str) -> StoredToken | None:
        try:
            return self._tokens.find(text)
        except InvalidInputError as error:
            _LOG.exception("no token can be read")
            raise refused(503, "tokens cannot be read now; the log of the service says why") from (
                error
            )

    def _local(self, request: Request) -> Principal:
        check_local(request, self._settings.local_hosts)
        return LOCAL


def check_local(request: Request, hosts: tuple[str, ...]) -> None:
    """Refuse what a page of another site lets a browser send to a loopback address.

    Raises
    ------
    RefusedError
        If the name called is none of ours (a name of another may point here), or the request comes
        from a page of another site.
    """
    host = request.headers.get("host", "").lower()
    if host not in hosts:
        raise refused(403, f"a local service must be called as {' or '.join(hosts)}")
    origin = request.headers.get("origin")
    if origin is not None and _host_of(origin) != host:
        raise refused(403, "a local service answers no pages of other sites")
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise refused(403, "a local service answers no pages of other sites")


def check_same_site(request: Request) -> None:
    """Refuse what a page of another site lets a browser send with our cookie.

    Browsers say where a request comes from; where they do not, a request that changes something
    must name our address as its origin.

    Raises
    ------
    RefusedError
        If it comes from elsewhere.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        is_ours = site == "same-origin" or (site == "none" and request.method in _READS)
    else:
        origin = request.headers.get("origin")
        host = request.headers.get("host", "").lower()
        is_ours = request.method in _READS if origin is None else _host_of(origin) == host
    if not is_ours:
        raise refused(403, "a request with a cookie must come from a page of this service")


def _with_article(role: Role) -> str:
    return f"a {role}" if role == "reader" else f"an {role}"


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # half an address in brackets
        return ""


def address_of(request: Request) -> str:
    """Return the address that a request came from."""
    return request.client.host if request.client else "unknown"


def _admitting(needed: Role) -> object:
    def admit(request: Request, _told: Annotated[object, Depends(_BEARER)]) -> Principal:
        gate: Gate = request.app.state.service.gate
        return gate.admit(request, needed)

    return Depends(admit)


Reader = Annotated[Principal, _admitting("reader")]
"""Who may read."""

Operator = Annotated[Principal, _admitting("operator")]
"""Who may start and stop work, too."""

Administrator = Annotated[Principal, _admitting("administrator")]
"""Who may look at the audit trail, too."""

ADMITTING = frozenset(get_args(role)[1].dependency for role in (Reader, Operator, Administrator))
"""What asks for a token, among the dependencies of a route."""

__all__ = ["ADMITTING", "Administrator", "Gate", "Operator", "Principal", "Reader", "RefusedError"]
