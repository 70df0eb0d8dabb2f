"""Figures of a running campaign in the text format of Prometheus.

The format is [1]_. Ray's own exporter is not used: it needs further packages on every node and
knows nothing of a campaign without Ray; what is counted here arrives with the results anyway.

References
----------
.. [1] https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

from sekkei.errors import InvalidInputError
from sekkei.fleet.event import Event

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_HELP = {
    "sekkei_items": (
        "gauge",
        "Items by state: queued (at most), running, done, refused.",
    ),
    "sekkei_item_cpu_seconds_total": ("counter", "CPU time of finished items, in s, by node."),
    "sekkei_items_finished_total": ("counter", "Items finished, by node."),
    "sekkei_retries_total": ("counter", "Tries that failed and were made again, by reason."),
    "sekkei_refusals_total": ("counter", "Items refused, by kind of error."),
    "sekkei_workers_lost_total": ("counter", "Workers lost, by reason."),
    "sekkei_committed_results_total": ("counter", "Results committed to the lake."),
    "sekkei_committed_bytes_total": ("counter", "Rows committed, in bytes before compression."),
}

_Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counts events; may be read from another thread while it does."""

    def __init__(self, campaign: str) -> None:
        self._campaign = campaign
        self._values: defaultdict[tuple[str, _Labels], int | float] = defaultdict(int)
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Count one event."""
        with self._lock:
            self._count(event)

    def text(self) -> str:
        """Return every figure as Prometheus reads it."""
        with self._lock:
            values = dict(self._values)
        return "".join(f"{line}\n" for line in _lines(values))

    def _count(self, event: Event) -> None:
        stage = ("stage", event.stage)
        if event.name == "stage-started":
            self._add("sekkei_items", event.n_item, stage, ("state", "queued"))
        elif event.name == "given":
            self._move(event.stage, "queued", "running")
        elif event.name == "retried":
            self._move(event.stage, "running", "queued")
            self._add("sekkei_retries_total", 1, stage, ("reason", event.kind))
        elif event.name in ("done", "refused"):
            self._finish(event)
        elif event.name == "worker-lost":
            self._add("sekkei_workers_lost_total", 1, ("reason", event.kind))
        elif event.name == "committed":
            self._add("sekkei_committed_results_total", event.n_item)
            self._add("sekkei_committed_bytes_total", event.n_byte)

    def _finish(self, event: Event) -> None:
        stage, node = ("stage", event.stage), ("node", event.node)
        # A task may be many items, as in inference: what was given out was one.
        self._add("sekkei_items", -1, stage, ("state", "running"))
        self._add("sekkei_items", 1 - event.n_item, stage, ("state", "queued"))
        self._add("sekkei_items", event.n_item, stage, ("state", event.name))
        self._add("sekkei_items_finished_total", event.n_item, stage, node)
        self._add("sekkei_item_cpu_seconds_total", event.cpu_seconds, stage, node)
        if event.name == "refused":
            self._add("sekkei_refusals_total", event.n_item, stage, ("kind", event.kind))

    def _move(self, stage: str, old: str, new: str) -> None:
        self._add("sekkei_items", -1, ("stage", stage), ("state", old))
        self._add("sekkei_items", 1, ("stage", stage), ("state", new))

    def _add(self, name: str, amount: int | float, *labels: tuple[str, str]) -> None:
        self._values[name, (("campaign", self._campaign), *labels)] += amount


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
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler_of(metrics))
    except OSError as error:
        raise InvalidInputError(
            f"a port for metrics must be free, but {port} is not; choose another --metrics-port"
        ) from error
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler_of(metrics: Metrics) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer one request."""
            is_known = self.path == "/metrics"
            body = metrics.text().encode() if is_known else b"only /metrics is here\n"
            self.send_response(200 if is_known else 404)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: standard error is for people."""

    return Handler


def _lines(values: dict[tuple[str, _Labels], int | float]) -> Iterator[str]:
    for name, (kind, meaning) in _HELP.items():
        rows = [(labels, value) for (metric, labels), value in values.items() if metric == name]
        if rows:
            yield f"# HELP {name} {meaning}"
            yield f"# TYPE {name} {kind}"
        for labels, value in sorted(rows):
            yield f"{name}{{{_shown(labels)}}} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _shown(labels: _Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
