"""Commands that the chart and the compose file run: programs know their options."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from ray.scripts.scripts import cli as ray_cli
from tests.deploy.conftest import Render, containers
from typer.main import get_command

from sekkei.cli.app import build_app

CAMPAIGN = {"enabled": True, "specification": "name: one\nexperiments: []\n", "workers": 7}


def unknown_options(program: Any, words: list[str]) -> list[str]:
    """Return the options among words that a program has not."""
    while words and words[0] in getattr(program, "commands", {}):
        program = program.commands[words[0]]
        words = words[1:]
    known = {
        option
        for parameter in program.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    used = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return [option for option in used if option not in known]


def sekkei_program(verb: str) -> Any:
    program = get_command(build_app())
    if verb not in program.commands:
        pytest.skip(f"NO sekkei {verb} IN THIS CHECKOUT: its options were NOT looked at")
    return program


def test_the_service_is_started_with_options_that_it_has(render: Render) -> None:
    values = {
        "service": {
            "openOptimade": True,
            "tlsSecret": "tls",
            "ingress": {"enabled": True, "host": "sekkei.example.org", "tlsSecret": "outer"},
        }
    }
    found = dict(containers(render(values)))["sekkei-service/service"]

    assert found["command"] == ["tini", "--", "sekkei"]
    assert unknown_options(sekkei_program("serve"), found["args"]) == []
    assert "--certificate=/etc/sekkei/tls/tls.crt" in found["args"]


def test_the_command_of_the_notes_makes_a_token() -> None:
    words = ["token", "create", "NAME", "--role", "operator", "--state", "DIR"]

    assert unknown_options(sekkei_program("token"), words) == []


@pytest.mark.slow  # its --help takes 4 CPU-seconds
@pytest.mark.guard
def test_mlflow_is_started_with_options_that_it_has(render: Render) -> None:
    server = dict(containers(render({})))["sekkei-mlflow/mlflow"]["args"]
    # In a process of its own: an import of this program warns of what it does itself.
    command = [sys.executable, "-m", "mlflow", server[0], "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert [option for option in server[1:] if option.partition("=")[0] not in told] == []


def test_mlflow_answers_to_known_names_only(render: Render) -> None:
    found = dict(containers(render({"mlflow": {"allowedHosts": ["mlflow.example.org"]}})))

    server = found["sekkei-mlflow/mlflow"]["args"]
    (hosts,) = (word.partition("=")[2] for word in server if word.startswith("--allowed-hosts"))
    assert {"sekkei-mlflow:5000", "mlflow.example.org"} <= set(hosts.split(","))
    assert "*" not in hosts
    assert "--cors-allowed-origins=https://mlflow.example.org" in server


def test_ray_is_started_with_options_that_it_has(render: Render) -> None:
    (cluster,) = (
        o["spec"] for o in render({"ray": {"cluster": True}}) if o["kind"] == "RayCluster"
    )

    words = [f"--{name}" for name in cluster["headGroupSpec"]["rayStartParams"]]
    assert words
    assert unknown_options(ray_cli, ["start", *words]) == []


@pytest.mark.parametrize(("ended", "code"), [(0, 0), (3, 0), (1, 1), (130, 130)])
def test_a_campaign_with_refusals_is_not_tried_again(
    render: Render, tmp_path: Path, ended: int, code: int
) -> None:
    (config,) = (o for o in render({"campaign": CAMPAIGN}) if o["kind"] == "ConfigMap")
    (tmp_path / "run.sh").write_text(config["data"]["run.sh"])
    program = tmp_path / "sekkei"
    program.write_text(f'#!/bin/bash\necho "$@"\nexit {ended}\n')
    program.chmod(0o755)

    done = subprocess.run(
        ["bash", tmp_path / "run.sh"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    words = done.stdout.split()
    assert done.returncode == code
    assert unknown_options(sekkei_program("campaign"), words) == []
    assert words[words.index("--workers") + 1] == "7"
    assert config["data"]["campaign.yaml"].rstrip() == CAMPAIGN["specification"].rstrip()


def test_an_option_that_is_none_is_noticed() -> None:
    program = click.Group(commands={"go": click.Command("go", params=[click.Option(["--far"])])})

    assert unknown_options(program, ["go", "--far=2", "--wide"]) == ["--wide"]


def test_the_script_of_a_campaign_is_clean(render: Render, tmp_path: Path) -> None:
    (config,) = (o for o in render({"campaign": CAMPAIGN}) if o["kind"] == "ConfigMap")
    (tmp_path / "run.sh").write_text(config["data"]["run.sh"])
    checker = shutil.which("shellcheck", path=str(Path(sys.executable).parent))

    assert checker
    done = subprocess.run(
        [checker, "--shell=bash", tmp_path / "run.sh"], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
