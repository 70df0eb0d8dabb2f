"""A campaign's page while it runs, waits or was asked to end, before who may do so and who not."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.services.conftest import campaign_yaml

from sekkei_service.campaign_process import ENDED, PROCESS, write_json

# It is asked to end, and takes its time, as one that commits.
DEAF = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "print(1, flush=True); sys.stdin.read()"
)
SAID = "sekkei: interrupted; what is done is in the lake; run the same command again to go on\n"


@dataclass
class Held:
    """A campaign whose process does nothing, until it is let go."""

    place: Path
    process: Any

    def end(self):
        self.process.communicate()
        (self.place / "output.txt").write_text(SAID)
        write_json(self.place / ENDED, {"code": 130, "ended_unix_s": 2.0})


@pytest.fixture
def hold():
    processes = []

    def start(service, name="long"):
        folder = service.settings.state.resolve() / "campaigns" / name
        place = folder / "attempt-1"
        place.mkdir(parents=True)
        (folder / "campaign.yaml").write_text(campaign_yaml(name))
        write_json(folder / "about.json", {"created_unix_s": 1.0, "created_by": "ada"})
        command = [sys.executable, "-S", "-c", DEAF, str(place)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True)
        processes.append(process)
        process.stdout.readline()
        write_json(place / PROCESS, {"pid": process.pid, "started_unix_s": 1.0})
        return Held(place, process)

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_a_campaign_that_is_asked_to_end_says_so_until_it_has(serve, visit, hold):
    service = serve()
    held = hold(service)
    visitor = visit(service)
    page = visitor.page
    page.goto(f"{service.url}/campaigns/long")

    page.get_by_role("button", name="Stop").click()
    page.get_by_text("It is being stopped").wait_for()

    assert page.get_by_role("button", name="Stop").is_disabled()
    assert page.get_by_role("button", name="End it at once").is_enabled()
    assert visitor.grave_faults() == []
    held.end()
    page.wait_for_selector("[data-state=stopped]")
    assert page.inner_text("#complaint") == (
        "interrupted; what is done is in the lake; press Resume to go on"
    )
    assert page.get_by_role("button", name="Resume").is_enabled()
    assert visitor.complaints == []


def test_a_reader_sees_what_only_an_operator_may_press(serve, visit, hold):
    service = serve()
    held = hold(service)
    page = visit(service, "reader").page

    page.goto(f"{service.url}/campaigns/long")
    assert page.get_by_role("button", name="Stop").is_disabled()
    assert "needs the role operator; yours is reader" in page.inner_text("#actions")
    held.end()
    page.goto(f"{service.url}/campaigns/long")
    assert page.get_by_role("button", name="Resume").is_disabled()
    assert "needs the role operator; yours is reader" in page.inner_text("#actions")


def test_a_campaign_that_never_began_has_no_output_to_look_at(serve, hold):
    service = serve()
    hold(service)
    kind = {"content-type": "application/yaml"}
    service.post("/v1/campaigns", data=campaign_yaml("next").encode(), headers=kind)

    assert "output of the last" in service.get("/campaigns/long", "operator").text
    page = service.get("/campaigns/next", "operator")
    assert "output of the last" not in page.text
    assert "It did not begin yet" in page.text
