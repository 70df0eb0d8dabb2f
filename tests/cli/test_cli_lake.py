"""The verbs of `sekkei lake` that change or move lakes."""

import json
import shutil
from pathlib import Path

import pytest

from sekkei.lake import Lake


def rows(ended):
    return [json.loads(line) for line in ended.out.splitlines()]


@pytest.fixture
def own(filled, tmp_path):
    return Path(shutil.copytree(filled, tmp_path / "own"))


def test_a_filter_in_the_grammar_of_optimade_selects_rows(sekkei, filled):
    where = 'elements HAS ONLY "K" AND NOT (nsites < 1 OR conductance_g0 IS UNKNOWN)'

    told = sekkei("lake", "query", where, "--lake", filled, "--json", "--column", "key",
                  "--column", "elements")  # fmt: skip

    assert {row["key"] for row in rows(told)} == Lake.open(filled).keys("label")
    assert rows(told)[0]["elements"] == ["K"]


def test_a_syntax_error_is_one_line_with_its_place(sekkei, filled):
    told = sekkei("lake", "query", "frame = 1 frame = 2", "--lake", filled)

    assert told.code == 2
    (line,) = told.errors
    assert "character 11" in line
    assert "frame = 1 ^frame = 2" in line


def test_the_past_is_read_tagged_and_shown(sekkei, own, filled):
    state = Lake.open(own).state_id
    sekkei("lake", "tag", "first", "--lake", own)
    first, *_ = rows(sekkei("lake", "query", "--lake", own, "--json", "--limit", "1"))

    tagged = rows(sekkei("lake", "tag", "--lake", own, "--json"))
    history = rows(sekkei("lake", "history", "--lake", own, "--json", "--limit", "1"))
    shown = rows(sekkei("lake", "show", first["key"], "--lake", own, "--at", "first", "--json"))
    trace = rows(sekkei("lake", "show", first["key"], "--lake", own, "--provenance", "--json"))
    wrong = sekkei("lake", "query", "--lake", own, "--at", "nothing")

    assert tagged == [{"tag": "first", "state": state}]
    assert history[0]["tags"] == ["first"]
    assert shown[0]["conductance_g0"] == first["conductance_g0"]
    assert [row["table"] for row in trace] == ["label", "snapshot", "experiment"]
    assert trace[0]["code_version"]
    assert wrong.code == 2
    assert "nothing" in wrong.errors[0]


@pytest.mark.parametrize("days", ["1e400", "99999999999", "nan"])
def test_days_beyond_the_calendar_are_wrong_usage(sekkei, filled, days):
    told = sekkei("lake", "gc", "--lake", filled, "--older-than-days", days)

    assert told.code == 2
    assert "older-than-days" in told.errors[0]


def test_old_states_are_deleted_after_a_dry_run_said_what_that_frees(sekkei, own):
    command = ("lake", "gc", "--lake", own, "--older-than-days", "0", "--json")

    (told,) = rows(sekkei(*command, "--dry-run"))
    (done,) = rows(sekkei(*command))

    assert told == done | {"is_dry_run": True}
    assert done["states"] > 0
    assert rows(sekkei("lake", "verify", "--lake", own, "--json")) == []


def test_rows_go_out_and_come_in(sekkei, filled, tmp_path):
    for name in ("labels.parquet", "plain.zarr", "labels.csv", "out.extxyz"):
        assert sekkei("lake", "export", name, "--lake", filled).code == 0

    (brought,) = rows(sekkei("lake", "import", filled, "--lake", "other", "--json"))
    (again,) = rows(sekkei("lake", "import", filled, "--lake", "other", "--json"))
    (file,) = rows(sekkei("lake", "import", "out.extxyz", "--lake", "third", "--json"))
    neither = sekkei("lake", "import", "nothing.extxyz", "--lake", "other")
    ending = sekkei("lake", "export", "labels.xlsx", "--lake", filled)

    lake = Lake.open(filled)
    assert brought["new_rows"]["label"] == len(lake.keys("label"))
    assert not any(again["new_rows"].values())
    assert file["new_rows"] == {name: len(lake.keys("label")) for name in ("snapshot", "label")}
    assert neither.code == ending.code == 2
    assert "neither" in neither.errors[0]
    assert ".parquet" in ending.errors[0]


def test_a_row_is_withdrawn_and_reinstated(sekkei, own):
    first, *_ = rows(sekkei("lake", "query", "--lake", own, "--json", "--limit", "1"))
    about = ("lake", "withdraw", first["key"], "--lake", own, "--json", "--reason")

    (done,) = rows(sekkei(*about, "a wrong lead"))
    left = rows(sekkei("lake", "query", "--lake", own, "--json"))
    (shown, *_) = rows(sekkei("lake", "show", first["key"], "--lake", own, "--json"))
    (newest, *_) = rows(sekkei("lake", "history", "--lake", own, "--json"))
    again = sekkei(*about, "a wrong lead")
    (back,) = rows(sekkei(*about, "a right lead", "--reinstate"))
    unknown = sekkei("lake", "withdraw", "ab" * 16, "--lake", own, "--reason", "none")
    brought = sekkei("lake", "import", own, "--lake", "another", "--json")

    assert done["withdrawn"]["label"] == 1
    assert first["key"] not in {row["key"] for row in left}
    assert shown["withdrawn"] == "a wrong lead"
    assert newest["message"] == f"withdraw label {first['key']}: a wrong lead"
    assert "withdrawn already" in again.err
    assert back["withdrawn"] == {}
    assert "withdrawals and reinstatements that came in: 2; left out now: nothing" in brought.err
    assert json.loads(brought.out)["new_rows"]["withdrawal"] == 2
    assert unknown.code == 2


def test_a_copy_without_matrices_has_all_labels_and_an_empty_one_is_told(sekkei, filled):
    told = sekkei("lake", "copy", "small", "--lake", filled, "--without-matrices", "--json")
    empty = sekkei("lake", "copy", "none", 'elements HAS "Cs"', "--lake", filled)

    assert told.code == empty.code == 0
    assert Lake.open("small").keys("label") == Lake.open(filled).keys("label")
    assert len(Lake.open("small").table("matrix")) == 0
    assert "no label fits" not in told.err
    assert "no label fits these filters: the copy is empty" in empty.err
    assert len(Lake.open("none").table("label")) == 0
