"""Requests that may be sent twice: the answer to the first is the answer to both."""

import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from sekkei.identity import content_hash
from sekkei_service.access import Principal
from sekkei_service.problem import refused

_KEPT_S = 86400.0
_KEY = re.compile(r"[!-~]{1,128}")


class ReplayStore:
    """Keeps answers to requests that carry an ``Idempotency-Key``, for a day, across restarts."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._at_work: set[str] = set()

    def once(
        self,
        request: Request,
        who: Principal,
        body: bytes,
        act: Callable[[], tuple[int, BaseModel]],
    ) -> Response:
        """Do something, or return what was answered when it was done.

        Parameters
        ----------
        request
            Its header ``Idempotency-Key`` says which request it is; without one it is done.
        who
            Keys of others are others.
        body
            What was sent.
        act
            Does it, and returns status and answer. An error is not kept: it may be tried again.

        Raises
        ------
        RefusedError
            If the key is of another request, or the first one is still at work.
        """
        key = request.headers.get("idempotency-key")
        if key is None:
            return _answer(*act())
        if not _KEY.fullmatch(key):
            raise refused(400, "an Idempotency-Key must be 1 to 128 letters, digits and signs")
        name = content_hash("replay", who.identity, key)
        asked = content_hash("request", request.method, str(request.url), body)
        self._begin(name)
        try:
            found = self._read(name)
            if found is None:
                status, model = act()
                text = model.model_dump_json()
                self._write(name, asked, status, text)
                return _answer(status, model)
            if found[0] != asked:
                raise refused(
                    422,
                    "an Idempotency-Key must be of one request, but this one was sent with "
                    "another; make a new key",
                )
            return Response(
                found[2], found[1], {"idempotency-replayed": "true"}, "application/json"
            )
        finally:
            self._end(name)

    def _begin(self, name: str) -> None:
        with self._lock:
            if name in self._at_work:
                raise refused(409, "the first request of this Idempotency-Key is still at work")
            self._at_work.add(name)

    def _end(self, name: str) -> None:
        with self._lock:
            self._at_work.discard(name)

    def _read(self, name: str) -> tuple[str, int, str] | None:
        file = self._folder / f"{name}.json"
        if not file.is_file() or self._clock() - file.stat().st_mtime > _KEPT_S:
            return None
        asked, status, text = json.loads(file.read_text("utf-8"))
        return asked, status, text

    def _write(self, name: str, asked: str, status: int, text: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in self._folder.glob("*.json"):
            if self._clock() - file.stat().st_mtime > _KEPT_S:
                file.unlink(missing_ok=True)
        draft = self._folder / f"{name}.part"
        draft.write_text(json.dumps([asked, status, text]), "utf-8")
        draft.replace(self._folder / f"{name}.json")


def _answer(status: int, model: BaseModel) -> Response:
    return Response(model.model_dump_json(), status, media_type="application/json")
