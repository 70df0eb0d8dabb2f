"""What the pages of the client and of operations show works."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from sekkei.cli.app import run

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
SHOWN = "http://127.0.0.1:8765"


def blocks(page, kind):
    text = (HOW_TO / page).read_text("utf-8")
    return re.findall(rf"```{kind}\n(.*?)\n```", text, re.DOTALL)


@pytest.mark.slow
def test_the_notebook_runs(serve, shelf, filled_lake, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(filled_lake, "lake")
    (tmp_path / "campaign.yaml").write_text(blocks("run-the-service.md", "yaml")[0])
    service = serve(shelf, lake=tmp_path / "lake")
    monkeypatch.setenv("SEKKEI_TOKEN", service.tokens["operator"])
    names = {}

    for block in blocks("query-from-a-notebook.md", "python"):
        exec(block.replace(SHOWN, service.url), names)

    assert capsys.readouterr().out.endswith("succeeded\n1\n")
    assert len(names["junctions"]) == 5


@pytest.mark.slow
def test_the_commands_of_the_runbook_run(filled_lake, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sekkei_service.server.serve", lambda *_: None)
    shutil.copytree(filled_lake, "lake")
    shown = [
        line.removeprefix("$ ")
        for block in blocks("operate-the-service.md", "console")
        for line in block.splitlines()
    ]

    for command in shown:
        assert run(shlex.split(command)[1:]) == 0, (command, capsys.readouterr().err)

    assert len(shown) == 8
    assert len([*tmp_path.glob("lake.replaced-*")]) == 1
