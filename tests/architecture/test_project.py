"""What a project that lives long keeps in order: version, citation, package, templates."""

import re
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder

import sekkei

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
FRAGMENTS = sorted((ROOT / "docs" / "changes").iterdir())


def test_the_version_is_the_same_wherever_it_stands() -> None:
    assert PROJECT["project"]["version"] == sekkei.__version__ == CITATION["version"]


def test_the_citation_has_what_its_format_asks_for() -> None:
    # Required by the Citation File Format 1.2.0; `cffconvert --validate` found the file valid.
    assert CITATION["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= CITATION.keys()
    assert CITATION["license"] == PROJECT["project"]["license"]
    (paper,) = CITATION["references"]
    assert re.fullmatch(r"10\.\d{4,}/\S+", paper["doi"])
    assert paper["doi"] in PROJECT["project"]["urls"]["Method"]


def test_the_wheel_says_that_it_is_typed_and_holds_no_tests(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])

    names = zipfile.ZipFile(wheel).namelist()
    assert "sekkei/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"sekkei", "sekkei_service"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_an_issue_template_asks_for_something(path: Path) -> None:
    template = yaml.safe_load(path.read_text("utf-8"))

    if path.stem == "config":
        assert template["blank_issues_enabled"]
        return
    assert {"name", "description", "body"} <= template.keys()
    assert any(part["validations"]["required"] for part in template["body"][:1])


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_a_change_fragment_has_a_name_that_the_change_log_understands(path: Path) -> None:
    kinds = "|".join(kind["directory"] for kind in PROJECT["tool"]["towncrier"]["type"])

    assert re.fullmatch(rf"(\d+|\+[a-z0-9-]+)\.({kinds})(\.\d+)?\.md", path.name)
    assert path.read_text("utf-8").strip()
