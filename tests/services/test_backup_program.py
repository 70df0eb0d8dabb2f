"""Backup and restore by the program, while a service and a campaign run."""

import json
import shutil
import time

import pytest

import sekkei
from sekkei.cli.app import run
from sekkei.lake import Lake
from sekkei.structure.extxyz import write_junctions

QUICKLY = ("--option", "epochs=5", "--option", "assembly=series")
LONG = """\
name: long
experiments:
  - count: 500
    template: {contact: {electrode: staggered-3, neck_width: 1}, cycles: 1, seed: 1000}
labels: {labeler: tight-binding, per_experiment: 1}
"""


@pytest.mark.slow
def test_all_is_backed_up_under_way_and_works_where_it_is_restored(
    serve, filled_lake, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(filled_lake, "lake")
    lake = Lake.open(tmp_path / "lake")
    write_junctions("some.extxyz", lake.junctions(sorted(lake.keys("snapshot"))[:3]))

    def told(*words):
        assert run(list(words)) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    def predict(lake):
        return told("model", "predict", "some.extxyz", "--lake", lake, "--json")

    told("model", "train", "--lake", "lake", *QUICKLY)
    before = predict("lake")
    service = serve(lake=tmp_path / "lake", state=tmp_path / "lake.service")
    (tmp_path / "long.yaml").write_text(LONG)
    client = sekkei.connect(service.url, service.tokens["operator"])
    client.campaigns.submit("long.yaml")
    while client.lake.state_id == lake.state_id:  # until it commits
        time.sleep(0.2)

    made = json.loads(told("backup", "backup", "--lake", "lake", "--json"))
    still = client.campaigns.show("long").state
    client.campaigns.stop("long", is_forced=True)
    found = json.loads(told("restore", "backup", "--lake", "there/lake", "--json"))
    refused = run(["restore", "backup", "--lake", "there/lake"])

    assert (made["has_models"], made["has_service"], still) == (True, True, "running")
    assert found["state"] == made["state"]
    assert refused == 2
    assert told("lake", "verify", "--lake", "there/lake") == ""
    assert predict("there/lake") == before
    there = serve(lake=tmp_path / "there/lake", state=tmp_path / "there/lake.service")
    again = sekkei.connect(there.url, service.tokens["reader"])
    assert again.lake.state_id == made["state"]
    assert [one.name for one in again.campaigns.list()] == ["long"]
    assert again.campaigns.show("long").state == "lost"
