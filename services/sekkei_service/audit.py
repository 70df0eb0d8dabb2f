"""The audit trail: who started, stopped and changed what, one JSON object a line."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sekkei_service.access import Principal
from sekkei_service.wire import Wire

_FILE = "audit.jsonl"


class AuditEntry(Wire):
    """One thing that somebody did."""

    time_unix_s: float
    """When, in s since 1970-01-01 UTC."""

    who: str
    """Name of the token."""

    token: str
    """Its id."""

    role: str
    """Its role."""

    address: str
    """Where the request came from."""

    action: str
    """What was done."""

    subject: str
    """To what."""

    outcome: str
    """How it ended: done, or the name of the error."""


class AuditLog:
    """Appends entries to a file of its own; every line is on disk before the answer goes out."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = folder / _FILE
        self._clock = clock
        self._lock = threading.Lock()

    def note(
        self, who: Principal, address: str, action: str, subject: str, outcome: str = "done"
    ) -> None:
        """Write one entry."""
        entry = AuditEntry(
            time_unix_s=self._clock(),
            who=who.name,
            token=who.identity,
            role=who.role,
            address=address,
            action=action,
            subject=subject,
            outcome=outcome,
        )
        with self._lock:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            descriptor = os.open(self._file, flags, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
                stream.write(entry.model_dump_json() + "\n")
                stream.flush()
                os.fsync(stream.fileno())

    def last(self, n: int) -> list[AuditEntry]:
        """Return the last entries, newest first."""
        if not self._file.is_file():
            return []
        lines = self._file.read_text("utf-8").splitlines()[-n:]
        return [AuditEntry(**json.loads(line)) for line in reversed(lines)]
