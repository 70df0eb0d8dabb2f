"""Limits on how often, how much and how long."""

import asyncio
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sekkei_service.problem import problem_response, refused

_MOST_NAMES = 10_000


class RateLimit:
    """So many a minute for each name; what was not used is saved up to a minute's worth."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60.0
        self._most = float(per_minute)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> None:
        """Count one.

        Raises
        ------
        RefusedError
            If there are too many; says when to come again.
        """
        with self._lock:
            left = self._now(name)
            if left >= 1.0:
                self._keep(name, left - 1.0)
                return
        wait = math.ceil((1.0 - left) / self._per_second)
        raise refused(
            429,
            f"requests must be at most {self._most:.0f} a minute; try again in {wait} s",
            headers={"retry-after": str(wait)},
        )

    def _now(self, name: str) -> float:
        now = self._clock()
        left, then = self._left.get(name, (self._most, now))
        return min(self._most, left + (now - then) * self._per_second)

    def _keep(self, name: str, left: float) -> None:
        self._left[name] = left, self._clock()
        self._left.move_to_end(name)
        if len(self._left) > _MOST_NAMES:
            self._left.popitem(last=False)


class AtOnce:
    """So many at the same time; more wait a little, and are refused then."""

    def __init__(self, most: int, what: str, wait_s: float = 0.0) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._most = most
        self._what = what
        self._wait_s = wait_s

    def enter(self) -> None:
        """Take a place.

        Raises
        ------
        RefusedError
            If there is none.
        """
        if not self._free.acquire(timeout=self._wait_s):
            raise refused(
                503,
                f"there are at most {self._most} {self._what} at a time; try again soon",
                headers={"retry-after": "2"},
            )

    def leave(self) -> None:
        """Give a place back."""
        self._free.release()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place."""
        self.enter()
        try:
            yield
        finally:
            self.leave()


class BodyLimit:
    """Refuses requests that are larger than they may be, or packed, before they are read."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding", b"identity") != b"identity":
            text = "a request must not be packed; send it as it is"
            await problem_response(415, text, "RefusedError")(scope, receive, send)
            return
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._most:
            await self._too_large(scope, receive, send)
            return
        await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A length need not be told: what arrives is kept here until it is all there, or too much.
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._most:
                await self._too_large(scope, receive, send)
                return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, replay, send)

    async def _too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = f"a request must have at most {self._most} bytes; send less at a time"
        await problem_response(413, text, "RefusedError")(scope, receive, send)


class TimeLimit:
    """Answers that a request took too long, if nothing was said in time.

    A thread cannot be ended: what it computes is thrown away when it is done.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, is_late = asyncio.Event(), False

        async def in_time(message: Message) -> None:
            if not is_late:
                started.set()
                await send(message)

        task = asyncio.ensure_future(self._app(scope, receive, in_time))
        begun = asyncio.ensure_future(started.wait())
        await asyncio.wait(
            {task, begun}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if task.done() or started.is_set():
            begun.cancel()
            await task
            return
        is_late = True
        begun.cancel()
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        text = f"an answer must begin within {self._seconds:g} s; ask for less at a time"
        await problem_response(504, text, "RefusedError")(scope, receive, send)
