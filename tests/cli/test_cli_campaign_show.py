"""What a lake holds of a campaign that a cluster runs; the cluster is a fake, the lake is not."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sekkei.cli import campaign_cluster
from sekkei.errors import MissingExtraError
from sekkei.fleet.cluster import CampaignJob

TEMPLATE = {"contact": {"electrode": "staggered-3", "neck_width": 1}, "cycles": 1}
LABELS = {"labeler": "tight-binding", "per_experiment": 6}


@pytest.fixture
def show(sekkei, monkeypatch):
    """Show a campaign whose job says this of its work and its lake."""

    def call(work: dict[str, Any], lake: Path | str, *options: str):
        job = CampaignJob(
            campaign="four",
            state="running",
            attempt=1,
            lake=str(lake),
            started_unix_s=1.0,
            ended_unix_s=float("nan"),
            message="runs",
            job="sekkei-four-1",
            identity="",
            specification=yaml.safe_dump({"name": "four", **work}),
        )

        class Cluster:
            def __init__(self, _address: str) -> None: ...

            def job(self, _name: str) -> CampaignJob:
                return job

            def logs(self, _job: CampaignJob) -> str:
                return "labels 1/24\n\n"

        monkeypatch.setattr(campaign_cluster, "_open", Cluster)
        return sekkei("campaign", "show", "four", "--address", "http://head:8265", *options)

    return call


def _work(count: int) -> dict[str, Any]:
    return {"experiments": [{"count": count, "template": TEMPLATE}], "labels": LABELS}


def test_stages_are_counted_by_what_the_lake_holds(show, filled):
    ended = show(_work(6), filled, "--json")

    assert (ended.code, ended.err) == (0, "")
    shown = json.loads(ended.out)
    assert (shown["state"], shown["said_last"]) == ("running", "labels 1/24")
    breaks, labels = shown["stages"]
    assert breaks == {
        "stage": "experiments",
        "kind": "experiments",
        "planned": 6,
        "stored": 4,
        "refused": 0,
        "missing": 2,
        "expected": 0,
    }
    assert labels["planned"] == labels["stored"] + labels["refused"] == 24
    assert (labels["missing"], labels["expected"]) == (0, 12)


def test_people_see_a_table_of_stages(show, filled):
    ended = show(_work(4), filled)

    header, *rows = [line.split() for line in ended.out.splitlines() if "  " in line.strip()][-3:]
    assert header == ["stage", "kind", "planned", "stored", "refused", "missing", "expected"]
    assert [row[0] for row in rows] == ["experiments", "labels"]


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("/no/such/lake", "a lake must be a folder, but /no/such/lake is none"),
        ("s3://bucket", "a lake on S3 must be s3://bucket/prefix"),
    ],
)
def test_a_lake_that_is_elsewhere_is_told_in_one_line(show, place, why):
    ended = show(_work(4), place, "--json")

    assert ended.code == 0
    assert json.loads(ended.out)["stages"] is None
    assert f"stages are not counted, because the lake cannot be read from here: {why}" in ended.err
    assert ended.err.count("\n") == 1


def test_an_engine_that_is_only_there_is_told_in_one_line(show, filled, monkeypatch):
    def missing(*_: object) -> None:
        raise MissingExtraError("LAMMPS must be installed")

    monkeypatch.setattr("sekkei.campaign.forecast.count_experiments", missing)

    ended = show(_work(4), filled)

    assert ended.code == 0
    assert ended.err.endswith("rows are known by their engine: LAMMPS must be installed\n")


def test_what_only_a_run_would_tell_is_left_open(show, filled):
    stages = [
        {"name": "pull", "experiments": [{"count": 4, "template": TEMPLATE}]},
        {"name": "label", "of": ["pull"], "labels": LABELS},
        {"name": "say", "of": ["pull"], "inference": {"learn_from": "label"}},
        {"name": "mine", "labels": {**LABELS, "files": ["0-mine.extxyz"]}},
    ]

    ended = show({"stages": stages}, filled, "--json")

    rows = {row["stage"]: row for row in json.loads(ended.out)["stages"]}
    assert rows["label"]["missing"] == 0
    assert [rows["say"][name] for name in ("stored", "refused", "missing")] == [None] * 3
    assert rows["mine"]["planned"] == 0
    assert ended.err == "structures of files are not counted: the files are on the cluster only\n"
