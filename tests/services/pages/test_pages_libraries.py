"""Libraries from npm: pinned, checked, and done without."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import requests

from sekkei_service.pages import render

ROOT = Path(__file__).parents[3]
FETCH = ROOT / "deploy" / "fetch_pages.py"
LISTS = (
    ROOT / "services/sekkei_service/pages/vendor.json",
    Path(__file__).with_name("vendor.json"),
)
NPM = """#!/bin/sh
cp "$SHELF/one-1.0.0.tgz" "$5"
"""


@pytest.fixture
def shelf(tmp_path):
    """A machine whose npm has one package."""
    (tmp_path / "one.js").write_text("1")
    with tarfile.open(tmp_path / "one-1.0.0.tgz", "w:gz") as archive:
        archive.add(tmp_path / "one.js", "package/one.js")
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(NPM)
    program.chmod(0o755)
    return tmp_path


def fetch(shelf, integrity, path=None):
    one = {"package": "one", "version": "1.0.0", "licence": "MIT", "files": {"one.js": "one.js"}}
    (shelf / "list.json").write_text(json.dumps([one | {"integrity": integrity}]))
    search = path or f"{shelf / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, FETCH, shelf / "list.json", shelf / "out"],
        env=os.environ | {"PATH": search, "SHELF": str(shelf)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_library_that_is_not_the_pinned_one_is_refused(shelf):
    done = fetch(shelf, "sha512-AAAA")

    assert done.returncode == 1
    assert "one must be sha512-AAAA, but is sha512-" in done.stderr
    assert not (shelf / "out").exists()


def test_a_library_is_fetched_once(shelf):
    integrity = fetch(shelf, "sha512-AAAA").stderr.rpartition("but is ")[2].strip()

    first, second = fetch(shelf, integrity), fetch(shelf, integrity)

    assert (first.returncode, second.returncode) == (0, 0)
    assert (shelf / "out" / "one.js").read_text() == "1"
    assert "fetched one 1.0.0 (MIT)" in first.stderr
    assert second.stderr == ""


def test_without_npm_nothing_is_fetched_and_nothing_fails(shelf):
    done = fetch(shelf, "sha512-AAAA", path="nowhere")

    assert done.returncode == 0
    assert "npm is not installed" in done.stderr


def test_every_library_is_pinned_and_comes_with_its_licence():
    for file in LISTS:
        for one in json.loads(file.read_text("utf-8")):
            assert one["integrity"].startswith("sha512-")
            assert any("LICENSE" in name for name in one["files"].values()), one["package"]


def test_without_its_libraries_a_page_says_so_and_its_forms_work(serve, monkeypatch, tmp_path):
    monkeypatch.setattr(render, "STATIC", tmp_path)
    service = serve(is_local=True)

    lake = requests.get(f"{service.url}/lake", timeout=60).text
    form = {"name": "two", "specification": "target_g0: 2.0"}
    own = {"origin": service.url}
    begun = requests.post(f"{service.url}/designs", data=form, headers=own, timeout=60)

    assert "make pages" in lake
    assert "vendor" not in lake
    assert begun.url.endswith("/designs/two")
