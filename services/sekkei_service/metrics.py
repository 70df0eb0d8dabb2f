"""Figures of the service for Prometheus, and a line of the log for each request."""

import json
import logging
import secrets
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
        self.running = Gauge(
            "sekkei_campaigns_running", "Campaigns that run now.", registry=self._registry
        )
        self.queued = Gauge(
            "sekkei_campaigns_queued",
            "Campaigns that wait for another one to end.",
            registry=self._registry,
        )
        self.streams = Gauge(
            "sekkei_event_streams", "Streams of events that are open.", registry=self._registry
        )

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
            "time": time.time(),
            "request": scope["state"]["request_id"],
            "who": principal.name if principal else None,
            "method": method,
            "route": route,
            "status": status,
            "seconds": round(seconds, 4),
        }
        _LOG.info(json.dumps(line))


_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}
