"""The program `sekkei serve`: what its page shows works, and a kill loses no campaign."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from tests.services.conftest import campaign_yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "run-the-service.md").read_text("utf-8")
SHOWN = "http://127.0.0.1:8765"
PROGRAM = [sys.executable, "-c", "from sekkei.cli.app import main; main()"]
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{ROOT / 'platform'}:{ROOT / 'services'}"}
LONG = campaign_yaml("long", count=60)


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)\n```", PAGE, re.DOTALL)


@contextmanager
def serving(folder, *options):
    command = [*PROGRAM, "serve", "--lake", "lake", "--port", "0", "--serial", "--json", *options]
    with subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process, json.loads(process.stdout.readline())["address"]
        finally:
            process.kill()


def sekkei(folder, *words):
    done = subprocess.run(
        [*PROGRAM, *words], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_what_the_page_shows_works(filled_lake, tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    shutil.copytree(filled_lake, tmp_path / "lake")
    (tmp_path / "campaign.yaml").write_text(blocks("yaml")[0])
    commands = [line.removeprefix("$ ") for text in blocks("console") for line in text.splitlines()]
    tokens = [
        sekkei(tmp_path, *shlex.split(c)[1:]) for c in commands if c.startswith("sekkei token ")
    ]
    asked = [c for c in commands if c.startswith("curl ")]

    with serving(tmp_path) as (_, address):
        variables = ENVIRONMENT | {"TOKEN": tokens[0].strip()}
        for command in asked:
            done = subprocess.run(
                ["bash", "-c", command.replace(SHOWN, address).replace("curl ", "curl -f ")],
                cwd=tmp_path,
                env=variables,
                capture_output=True,
                text=True,
                check=False,
                timeout=200,
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert len(asked) == 9
    assert "conductance_g0" in (tmp_path / "structures.extxyz").read_text()


@pytest.mark.slow
def test_a_killed_service_loses_no_campaign(tmp_path):
    yaml = {"content-type": "application/yaml"}
    with serving(tmp_path, "--local") as (first, address):
        begun = requests.post(f"{address}/v1/campaigns", data=LONG, headers=yaml, timeout=60)
        time.sleep(2.0)
        first.send_signal(signal.SIGKILL)

    with serving(tmp_path, "--local") as (second, address):
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline:
            found = requests.get(f"{address}/v1/campaigns/long", timeout=60).json()
            if found["state"] != "running":
                break
            time.sleep(0.5)
        second.send_signal(signal.SIGTERM)

    assert begun.status_code == 201
    assert (found["state"], len(found["attempts"])) == ("succeeded", 1)
    assert [stage["done"] for stage in found["stages"]] == [60, 60]
    assert sekkei(tmp_path, "lake", "verify", "--lake", "lake") == ""


def test_a_service_without_tokens_is_not_offered_to_others(tmp_path):
    done = subprocess.run(
        [*PROGRAM, "serve", "--lake", "lake", "--local", "--host", "0.0.0.0"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "must listen on this machine only" in done.stderr


def run_program(folder, *words):
    return subprocess.run(
        [*PROGRAM, *words], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )


def test_a_mistyped_lake_gets_no_token(tmp_path, filled_lake):
    place = f"--lake={filled_lake}x"
    create = run_program(tmp_path, "token", "create", "ada", place)
    listed = run_program(tmp_path, "token", "list", place)
    named = run_program(tmp_path, "token", "create", "ada", "--state", "new.service")

    assert [create.returncode, listed.returncode, named.returncode] == [2, 2, 0]
    assert "the lake of a service must be there" in create.stderr
    assert not filled_lake.with_name("lakex.service").exists()


def test_a_service_says_which_lake_it_found(tmp_path, filled_lake):
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "draft.tex").touch()
    refuse = ("--local", "--host", "0.0.0.0")  # ends it before it serves

    found = run_program(tmp_path, "serve", "--lake", str(filled_lake), *refuse).stderr
    none = run_program(tmp_path, "serve", "--lake", "lakex", *refuse).stderr
    other = run_program(tmp_path, "serve", "--lake", "papers", "--local")

    assert "has 24 labels" in found
    assert "there is no lake at lakex yet" in none
    assert (other.returncode, "papers holds something else" in other.stderr) == (2, True)


@pytest.mark.slow
def test_a_second_service_of_a_folder_is_told_who_has_it_and_a_killed_one_leaves_it(tmp_path):
    second = [*PROGRAM, "serve", "--lake", "other", "--state", "lake.service", "--port", "0"]
    with serving(tmp_path, "--local") as (first, _):
        done = subprocess.run(
            [*second, "--local"],
            cwd=tmp_path,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        first.send_signal(signal.SIGKILL)
        first.wait()

    with serving(tmp_path, "--local") as (_, address):
        alive = requests.get(f"{address}/healthz", timeout=60)

    line = done.stderr.splitlines()[-1]
    told = f"a folder must be of one service at a time, but lake.service is of process {first.pid}"
    assert (done.returncode, told in line) == (2, True), line
    assert alive.json() == {"status": "ok"}


def test_tokens_are_made_listed_and_revoked(tmp_path, monkeypatch):
    made = json.loads(sekkei(tmp_path, "token", "create", "ada", "--state", "s", "--json"))
    sekkei(tmp_path, "token", "revoke", made["id"], "--state", "s")
    (listed,) = sekkei(tmp_path, "token", "list", "--state", "s", "--json").splitlines()

    assert made["role"] == "reader"
    assert made["token"] not in listed
    assert json.loads(listed)["revoked"] is not None
