"""Requests to a service: their time limits, their errors, and streams of events."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from typing_extensions import override

from sekkei.client.problem import ServiceError, error_of
from sekkei.client.secret import Secret
from sekkei.errors import InvalidInputError
from sekkei.reach import why_silent

CONNECT_S = 4.5
"""Longest time until a service takes a connection, in s."""

ANSWER_S = 75.0
"""Longest time until an answer begins, in s: a service gives up after 60 s by itself."""

EVENT_S = 45.0
"""Longest silence of a stream of events, in s: a service says something every 15 s."""

_FRESH_S = 1.0
_MOST_WAIT_S = 30.0
_TRIES = 3
_CHUNK = 2**16

Parameters = Mapping[str, Any]


class Channel:
    """A way to one service."""

    def __init__(self, url: str, token: str | None) -> None:
        """Describe where it is.

        Parameters
        ----------
        url
            ``http(s)://HOST[:PORT]``, with a path in front of ``/v1`` if a proxy has one.
        token
            Sent with every request, and shown nowhere.

        Raises
        ------
        InvalidInputError
            If it is no such address.
        """
        self._url = _checked(url)
        self._session = requests.Session()
        self._session.auth = Secret(token)  # set, so that no ~/.netrc speaks for us
        self._spoke = -_FRESH_S

    @property
    def url(self) -> str:
        """Address of the service."""
        return self._url

    @override
    def __repr__(self) -> str:
        return f"Channel({self._url!r})"

    @override
    def __reduce__(self) -> NoReturn:
        raise InvalidInputError(
            "a connection cannot be sent to another process, for it has a token; connect there"
        )

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def get(self, path: str, query: Parameters | None = None) -> Any:
        """Ask for something.

        Raises
        ------
        SekkeiError
            As the service says, or `ServiceError` if it cannot be reached.
        """
        return _content(self._answer("GET", path, query, None, {}))

    def get_text(self, path: str) -> str:
        """Ask for a text; see `get`."""
        return self._answer("GET", path, None, None, {}).text

    def post(
        self,
        path: str,
        body: bytes = b"",
        kind: str = "application/json",
        query: Parameters | None = None,
    ) -> Any:
        """Have something done, once, even if it must be asked for twice; see `get`."""
        headers = {"Content-Type": kind, "Idempotency-Key": uuid.uuid4().hex}
        return _content(self._answer("POST", path, query, body, headers))

    def events(self, path: str, after: int) -> Iterator[tuple[str, int, str]]:
        """Yield name, id and data of the events of a stream until it breaks off, or ends.

        Raises
        ------
        ServiceError
            If it broke off.
        """
        headers = {"Last-Event-ID": str(after), "Accept": "text/event-stream"}
        self._check_alive()
        answer = self._sent("GET", path, None, None, headers, timeout=EVENT_S, stream=True)
        with closing(answer):
            if not answer.ok:
                raise error_of(answer, self._url)
            yield "opened", after, ""  # the service is there, though nothing may happen for long
            with self._naming(EVENT_S):
                yield from _events(answer)

    def _answer(
        self,
        method: str,
        path: str,
        query: Parameters | None,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> requests.Response:
        self._check_alive()
        for left in reversed(range(_TRIES)):
            answer = self._sent(method, path, query, body, headers)
            wait = _wait_of(answer)
            if wait is None or left == 0:
                break
            time.sleep(wait)
        if not answer.ok:
            raise error_of(answer, self._url)
        return answer

    def _sent(  # noqa: PLR0913  (what a request has)
        self,
        method: str,
        path: str,
        query: Parameters | None,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        timeout: float = ANSWER_S,
        stream: bool = False,
    ) -> requests.Response:
        with self._naming(timeout):
            for is_last in (False, True):
                try:
                    answer = self._session.request(
                        method,
                        self._url + path,
                        params=query,
                        data=body,
                        headers=dict(headers),
                        timeout=(CONNECT_S, timeout),
                        stream=stream,
                        allow_redirects=False,  # a token goes nowhere else
                    )
                except requests.ConnectionError as error:
                    # The service closed a connection that we kept: nothing was lost, and what
                    # changes something has a key by which it is done once.
                    if is_last or "Connection aborted" not in str(error):
                        raise
                    continue
                break
        if answer.is_redirect:
            raise ServiceError(
                f"a service must answer at the address given, but {self._url} sends to another "
                "one; name that one"
            )
        self._spoke = time.monotonic()
        return answer

    def _check_alive(self) -> None:
        # An answer may take a minute; that nobody is there shall not.
        if time.monotonic() - self._spoke < _FRESH_S:
            return
        reason = why_silent(self._url, CONNECT_S)
        if reason is not None:
            raise _unreachable(self._url, reason)
        if self._url.startswith("https"):  # of which only the connection was tried
            self._sent("GET", "/healthz", None, None, {}, timeout=CONNECT_S)

    @contextmanager
    def _naming(self, timeout: float) -> Iterator[None]:
        try:
            yield
        except requests.Timeout as error:
            raise _unreachable(self._url, f"no answer within {timeout:g} s") from error
        except requests.exceptions.SSLError as error:
            reason = f"its certificate is not trusted ({_reason(error)})"
            raise _unreachable(self._url, reason) from error
        except requests.exceptions.ChunkedEncodingError as error:
            raise _unreachable(self._url, "the connection broke off") from error
        except requests.RequestException as error:
            raise _unreachable(self._url, _reason(error)) from error


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
        is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
        _ = parts.port
    except ValueError:
        is_address = is_plain = False
    if not (is_address and is_plain):
        raise InvalidInputError(
            f"a service must be at http(s)://HOST[:PORT], but found {url[:80]!r}; try "
            "http://127.0.0.1:8765"
        )
    return url.rstrip("/")


def _content(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise ServiceError(
            "a service must answer in JSON, but something else came; is it one?"
        ) from (error)


def _wait_of(answer: requests.Response) -> float | None:
    """Return how long a service that is busy asks us to wait, in s; None if it does not."""
    asked = answer.headers.get("Retry-After", "")
    if answer.status_code not in {429, 503} or not asked.isdigit() or int(asked) > _MOST_WAIT_S:
        return None
    return float(asked)


def _unreachable(url: str, reason: str) -> ServiceError:
    return ServiceError(
        f"a service must answer at {url}, but: {reason}; see that it runs, and that the address is "
        "right",
        is_unreachable=True,
    )


def _reason(error: requests.RequestException) -> str:
    # The innermost cause says it in words; the outer ones say which classes they are.
    cause: BaseException = error
    while True:
        inner = cause.__cause__ or cause.__context__
        found = inner if inner is not None else getattr(cause, "reason", None)
        if not isinstance(found, BaseException):
            break
        cause = found
    text = getattr(cause, "strerror", None) or getattr(cause, "verify_message", None) or str(cause)
    return " ".join(str(text).split()).lower()[:200]


def _events(answer: requests.Response) -> Iterator[tuple[str, int, str]]:
    event: dict[str, str] = {}
    for raw in answer.iter_lines(chunk_size=_CHUNK):
        key, _, value = raw.decode("utf-8", "replace").partition(":")
        if key:
            event[key] = value.removeprefix(" ")
        elif raw == b"":
            if "event" in event and event.get("id", "").isdigit():
                yield event["event"], int(event["id"]), event.get("data", "")
            event = {}


def parsed(line: str) -> dict[str, Any]:
    """Return what a line of JSON holds; nothing if it is none."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
