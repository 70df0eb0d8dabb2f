"""What the routes of a service share: made once, handed over with each request."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from sekkei_service.access import Gate, Principal, address_of
from sekkei_service.audit import AuditLog
from sekkei_service.campaign_store import CampaignStore
from sekkei_service.design_store import DesignStore
from sekkei_service.lake_source import LakeSource
from sekkei_service.limits import AtOnce
from sekkei_service.log import facts
from sekkei_service.metrics import ServiceMetrics
from sekkei_service.model_source import ModelSource
from sekkei_service.progress import ProgressReader
from sekkei_service.replay import ReplayStore
from sekkei_service.settings import ServiceSettings

_LOG = logging.getLogger("sekkei_service")


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of a service."""

    settings: ServiceSettings
    """What an administrator decided."""

    gate: Gate
    """Who may do what."""

    lake: LakeSource
    """States of the lake."""

    models: ModelSource
    """Registered models."""

    campaigns: CampaignStore
    """Campaigns that run, and ran."""

    designs: DesignStore
    """Where designs stand."""

    audit: AuditLog
    """Who did what."""

    progress: ProgressReader
    """How far campaigns are."""

    replays: ReplayStore
    """Answers to requests that may be repeated."""

    heavy: AtOnce
    """Places for what computes long."""

    streams: AtOnce
    """Places for streams of events."""

    metrics: ServiceMetrics
    """Figures for Prometheus."""

    @contextmanager
    def noted(
        self, request: Request, who: Principal, action: str, subject: str
    ) -> Iterator["Deed"]:
        """Write into the audit trail what is done here, and whether it was done.

        What turns out to change nothing stands in the log alone.
        """
        deed, outcome = Deed(), "failed"
        try:
            yield deed
            outcome = "done" if deed.changes else "nothing to do"
        finally:
            if deed.changes:
                self.audit.note(who, address_of(request), action, subject, outcome)
            done = {"request": request.state.request_id, "who": who.name, "outcome": outcome}
            _LOG.info(action, extra=facts({**done, action.rpartition(" ")[2]: subject}))


@dataclass(slots=True)
class Deed:
    """What somebody does."""

    changes: bool = True
    """Whether it changes anything: what was there already is only looked at."""


def _service_of(request: Request) -> Service:
    found: Service = request.app.state.service
    return found


TheService = Annotated[Service, Depends(_service_of)]
"""The service that a request came to."""
