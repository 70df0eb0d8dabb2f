import io
import json
import urllib.request
from pathlib import Path

import pytest

from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.errors import InvalidInputError
from sekkei.fleet.event import Event
from sekkei.fleet.log import EventLog, open_log, together
from sekkei.fleet.metrics import Metrics, serve_metrics
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.testing.chain_dynamics import chain_dynamics

PLAN = LabelPlan(labeler="chain", options={"onsite": 0.7}, per_experiment=6)
SPEC = CampaignSpec(name="chains", experiments=[Family(count=4)], labels=PLAN)


def test_a_campaign_is_logged_and_counted(tmp_path: Path) -> None:
    metrics, lake = Metrics("chains"), Lake.create(tmp_path / "lake")
    with open_log(tmp_path / "log.jsonl", "chains") as log:
        watch = together(log, metrics)
        run_campaign(SPEC, lake, SerialPool(), dynamics=chain_dynamics(), watch=watch)

    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    ended = [line for line in lines if line["event"] in ("done", "refused")]
    stored = {key for t in ("experiment", "label", "refusal") for key in lake.refreshed().keys(t)}
    assert {line["key"] for line in ended} == stored
    assert all(line["campaign"] == "chains" and line["node"] for line in ended)
    assert {line["attempt"] for line in ended} == {1}
    assert [line["kind"] for line in ended if line["event"] == "refused"] == 4 * [
        "AtomOverlapError"
    ]
    labels = {"campaign": "chains", "stage": "labels"}
    assert _figure(metrics, "sekkei_items", state="done", **labels) == 20
    assert _figure(metrics, "sekkei_items", state="queued", **labels) == 0
    experiments = labels | {"stage": "experiments"}
    assert _figure(metrics, "sekkei_items", state="running", **experiments) == 0
    assert _figure(metrics, "sekkei_refusals_total", kind="AtomOverlapError", **labels) == 4
    assert _figure(metrics, "sekkei_committed_results_total", campaign="chains") == 28
    assert _figure(metrics, "sekkei_committed_bytes_total", campaign="chains") > 28


def test_a_log_leaves_out_what_does_not_apply() -> None:
    stream = io.StringIO()

    EventLog(stream, "x", clock=lambda: 7.0)(Event("given", stage="labels", key="k", attempt=2))

    assert json.loads(stream.getvalue()) == {
        "time": 7.0,
        "campaign": "x",
        "event": "given",
        "stage": "labels",
        "key": "k",
        "attempt": 2,
        "n_item": 1,
    }


def test_a_retry_is_queued_again() -> None:
    metrics = Metrics("x")
    for name in ("given", "retried", "given"):
        metrics(Event(name, stage="labels", kind="TIME_OUT"))

    labels = {"campaign": "x", "stage": "labels"}
    assert _figure(metrics, "sekkei_items", state="running", **labels) == 1
    assert _figure(metrics, "sekkei_retries_total", reason="TIME_OUT", **labels) == 1


def test_figures_are_served_to_this_machine_only() -> None:
    metrics = Metrics('a "name"')
    metrics(Event("committed", n_item=2, n_byte=30))

    with serve_metrics(metrics, 0) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text, kind = answer.read().decode(), answer.headers["Content-Type"]
        with (
            pytest.raises(InvalidInputError, match=f"must be free, but {port} is not"),
            serve_metrics(metrics, port),
        ):
            pass

    assert kind.startswith("text/plain; version=0.0.4")
    assert "# TYPE sekkei_committed_bytes_total counter" in text
    assert 'sekkei_committed_bytes_total{campaign="a \\"name\\""} 30' in text


def _figure(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)
