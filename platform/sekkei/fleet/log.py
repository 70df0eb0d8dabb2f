"""A log of everything that happens in a campaign: one JSON object a line."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from sekkei.fleet.event import Event, Watch
from sekkei.progress import Stream

_LOG = logging.getLogger(__name__)


class EventLog:
    """Writes events as JSON lines; what does not apply is left out."""

    def __init__(
        self, stream: Stream, campaign: str, clock: Callable[[], float] = time.time
    ) -> None:
        """Describe where to write.

        Parameters
        ----------
        stream
            Every line is flushed, so that a killed campaign has told all.
        campaign
            Name of the campaign.
        clock
            Seconds since 1970-01-01 UTC.
        """
        self._stream = stream
        self._campaign = campaign
        self._clock = clock

    def __call__(self, event: Event) -> None:
        """Write one event."""
        facts = {name: value for name, value in asdict(event).items() if value and name != "name"}
        line = {"time": self._clock(), "campaign": self._campaign, "event": event.name} | facts
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()


@contextmanager
def open_log(
    path: Path, campaign: str, on_failure: Callable[[str], None] = _LOG.warning
) -> Iterator[Watch]:
    """Append to a log; runs of a campaign follow each other in one file.

    Parameters
    ----------
    path
        The file.
    campaign
        Name of the campaign.
    on_failure
        Told once, in one line, where the file takes no more: results go into the lake, and a
        campaign goes on without its log.
    """
    stream = path.open("a", encoding="utf-8")
    log, is_whole = EventLog(stream, campaign), True

    def watch(event: Event) -> None:
        nonlocal is_whole
        if not is_whole:
            return
        try:
            log(event)
        except OSError as error:
            is_whole = False
            on_failure(
                f"the log {path} takes no more: {error.strerror}; the campaign goes on without it"
            )

    try:
        yield watch
    finally:
        # It tries again to write what it could not, which was said.
        with suppress(OSError):
            stream.close()


def together(*watches: Watch) -> Watch:
    """Let several watch."""

    def watch(event: Event) -> None:
        for one in watches:
            one(event)

    return watch
