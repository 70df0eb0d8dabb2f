"""The lock in requirements/ says what pyproject.toml allows, and names no host."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FILES = ("lock.txt", "dev.txt", "dft.txt", "pins.txt")
IMAGE = "image.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Not for the machine that this test runs on: the lock serves several.
PINNED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s\\]+)", re.MULTILINE)


def _locked(*files: str) -> dict[str, str]:
    texts = ((ROOT / "requirements" / file).read_text("utf-8") for file in files)
    return {found["name"]: found["version"] for text in texts for found in PINNED.finditer(text)}


def _direct(group: list[object]) -> list[Requirement]:
    return [Requirement(line) for line in group if isinstance(line, str)]


LIBRARY = _direct(PROJECT["project"]["dependencies"])
EXTRAS = _direct([*chain(*PROJECT["project"]["optional-dependencies"].values())])
GROUPS = _direct([*chain(*PROJECT["dependency-groups"].values())])
BUILD = _direct(PROJECT["build-system"]["requires"])


@pytest.mark.parametrize(
    ("needed", "files"),
    [(LIBRARY, ("lock.txt", "pins.txt")), (LIBRARY + EXTRAS + GROUPS + BUILD, FILES)],
    ids=["library", "everything"],
)
def test_every_direct_dependency_is_locked_within_its_range(
    needed: list[Requirement], files: tuple[str, ...]
) -> None:
    locked = _locked(*files)

    wrong = [
        f"{one}: {locked.get(canonicalize_name(one.name), 'not locked')}; run `make lock`"
        for one in needed
        if locked.get(canonicalize_name(one.name)) not in one.specifier
    ]

    assert needed
    assert wrong == []


def test_what_develops_has_what_runs() -> None:
    library, everything = _locked("lock.txt"), _locked("dev.txt")

    assert library.items() <= everything.items()
    assert len(library) > len(LIBRARY)


def test_the_image_has_every_extra_and_no_checker() -> None:
    library, image, everything = _locked("lock.txt"), _locked(IMAGE), _locked("dev.txt")
    checkers = {canonicalize_name(one.name) for one in GROUPS}
    wanted = {canonicalize_name(one.name) for one in LIBRARY + EXTRAS}

    assert library.items() <= image.items() <= everything.items()
    assert wanted - image.keys() == {"torch", "gpaw", "gpaw-data"}
    assert {"ruff", "mypy", "hypothesis"} <= checkers - image.keys()


def test_everything_but_torch_has_a_hash() -> None:
    for file in ("lock.txt", "dev.txt", "dft.txt", IMAGE):
        text = (ROOT / "requirements" / file).read_text("utf-8")
        assert re.findall(r"^[a-z0-9][^\\\n]*$", text, re.MULTILINE) == [], file

    assert list(_locked("pins.txt")) == ["torch"]


def test_the_constraints_are_those_of_the_lock() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8")

    assert {found["name"]: found["version"] for found in PINNED.finditer(text)} == _locked(*FILES)


@pytest.mark.parametrize("file", [*FILES, IMAGE, "uv.toml", "../constraints.txt"])
def test_no_host_is_named(file: str) -> None:
    text = (ROOT / "requirements" / file).read_text("utf-8")

    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=)", text, re.MULTILINE)
