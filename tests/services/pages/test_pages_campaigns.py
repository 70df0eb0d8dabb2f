"""Campaigns in a browser: tried, submitted, watched to the end, and stopped by who may."""

import html
import re

import pytest
from tests.services.conftest import campaign_yaml

LONG_MS = 240_000


def write(page, **how):
    page.get_by_label("Specification").fill(campaign_yaml(per_experiment=3, **how))


def test_the_list_opens_without_complaint_and_for_everybody(service, visit):
    visitor = visit(service, "reader")

    page = visitor.open("/campaigns")

    assert visitor.complaints == []
    assert visitor.grave_faults() == []
    assert "yours is reader" in page.inner_text("#new")


def test_a_dry_run_says_what_would_be_done_and_starts_nothing(service, visit):
    page = visit(service).open("/campaigns")
    write(page, name="tried", count=2)

    page.get_by_role("button", name="Dry run").click()
    page.wait_for_selector("#answer table")

    assert "Campaign tried can be started" in page.inner_text("#answer")
    assert "Further: at most so many more" in page.inner_text("#answer")
    assert service.get("/v1/campaigns/tried").status_code == 404


def test_what_is_wrong_in_a_specification_is_said_and_nothing_is_lost(service, visit):
    page = visit(service).open("/campaigns")
    page.get_by_label("Specification").fill("name: bad\nexperimentz: []\n")

    page.get_by_role("button", name="Dry run").click()
    page.wait_for_selector("#answer .note")

    assert "experiments" in page.inner_text("#answer")
    assert "experimentz" in page.get_by_label("Specification").input_value()


def test_pullings_for_a_histogram_are_written_by_a_few_fields(service, visit):
    visitor = visit(service)
    page = visitor.open("/campaigns")
    page.get_by_label("Metal").fill("K 0.5 Na 0.5")
    page.get_by_label("Openings of each").fill("2")
    page.get_by_label("Opening from").fill("1, 4")

    page.get_by_role("button", name="Write the specification").click()
    page.wait_for_url("**composition=K**")
    text = page.get_by_label("Specification").input_value()
    page.get_by_role("button", name="Dry run").click()
    page.wait_for_selector("#answer table")

    assert "composition: {K: 0.5, Na: 0.5}" in text
    assert "cycles: 2" in text
    assert "neck_width: [1, 4]" in text
    assert "Campaign pullings can be started" in page.inner_text("#answer")
    assert visitor.complaints == []
    assert visitor.grave_faults() == []


def test_a_model_that_predicts_every_snapshot_is_a_stage_of_its_own(service):
    page = service.get("/campaigns?model=alkali:1")

    assert page.status_code == 200
    assert "inference: {model: &#39;alkali:1&#39;}" in page.text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"composition": "Au"}, "an element must be one of Li, Na, K, Rb, Cs"),
        ({"composition": "K 0.5 Na 0.6"}, "the fractions must sum to 1, but sum to 1.1"),
        (
            {"composition": "K 0.5 Na 0.5 Rb"},
            "Metal (composition) must be one metal, or metals once each",
        ),
        ({"composition": "K half Na 0.5"}, "must be a number, but found 'half'"),
        ({"neck_width": "99"}, "Opening from, atoms across: experiments.0: contact.neck_width"),
        ({"neck_width": ",,"}, "(neck_width) must be a whole number, but found ''"),
        (
            {"temperature_k": "nan"},
            "Temperature / K (temperature_k) must be a number, but found 'nan'",
        ),
        ({"temperature_k": "500"}, "input should be less than or equal to 400 (found 500.0)"),
        ({"cycles": ""}, "Openings of each (cycles) must be a whole number, but found ''"),
        (
            {"experiments": "1e3"},
            "Experiments (experiments) must be a whole number, but found '1e3'",
        ),
        (
            {"per_experiment": "0"},
            "Labels of each: labels.per_experiment: input should be greater than or equal",
        ),
        ({"labeler": "chain"}, "the labeler must be one of gpaw, tight-binding here"),
        ({"name": "../up"}, "name: string should match"),
    ],
)
def test_what_no_pulling_can_be_is_said_beside_its_fields_and_not_written(service, fields, told):
    page = service.get("/campaigns", params=fields)

    text = html.unescape(page.text)
    card = text[text.index("Pullings for a histogram") : text.index("New campaign")]
    (name, value), *_ = fields.items()
    assert page.status_code in {403, 422}
    assert told in card
    assert "The fields are written out" not in text
    assert re.search(r"<textarea[^>]*></textarea>", text)
    assert name == "labeler" or f'name="{name}" value="{value}"' in card


