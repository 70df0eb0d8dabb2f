"""Saved predictors are loaded by the name of their family."""

import json
import tomllib
from pathlib import Path

import pytest

from sekkei.errors import InvalidInputError
from sekkei.model import load_predictor, predictor_families
from sekkei.model.families import GROUP, SHIPPED

ROOT = Path(__file__).parents[3]


def test_the_families_that_are_shipped_are_registered_for_others_to_see() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["entry-points"][GROUP] == SHIPPED
    assert set(SHIPPED) <= set(predictor_families())


def test_an_unknown_family_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    (tmp_path / "surrogate.json").write_text('{"family": "oracle"}')

    with pytest.raises(InvalidInputError, match=r"must be one of .*direct.* has 'oracle'"):
        load_predictor(tmp_path)


def test_a_folder_from_before_families_is_read_as_direct(tmp_path: Path) -> None:
    (tmp_path / "surrogate.json").write_text(json.dumps({"format": 1}))
    (tmp_path / "weights.npz").write_bytes(b"")

    with pytest.raises(InvalidInputError, match="a direct model must have format"):
        load_predictor(tmp_path)


@pytest.mark.parametrize("content", [None, "[", "[]"])
def test_a_folder_without_a_predictor_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "surrogate.json").write_text(content)

    with pytest.raises(InvalidInputError, match=r"surrogate\.json"):
        load_predictor(tmp_path)
