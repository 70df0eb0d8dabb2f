"""Figures of a running campaign for Prometheus.

Ray's own exporter is not used: it needs further packages on every node and knows nothing of a
campaign without Ray; what is counted here arrives with the results anyway.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    generate_latest,
    start_http_server,
)

from sekkei.errors import InvalidInputError
from sekkei.fleet.event import Event


class Metrics:
    """Counts events; may be read from another thread while it does."""

    def __init__(self, campaign: str) -> None:
        self._campaign = campaign
        self.registry = CollectorRegistry()
        self._items = Gauge(
            "sekkei_items",
            "Items by state: queued (at most), running, done, refused.",
            ("campaign", "stage", "state"),
            registry=self.registry,
        )
        self._cpu_seconds = self._counter(
            "sekkei_item_cpu_seconds", "CPU time of finished items, in s, by node.", "stage", "node"
        )
        self._finished = self._counter(
            "sekkei_items_finished", "Items finished, by node.", "stage", "node"
        )
        self._retries = self._counter(
            "sekkei_retries", "Tries that failed and were made again, by reason.", "stage", "reason"
        )
        self._refusals = self._counter(
            "sekkei_refusals", "Items refused, by kind of error.", "stage", "kind"
        )
        self._lost = self._counter("sekkei_workers_lost", "Workers lost, by reason.", "reason")
        self._results = self._counter(
            "sekkei_committed_results", "Results committed to the lake."
        ).labels(campaign)
        self._bytes = self._counter(
            "sekkei_committed_bytes", "Rows committed, in bytes before compression."
        ).labels(campaign)

    def __call__(self, event: Event) -> None:
        """Count one event."""
        if event.name == "stage-started":
            self._add(event.stage, "queued", event.n_item)
        elif event.name == "given":
            self._move(event.stage, "queued", "running")
        elif event.name == "retried":
            self._move(event.stage, "running", "queued")
            self._retries.labels(self._campaign, event.stage, event.kind).inc()
        elif event.name in ("done", "refused"):
            self._finish(event)
        elif event.name == "worker-lost":
            self._lost.labels(self._campaign, event.kind).inc()
        elif event.name == "committed":
            self._results.inc(event.n_item)
            self._bytes.inc(event.n_byte)

    def text(self) -> str:
        """Return every figure as Prometheus reads it."""
        return generate_latest(self.registry).decode()

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, ("campaign", *labels), registry=self.registry)

    def _finish(self, event: Event) -> None:
        # A task may be many items, as in inference: what was given out was one.
        self._add(event.stage, "running", -1)
        self._add(event.stage, "queued", 1 - event.n_item)
        self._add(event.stage, event.name, event.n_item)
        self._finished.labels(self._campaign, event.stage, event.node).inc(event.n_item)
        self._cpu_seconds.labels(self._campaign, event.stage, event.node).inc(event.cpu_seconds)
        if event.name == "refused":
            self._refusals.labels(self._campaign, event.stage, event.kind).inc(event.n_item)

    def _move(self, stage: str, old: str, new: str) -> None:
        self._add(stage, old, -1)
        self._add(stage, new, 1)

    def _add(self, stage: str, state: str, n: int) -> None:
        self._items.labels(self._campaign, stage, state).inc(n)


@contextmanager
def serve_metrics(metrics: Metrics, port: int) -> Iterator[int]:
    """Answer ``GET /metrics`` on 127.0.0.1, and yield the port.

    Parameters
    ----------
    metrics
        What to tell.
    port
        Any free one if 0.

    Raises
    ------
    InvalidInputError
        If the port is taken.
    """
    try:
        server, thread = start_http_server(port, "127.0.0.1", metrics.registry)
    except OSError as error:
        raise InvalidInputError(
            f"a port for metrics must be free, but {port} is not; choose another --metrics-port"
        ) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