def test_fields_that_cannot_be_are_said_in_a_browser_where_they_stand(service, visit):
    visitor = visit(service)
    page = visitor.open("/campaigns")
    page.get_by_label("Metal").fill("Au")

    page.get_by_role("button", name="Write the specification").click()
    page.wait_for_selector(".note.bad")

    assert "an element must be one of" in page.inner_text(".note.bad")
    assert page.get_by_label("Metal").input_value() == "Au"
    assert page.get_by_label("Specification").input_value() == ""
    assert visitor.grave_faults() == []


def test_a_reader_starts_nothing(service, visit):
    page = visit(service, "reader").open("/campaigns")

    assert page.get_by_role("button", name="Start").is_disabled()
    assert page.get_by_role("button", name="Dry run").is_disabled()
    form = {"specification": campaign_yaml("mine"), "action": "start"}
    refused = service.post("/campaigns", "reader", data=form, headers={"origin": service.url})
    assert refused.status_code == 403
    assert "needs the role operator" in refused.text
    assert service.get("/v1/campaigns/mine").status_code == 404


@pytest.mark.slow
def test_a_campaign_is_submitted_in_the_form_and_watched_to_its_end(serve, visit, tmp_path):
    service = serve(lake=tmp_path / "lake")
    visitor = visit(service)
    page = visitor.open("/campaigns")
    write(page, name="small", count=2)

    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/campaigns/small")
    page.wait_for_selector("[data-state=succeeded]", timeout=LONG_MS)

    assert page.inner_text("#heading") == "small succeeded"
    assert "6 of 6" in page.inner_text("#progress")
    assert "ended succeeded" in page.inner_text("#events")
    assert visitor.complaints == []
    assert visitor.grave_faults() == []
    page.get_by_role("link", name="output of the last").click()
    page.wait_for_url("**/output")
    assert "labels by" in page.inner_text("pre")


@pytest.mark.slow
def test_a_reader_stops_no_campaign_and_an_operator_does(serve, visit, tmp_path):
    service = serve(lake=tmp_path / "lake")
    sent = campaign_yaml("long", 2000, 3).encode()
    kind = {"content-type": "application/yaml"}
    assert service.post("/v1/campaigns", data=sent, headers=kind).status_code == 201

    forms = {"data": {"force": "yes"}, "headers": {"origin": service.url}}
    refused = html.unescape(service.post("/campaigns/long/stop", "reader", **forms).text)

    assert "this needs the role operator, but the token reader is of a reader" in refused
    assert service.get("/v1/campaigns/long").json()["state"] == "running"

    page = visit(service).page
    waiting = campaign_yaml("next", 2, 3).encode()
    assert service.post("/v1/campaigns", data=waiting, headers=kind).status_code == 201
    page.goto(f"{service.url}/campaigns")
    assert "queued as number 1" in page.inner_text("tbody")
    page.goto(f"{service.url}/campaigns/next")
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector("[data-state=stopped]", timeout=LONG_MS)

    page.goto(f"{service.url}/campaigns/long")
    page.get_by_label("at once").check()
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector("[data-state=stopped]", timeout=LONG_MS)
    assert page.get_by_role("button", name="Resume").is_visible()
