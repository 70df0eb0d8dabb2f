"""The log of a service: one JSON object a line, on standard error."""

import json
import logging
import platform
import sys
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

_FACTS = "sekkei_facts"


class JsonLines(logging.Formatter):
    """Writes records as JSON: when, where, how grave, what, and the values that belong to it."""

    def __init__(self) -> None:
        super().__init__()
        self._node = platform.node()

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line: dict[str, Any] = {
            "time": record.created,
            "level": record.levelname.lower(),
            "node": self._node,
            "message": record.getMessage(),
            **getattr(record, _FACTS, {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as what ``extra`` of a call of `logging` takes."""
    return {_FACTS: dict(values)}


def log_to_stderr() -> None:
    """Let a service write its log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    log = logging.getLogger("sekkei_service")
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    log.propagate = False
