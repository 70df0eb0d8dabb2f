"""The page of a row: which frames and which trace it shows."""

import re
from html import unescape
from urllib.parse import parse_qs

import pytest

from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.structure.experiment import ContactSpec, ExperimentSpec


@pytest.fixture(scope="module")
def strokes(tmp_path_factory):
    """A lake with one contact that is pulled, pushed and pulled."""
    contact = ContactSpec(electrode="staggered-3", neck_width=1)
    family = Family(count=1, template=ExperimentSpec(contact=contact, cycles=2))
    path = tmp_path_factory.mktemp("strokes") / "lake"
    run_campaign(CampaignSpec(name="one", experiments=[family]), Lake.create(path), SerialPool())
    return path


@pytest.fixture
def frames(strokes):
    return Lake.open(strokes).table("snapshot")


@pytest.mark.parametrize("stage", ["pull", "push"])
def test_the_trace_and_the_slider_are_of_the_stroke_of_the_row(serve, strokes, frames, stage):
    service = serve(lake=strokes)
    row = frames[frames["stage"] == stage].iloc[0]
    page = service.get(f"/lake/{row['key']}").text

    (trace,) = re.findall('data-trace="([^"]*)"', page)
    asked = {"table": "snapshot", "filter": parse_qs(unescape(trace))["filter"], "limit": 1000}
    rows = service.get("/v1/lake/rows", params=asked).json()["rows"]
    (address,) = re.findall('data-frames="([^"]*)"', page)
    slider = service.get(unescape(address)).text

    of_cycle = (frames["experiment"] == row["experiment"]) & (frames["cycle"] == row["cycle"])
    own = set(frames[of_cycle & (frames["stage"] == stage)]["key"])
    assert {one["key"] for one in rows} == own
    assert slider.count("Properties=") == len(own) < of_cycle.sum()


def test_the_page_of_a_pull_leads_to_the_push_of_its_cycle(serve, strokes, frames):
    service = serve(lake=strokes)
    row = frames[frames["stage"] == "pull"].iloc[0]
    page = service.get(f"/lake/{row['key']}").text

    (other,) = re.findall('href="/lake/([0-9a-f]{32})">the push of this cycle', page)

    found = frames[frames["key"] == other].iloc[0]
    assert (found["stage"], found["experiment"]) == ("push", row["experiment"])
    assert f"frame {row['frame'] + 1} of" in page  # as the slider counts
