"""A damaged lake at the command line: what is said of it, and the way back."""

import json
import shutil
from pathlib import Path

import pytest

from sekkei.lake import Lake


@pytest.fixture
def own(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "own"))


def test_a_lake_is_restored_after_a_dry_run(sekkei, own):
    sound = Lake.open(own).history()[1][0]
    (own / "repo" / "snapshots" / Lake.open(own).state_id).write_bytes(b"")

    read = sekkei("lake", "info", "--lake", own)
    told = sekkei("lake", "restore", "--lake", own)
    still = sekkei("lake", "verify", "--lake", own)
    done = sekkei("lake", "restore", "--lake", own, "--yes", "--json")
    after = sekkei("lake", "verify", "--lake", own)

    assert (read.code, told.code, still.code, done.code, after.code) == (1, 0, 1, 0, 0)
    assert "the lake is damaged: see what sekkei lake restore --lake" in read.errors[0]
    assert "nothing was changed; --yes restores it" in told.err
    assert sound in told.out
    assert json.loads(done.out)["after"] == Lake.open(own).state_id == sound


def test_a_sound_lake_needs_no_way_back(sekkei, own):
    told = sekkei("lake", "restore", "--lake", own, "--json")

    found = json.loads(told.out)
    assert (told.code, told.err) == (0, "")
    assert found["before"] == found["after"] == Lake.open(own).state_id


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet", "rows.extxyz"])
def test_an_export_into_a_folder_that_is_not_there_is_refused_first(sekkei, filled, name):
    told = sekkei("lake", "export", f"no/such/{name}", "--lake", filled)

    assert told.code == 2
    assert len(told.errors) == 1


@pytest.mark.parametrize("days", ["inf", "nan"])
def test_days_without_an_end_are_refused(sekkei, filled, days):
    told = sekkei("lake", "gc", "--lake", filled, "--older-than-days", days)

    assert told.code == 2
    assert len(told.err.splitlines()) >= 1


def test_verify_says_which_arrays_have_no_checksums(sekkei):
    shipped = Path(__file__).parents[2] / "data" / "contacts"

    told = sekkei("lake", "verify", "--lake", shipped)

    assert told.code == 0
    assert "arrays have no checksums; sekkei lake copy adds them" in told.err
