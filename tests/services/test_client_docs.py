"""What the pages of the client and of operations show works."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from sekkei.cli.app import run
from sekkei.lake import Lake

DOCS = Path(__file__).parents[2] / "docs"
TUTORIAL = "tutorials/share-a-lake.md"
SHOWN = "http://127.0.0.1:8765"


def blocks(page, kind):
    text = (DOCS / page).read_text("utf-8")
    return re.findall(rf"```{kind}\n(.*?)\n```", text, re.DOTALL)


@pytest.mark.slow
def test_the_notebook_runs(serve, shelf, filled_lake, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(filled_lake, "lake")
    (tmp_path / "campaign.yaml").write_text(blocks("how-to/run-the-service.md", "yaml")[0])
    service = serve(shelf, lake=tmp_path / "lake")
    monkeypatch.setenv("SEKKEI_TOKEN", service.tokens["operator"])
    names = {}

    for block in blocks("how-to/query-from-a-notebook.md", "python"):
        exec(block.replace(SHOWN, service.url), names)

    assert capsys.readouterr().out.endswith("succeeded\n1\n")
    assert len(names["junctions"]) == 5


@pytest.mark.slow
def test_the_tutorial_of_sharing_runs(serve, filled_lake, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sekkei_service.server.serve", lambda *_: None)
    shutil.copytree(filled_lake, "demo-out/lake")
    campaign, design = blocks(TUTORIAL, "yaml")
    (tmp_path / "two-contacts.yaml").write_text(campaign)
    (tmp_path / "two-g0.yaml").write_text(design)
    service = serve(lake=tmp_path / "demo-out" / "lake", is_local=True)
    shown = [
        line.removeprefix("$ ")
        for block in blocks(TUTORIAL, "console")
        for line in block.splitlines()
    ]

    for command in shown[1:]:
        words = shlex.split(command.replace(SHOWN, service.url))[1:]
        assert run(words) == 0, (command, capsys.readouterr().err)
    exec(blocks(TUTORIAL, "python")[0].replace(SHOWN, service.url), {})

    assert (shown[0], len(shown)) == ("make serve", 12)
    assert "two-contacts succeeded" in capsys.readouterr().err
    assert len(Lake.open("demo-out/lake").keys("label")) == 24 + 6


@pytest.mark.slow
def test_the_commands_of_the_runbook_run(filled_lake, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sekkei_service.server.serve", lambda *_: None)
    shutil.copytree(filled_lake, "lake")
    shown = [
        line.removeprefix("$ ")
        for block in blocks("how-to/operate-the-service.md", "console")
        for line in block.splitlines()
    ]

    for command in shown:
        assert run(shlex.split(command)[1:]) == 0, (command, capsys.readouterr().err)

    assert len(shown) == 8
    assert len([*tmp_path.glob("lake.replaced-*")]) == 1
