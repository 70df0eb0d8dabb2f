"""Figures of the service for Prometheus, and a line of the log for each request."""

import logging
import secrets
import time

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sekkei_service.campaign_attempt import STATES
from sekkei_service.campaign_store import CampaignStore
from sekkei_service.log import facts
from sekkei_service.progress import ProgressReader

_LOG = logging.getLogger("sekkei_service.access")


class ServiceMetrics:
    """Counts requests; a registry of its own, so that several services fit into one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter(
            "sekkei_http_requests_total", "Requests answered.", labels, registry=self._registry
        )
        self.seconds = Histogram(
            "sekkei_http_request_seconds",
            "Time until an answer began, in s.",
            ("route",),
            registry=self._registry,
            buckets=(0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0),
        )
        self.campaigns = Gauge(
            "sekkei_campaigns", "Campaigns by state.", ("state",), registry=self._registry
        )
        self.items = Gauge(
            "sekkei_campaign_items",
            "Items of the campaign that runs: expected, done, refused, retried.",
            ("campaign", "stage", "state"),
            registry=self._registry,
        )
        self.streams = Gauge(
            "sekkei_event_streams", "Streams of events that are open.", registry=self._registry
        )
        ProcessCollector(registry=self._registry)

    def count_campaigns(self, store: CampaignStore, progress: ProgressReader) -> None:
        """Count campaigns by their states, and the items of those that run."""
        states = dict.fromkeys(STATES, 0)
        self.items.clear()
        for one in store.every():
            states[one.state] += 1
            for stage in progress.stages(one.log) if one.state == "running" else ():
                for name in ("expected", "done", "refused", "retried"):
                    self.items.labels(one.name, stage.stage, name).set(getattr(stage, name))
        for state, n in states.items():
            self.campaigns.labels(state).set(n)

    def text(self) -> bytes:
        """Return every figure as Prometheus reads it."""
        return bytes(generate_latest(self._registry))


class RequestLog:
    """Counts and logs every request, never with its query, body or token."""

    def __init__(self, app: ASGIApp, metrics: ServiceMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identity, begun = secrets.token_hex(8), time.perf_counter()
        scope.setdefault("state", {})["request_id"] = identity

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", []).append((b"x-request-id", identity.encode()))
                self._count(scope, int(message["status"]), time.perf_counter() - begun)
            await send(message)

        await self._app(scope, receive, counted)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # The pattern of the address, so that there are few: keys and names are not in it.
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        principal = scope["state"].get("principal")
        line = {
            "request": scope["state"]["request_id"],
            "who": principal.name if principal else None,
            "method": method,
            "route": route,
            "status": status,
            "seconds": round(seconds, 4),
        }
        _LOG.info("request", extra=facts(line))


_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}
