"""How long a service may be away while somebody watches a campaign."""

import time

import pytest

from sekkei.client.campaign import RemoteCampaigns
from sekkei.client.channel import Channel
from sekkei.client.problem import ServiceError


class BreakingChannel(Channel):
    """Streams that open, say nothing, and break off a minute later; the last one ends."""

    def __init__(self, n_break: int, *, opens: bool) -> None:
        super().__init__("http://127.0.0.1:9", None)
        self.n_left, self.opens, self.now = n_break, opens, 0.0

    def events(self, _path, after):
        if self.opens:
            yield "opened", after, ""
        self.now += 60.0
        if self.n_left == 0:
            yield "ended", after, "{}"
            return
        self.n_left -= 1
        raise ServiceError("a stream must go on, but it broke off")


def test_a_campaign_that_is_silent_for_long_is_no_service_that_is_away(monkeypatch) -> None:
    there, away = BreakingChannel(5, opens=True), BreakingChannel(5, opens=False)

    monkeypatch.setattr(time, "monotonic", lambda: there.now)
    seen = list(RemoteCampaigns(there, sleep=lambda _: None).progress("a", reconnect_s=120.0))

    monkeypatch.setattr(time, "monotonic", lambda: away.now)
    with pytest.raises(ServiceError, match="broke off"):
        list(RemoteCampaigns(away, sleep=lambda _: None).progress("a", reconnect_s=120.0))
    assert seen == []
