"""What an administrator looks at: log, figures, alerts; and a lake that is brought up to date."""

import json
import logging
import re
import shutil
import time
from pathlib import Path

import pytest
import yaml
from tests.services.conftest import campaign_yaml

from sekkei.cli.app import run
from sekkei.fleet.metrics import Metrics
from sekkei.lake import Lake, migrate_lake
from sekkei.lake.schema import SCHEMA_VERSION
from sekkei_service.log import JsonLines, facts
from sekkei_service.settings import LABELERS, Limits

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
ALERTS = yaml.safe_load((MONITORING / "alerts.yaml").read_text("utf-8"))
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
YAML = {"content-type": "application/yaml"}
SMALL = campaign_yaml()
DESIGN = "target_g0: 2.0\nelements: [Na, K]\nproposer: sobol\ninitial: 4\n"


def figures(text):
    """Return name, labels and value of every figure."""
    found = re.findall(r"^(\w+)(?:\{(.*)\})? (\S+)$", text, re.MULTILINE)
    return [
        (name, dict(re.findall(r'(\w+)="(.*?)"', labels)), float(v)) for name, labels, v in found
    ]


def asked(expression):
    return set(re.findall(r"\b(?:sekkei|process)_\w+", expression))


def test_every_figure_of_alerts_and_dashboard_is_one_that_is_told(service):
    service.get("/v1/lake")
    told = {name for name, _, _ in figures(service.get("/metrics").text)}
    # No campaign runs here, and those of campaigns are told at --metrics-port.
    of_a_campaign = re.findall(r"^# TYPE (\w+)", Metrics("any").text(), re.MULTILINE)
    told |= {"sekkei_campaign_items", *of_a_campaign}

    rules = [rule for group in ALERTS["groups"] for rule in group["rules"]]
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]

    expressions = [rule["expr"] for rule in rules] + panels
    assert {name for text in expressions for name in asked(text)} - told == set()
    assert all(rule["annotations"]["summary"] for rule in rules)
    assert len(panels) >= 10


def test_states_that_alerts_speak_of_are_states(service):
    text = service.get("/metrics").text
    states = {labels["state"] for name, labels, _ in figures(text) if name == "sekkei_campaigns"}

    named = re.findall(r'sekkei_campaigns\{state=~?"([^"]+)"', json.dumps(ALERTS).replace("\\", ""))

    assert {state for one in named for state in one.split("|")} <= states
    assert {"queued", "running", "lost"} <= states


def test_a_line_of_the_log_is_json_with_request_and_subject(serve, caplog):
    service = serve()
    with caplog.at_level("INFO", "sekkei_service"):
        answer = service.post("/v1/designs?name=two", data=DESIGN, headers=YAML)

    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    (done,) = [line for line in lines if line["message"] == "create design"]
    (request,) = [line for line in lines if line["message"] == "request"]
    assert done["design"] == "two"
    assert done["who"] == request["who"] == "operator"
    assert done["request"] == request["request"] == answer.headers["x-request-id"]
    assert {"time", "level", "node"} <= done.keys() & request.keys()


def test_an_error_is_one_line_of_the_log_with_its_traceback(caplog):
    try:
        int("broken\nin two lines")
    except ValueError:
        logging.getLogger("sekkei_service").exception("no way", extra=facts({"request": "r"}))

    text = JsonLines().format(caplog.records[-1])
    assert "\n" not in text
    assert json.loads(text)["error"].startswith("Traceback")
    assert json.loads(text)["request"] == "r"


def test_a_service_without_a_lake_lives_and_is_not_ready(serve, tmp_path):
    service = serve(lake=tmp_path / "none")

    assert service.get("/healthz", None).status_code == 200
    assert service.get("/readyz", None).status_code == 503


@pytest.fixture
def settled(monkeypatch, tmp_path, capsys):
    """Return the settings that `sekkei serve` would serve with, or its error."""

    def settle(*words):
        found = []
        monkeypatch.setattr("sekkei_service.server.serve", lambda *how: found.append(how[0]))
        code = run(["serve", "--lake", str(tmp_path / "lake"), *words])
        return code, found, capsys.readouterr().err

    return settle


def test_limits_and_labelers_are_what_the_administrator_says(settled):
    words = ("--limit", "experiments=10", "--allow", "tight-binding", "--allow", "chain=onsite")
    code, (settings,), _ = settled(*words)
    _, (plain,), _ = settled()

    assert code == 0
    assert settings.limits == Limits(experiments=10)
    assert settings.labelers["chain"] == ("onsite",)
    assert settings.labelers["tight-binding"] == LABELERS["tight-binding"]
    assert settings.labelers.keys() == {"chain", "tight-binding"}
    assert (plain.limits, plain.labelers) == (Limits(), LABELERS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--limit", "experiment=1"), "did you mean 'experiments'?"),
        (("--limit", "experiments=0"), "greater than or equal to 1"),
        (("--allow", "magic"), "a labeler must be one of"),
    ],
)
def test_a_limit_or_a_labeler_that_is_none_is_refused(settled, words, said):
    code, found, error = settled(*words)

    assert (code, found) == (2, [])
    assert said in error


@pytest.mark.slow
def test_a_lake_of_an_older_schema_is_brought_up_to_date_while_it_is_served(serve, tmp_path):
    place = tmp_path / "lake"
    shutil.copytree(ROOT / "data" / "contacts", place)
    service = serve(lake=place)
    query = {"limit": 50, "column": ["key", "conductance_g0", "elements"]}

    def rows():
        return service.get("/v1/lake/rows", params=query).json()

    before, old = rows(), service.get("/v1/lake").json()
    service.post("/v1/campaigns", data=SMALL, headers=YAML)
    deadline = time.monotonic() + 120
    while (failed := service.get("/v1/campaigns/small").json())["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    cursor = service.get("/v1/lake/rows", params=query | {"limit": 1}).json()["next_cursor"]
    migrate_lake(place)
    time.sleep(0.5)  # a service looks for a new state three times a second
    page = service.get("/v1/lake/rows", params=query | {"cursor": cursor}).json()

    after, new = rows(), service.get("/v1/lake").json()
    assert old["schema_version"] < SCHEMA_VERSION == new["schema_version"]
    assert failed["state"] == "failed"
    assert "run sekkei lake migrate" in failed["complaint"]
    assert after["rows"] == before["rows"]
    assert page["rows"] == before["rows"][1:] + page["rows"][49:]
    assert page["state_id"] == before["state_id"] != after["state_id"]
    assert Lake.open(place).verify() == []
