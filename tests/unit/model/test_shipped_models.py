"""Models that are shipped have a card of their own, and are small."""

import json
from pathlib import Path

import pytest

from sekkei.model import read_card

FOLDERS = sorted((Path(__file__).parents[3] / "data" / "models").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_card_is_that_of_the_model(folder: Path) -> None:
    saved = json.loads((folder / "surrogate.json").read_text("utf-8"))

    card = read_card(folder)

    assert saved["identity"] in card
    assert saved["label_recipe"] in card
    assert "## What it must not be used for" in card


def test_they_are_arrays_and_text_of_twenty_megabytes_at_most() -> None:
    files = [file for folder in FOLDERS for file in folder.rglob("*") if file.is_file()]

    assert {file.suffix for file in files} <= {".json", ".npz", ".md"}
    assert sum(file.stat().st_size for file in files) <= 20 * 2**20
