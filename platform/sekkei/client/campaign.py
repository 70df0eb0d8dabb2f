"""Campaigns of a service: submitted, watched across broken connections, stopped."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter

from sekkei.campaign.forecast import CampaignPlan
from sekkei.campaign.specification import CampaignSpec
from sekkei.client.answer import Campaign
from sekkei.client.channel import Channel, parsed
from sekkei.client.problem import ServiceError
from sekkei.errors import SekkeiError
from sekkei.fleet.event import Event
from sekkei.specification import read_specification, specification_text

OVER = frozenset({"succeeded", "partly-refused", "stopped", "failed", "lost"})
"""States of a campaign that neither runs nor will."""

RECONNECT_S = 120.0
"""Longest time that a service may be away while a campaign is watched, in s."""

_PAUSE_S = 1.0
_PATH = "/v1/campaigns"
_YAML = "application/yaml"
_CAMPAIGN = TypeAdapter(Campaign)
_PLAN = TypeAdapter(CampaignPlan)
_EVENT_FIELDS = frozenset(one.name for one in fields(Event))

AnySpec = CampaignSpec | str | os.PathLike[str]
"""A specification, or its file."""


class RemoteCampaigns:
    """The campaigns of a service."""

    def __init__(self, channel: Channel, sleep: Callable[[float], None] = time.sleep) -> None:
        self._channel = channel
        self._sleep = sleep

    def submit(self, spec: AnySpec) -> Campaign:
        """Start a campaign, or queue it; one that is there already is returned.

        Raises
        ------
        InvalidInputError
            If the specification is not one.
        ServiceError
            If the service may not do it, or has another one of that name.
        """
        return _CAMPAIGN.validate_python(self._channel.post(_PATH, _text(spec), _YAML))

    def plan(self, spec: AnySpec) -> CampaignPlan:
        """Say what a campaign would do, and what that is likely to cost; nothing is started."""
        return _PLAN.validate_python(self._channel.post(f"{_PATH}/dry-run", _text(spec), _YAML))

    def list(self) -> Sequence[Campaign]:
        """Return every campaign of the service, the newest first."""
        return [_CAMPAIGN.validate_python(one) for one in self._channel.get(_PATH)["campaigns"]]

    def show(self, name: str) -> Campaign:
        """Return a campaign.

        Raises
        ------
        InvalidInputError
            If there is none of that name.
        """
        return _CAMPAIGN.validate_python(self._channel.get(_place(name)))

    def stop(self, name: str, *, is_forced: bool = False) -> Campaign:
        """Ask a campaign to end, as Ctrl-C does, or take it out of the queue.

        Parameters
        ----------
        name
            Of the campaign.
        is_forced
            End its processes at once; what is committed stays.
        """
        asked = {"force": "true" if is_forced else "false"}
        return _CAMPAIGN.validate_python(self._channel.post(f"{_place(name)}/stop", query=asked))

    def resume(self, name: str) -> Campaign:
        """Go on with a campaign that ended, or queue it; what the lake holds is not done again."""
        return _CAMPAIGN.validate_python(self._channel.post(f"{_place(name)}/resume"))

    def output(self, name: str) -> str:
        """Return the end of what the last attempt printed."""
        return self._channel.get_text(f"{_place(name)}/output")

    def progress(self, name: str, reconnect_s: float = RECONNECT_S) -> Iterator[Event]:
        """Yield what happens in a campaign, from its beginning to its end, each event once.

        A connection that breaks off is made again, and so is one to a service that was started
        anew; nothing is missed.

        Parameters
        ----------
        name
            Of the campaign.
        reconnect_s
            How long the service may be away, in s.

        Raises
        ------
        ServiceError
            If it is away longer.
        """
        seen: int = 0
        away_since: float | None = None
        while True:
            try:
                for kind, at, line in self._channel.events(f"{_place(name)}/events", seen):
                    seen, away_since = at, None
                    if kind == "ended":
                        return
                    if (event := _event(line)) is not None:
                        yield event
            except SekkeiError as error:
                if not _may_pass(error):
                    raise
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > reconnect_s:
                    raise
            self._sleep(_PAUSE_S)

    def wait(self, name: str, reconnect_s: float = RECONNECT_S) -> Campaign:
        """Return a campaign when it has ended; see `progress`."""
        for _ in self.progress(name, reconnect_s):
            pass
        return self.show(name)


def _text(spec: AnySpec) -> bytes:
    if not isinstance(spec, CampaignSpec):
        spec = read_specification(Path(spec), CampaignSpec)
    return specification_text(spec).encode()


def _place(name: str) -> str:
    return f"{_PATH}/{quote(name, safe='')}"


def _event(line: str) -> Event | None:
    found: dict[str, Any] = parsed(line)
    name = found.pop("event", None)
    if name is None:
        return None  # half a line of an attempt that was killed
    return Event(name, **{key: value for key, value in found.items() if key in _EVENT_FIELDS})


def _may_pass(error: SekkeiError) -> bool:
    # What a service or a proxy before it says while it starts; anything else stays as it is.
    status = error.facts.get("status")
    return isinstance(error, ServiceError) and status in {None, 429, 502, 503, 504}
