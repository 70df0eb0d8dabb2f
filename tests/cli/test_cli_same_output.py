"""Verbs on the shipped data say what they said before the library was rearranged.

The files in ``golden/`` were written by the commit before the move into wings. A change of one is a
change of what users and their scripts see: make it on purpose, and name it in ``docs/changes``.
"""

import importlib.util
import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
KEY = "a2e6b078253256c2c6c03bf727a2ced5"
HERE = ("--lake", "contacts", "--json")
MODEL = ("--labeler", "tight-binding", "--json")

STORED = {
    "info": ("lake", "info", *HERE),
    "history": ("lake", "history", *HERE),
    "query": ("lake", "query", 'conductance_g0 < 0.01 AND elements HAS "Na"', *HERE),
    "show": ("lake", "show", KEY, *HERE),
    "provenance": ("lake", "show", KEY, "--provenance", *HERE),
    "electrodes": ("electrode", "list", "--json"),
    "schema-experiment": ("schema", "experiment", "--json"),
}
"""What is read from files: every byte is the same."""

COMPUTED = {
    "potassium": ("campaign", "run", "campaigns/potassium-100.yaml", "--dry-run", *HERE),
    "alloys": ("campaign", "run", "campaigns/alloys-100.yaml", "--dry-run", *HERE),
    "histogram": ("histogram", *HERE),
    "label": ("label", "contact.extxyz", *MODEL),
    "channels": ("channels", "contact.extxyz", *MODEL),
    "scan": ("electrode", "scan", "bcc100-5+4", *MODEL),
}
"""What is computed: numbers are the same to nine digits, for libraries may round otherwise."""

_OF_THE_DAY = {"cpu_seconds", "engine"}


def _prepare(folder: Path, call) -> None:
    (folder / "contacts").symlink_to(ROOT / "data" / "contacts", target_is_directory=True)
    (folder / "campaigns").symlink_to(ROOT / "data" / "campaigns", target_is_directory=True)
    call("lake", "export", "contact.extxyz", f'key = "{KEY}"', "--lake", "contacts")


@pytest.fixture
def told(sekkei, tmp_path: Path):
    _prepare(tmp_path, sekkei)

    def tell(*arguments: str) -> str:
        ended = sekkei(*arguments)
        assert ended.code == 0, ended.err
        return ended.out

    return tell


@pytest.mark.parametrize("name", STORED)
def test_what_is_read_is_told_as_before(name: str, told) -> None:
    assert told(*STORED[name]) == (GOLDEN / f"{name}.jsonl").read_text("utf-8")


@pytest.mark.parametrize("name", COMPUTED)
def test_what_is_computed_is_told_as_before(name: str, told) -> None:
    if name in ("potassium", "alloys") and importlib.util.find_spec("gpaw") is None:
        pytest.skip("GPAW is not installed: its version is part of the recipe")

    now = [json.loads(line) for line in told(*COMPUTED[name]).splitlines()]

    before = (GOLDEN / f"{name}.jsonl").read_text("utf-8").splitlines()
    assert _plain(now) == _close(_plain([json.loads(line) for line in before]))


def test_the_shipped_campaigns_find_nothing_to_do() -> None:
    for name in ("potassium", "alloys"):
        plan = json.loads((GOLDEN / f"{name}.jsonl").read_text("utf-8"))
        assert [stage["missing"] for stage in plan["stages"]] == [0, 0]
        assert [stage["expected"] for stage in plan["stages"]] == [0, 0]


def _plain(value):
    if isinstance(value, dict):
        # Bands that meet at the edge of the zone are followed over a step of the grid by rounding.
        lost = {"channels"} if value.get("from_ev", 0) == value.get("to_ev", 1) else set()
        return {k: _plain(item) for k, item in value.items() if k not in _OF_THE_DAY | lost}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _close(value):
    if isinstance(value, dict):
        return {key: _close(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_close(item) for item in value]
    return pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value


if __name__ == "__main__":  # write the files anew, with the program of this environment
    import contextlib
    import io
    import tempfile

    from sekkei.cli.app import run

    def _call(*arguments: str) -> str:
        with contextlib.redirect_stdout(io.StringIO()) as stream:
            assert run(arguments) == 0
        return stream.getvalue()

    with tempfile.TemporaryDirectory() as _folder:
        os.chdir(_folder)
        _prepare(Path(_folder), _call)
        for _name, _verb in (STORED | COMPUTED).items():
            (GOLDEN / f"{_name}.jsonl").write_text(_call(*_verb), "utf-8")
