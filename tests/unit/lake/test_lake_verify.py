"""Damage is found, each kind by its own line."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icechunk
import numpy as np
import pytest
import zarr

from sekkei.lake import Lake
from sekkei.lake.commit_note import note_of

DATA = Path(__file__).parents[3] / "data" / "contacts"


def _duplicate(root):
    root["label/key"][1] = root["label/key"][0]


def _orphan(path):
    def change(root):
        root[path][0] = np.full(16, 0xAB, dtype=np.uint8)

    return change


def _shift(root):
    root["snapshot/offset"][1] = root["snapshot/offset"][1] + 1


def _lose_atoms(root):
    for name in ("number", "position", "region"):
        array = root[f"atom/{name}"]
        array.resize((array.shape[0] - 1, *array.shape[1:]))


def _nan(path):
    def change(root):
        root[path][(0,) * root[path].ndim] = np.nan

    return change


def _gap(root):
    root["label/eigenchannels"].resize((2, 3))
    root["label/eigenchannels"][1] = [0.9, np.nan, 0.1]


def _one_period(root):
    root["snapshot/lateral_period_angstrom"][2] = [10.66, np.nan]


def _widen(root):
    root["label/transmission"].resize((2, 7))


def _write(text):
    def change(root):
        root["experiment/spec"][0] = text

    return change


def _lengthen(root):
    root["label/conductance_g0"].resize((3,))


def _widen(path, by):
    def change(root):
        n_row, width = root[path].shape
        root[path].resize((n_row, width + by))

    return change


def _nest(root):
    root["experiment/spec"][0] = "[" * 100_000


def _spoil_text(root):
    root["experiment/spec"][0] = "9" * 5000


def _rename_unit(root):
    root["label/conductance_g0"].attrs["unit"] = "S"


def _lose_column(root):
    del root["label/iterations"]


def _flip(path, by):
    def change(root):
        root[path][0] = root[path][0] + by

    return change


DAMAGE = {
    "atom": (_flip("atom/position", 1e-12), "snapshot: key of row 0 is .*what the row says gives"),
    "spec": (
        _flip("experiment/spec", "}"),
        "experiment: key of row 0 .* specification is not JSON",
    ),
    "engine": (_flip("experiment/engine", "2"), "experiment: key of row 0 is"),
    "recipe": (_flip("label/recipe", "2"), "label: key of row 0 is"),
    "refusal": (_flip("refusal/recipe", "2"), "refusal: key of row 0 is"),
    "model": (_flip("prediction/model", "2"), "prediction: key of row 0 is"),
    "matrix": (_orphan("matrix/label"), "matrix: row 0 refers to label abab"),
    "matrix key": (_orphan("matrix/key"), "matrix: key of row 0 is"),
    "matrix recipe": (
        _flip("matrix/recipe", "2"),
        "matrix: row 0 must be of the snapshot and the recipe of its",
    ),
    "matrix snapshot": (_orphan("matrix/snapshot"), "matrix: row 0 must be of the snapshot and"),
    "pair": (_flip("matrix_pair/second", 7), "matrix: row 0 must have pairs of its 3 atoms, the"),
    "element": (_nan("matrix_value/overlap"), "matrix: row 0 must have finite elements"),
    "orbital": (_flip("matrix_atom/n_orbital", 1), r"matrix: row 0 must have \d+ elements, but"),
    "imaginary": (_flip("matrix_value/overlap_imaginary", 1.0), "matrix: row 0 must be real, for"),
    "weight": (_flip("matrix_k/weight", 1.0), "matrix: row 0 must have weights that add up to 1"),
    "duplicate key": (_duplicate, "label: key [0-9a-f]{32} occurs again in row 1"),
    "experiment": (_orphan("snapshot/experiment"), "snapshot: row 0 refers to experiment abab"),
    "label": (_orphan("label/snapshot"), "label: row 0 refers to snapshot abab"),
    "prediction": (_orphan("prediction/snapshot"), "prediction: row 0 refers to snapshot abab"),
    "structure": (_orphan("proposal/snapshot"), "proposal: row 0 refers to snapshot abab"),
    "proof": (_orphan("proposal/label"), "proposal: row 0 refers to label abab"),
    "offset": (_shift, r"snapshot: row 1 must start at row \d+ of atom, but its offset is \d+"),
    "atoms": (_lose_atoms, r"atom: snapshot has \d+ rows in it, but it has \d+"),
    "conductance": (_nan("label/conductance_g0"), "label: conductance_g0 of row 0 must be finite"),
    "spectrum": (_nan("label/transmission"), "label: row 0 must have a finite transmission"),
    "gap": (_gap, "label: eigenchannels of row 1 must be finite up to the last"),
    "period": (_one_period, "snapshot: row 2 must have two lateral periods or none, but has one"),
    "negative": (_flip("label/conductance_g0", -9.0), "label: conductance_g0 of row 0 must be at"),
    "unknown element": (
        _flip("atom/number", 200),
        "snapshot: row 0 must have elements 1",
    ),
    "width": (
        _widen("label/transmission", 2),
        "label: energy_ev and transmission must be equally wide, but found 5 and 7",
    ),
    "narrow": (_widen("label/energy_ev", -1), "label: row 0 must have a finite transmission at"),
    "nesting": (_nest, "experiment: key of row 0 .* specification is nested too deeply"),
    "digits": (_spoil_text, "experiment: key of row 0 .* specification is not JSON"),
    "unit": (_rename_unit, "label: unit of conductance_g0 must be G0, but is S"),
    "column": (_lose_column, "label: iterations is missing"),
    "length": (_lengthen, "label: columns must be equally long, but found key 2, .*_g0 3"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found(damage, name):
    change, line = DAMAGE[name]

    problems = damage(change).verify()

    assert len([problem for problem in problems if re.match(line, problem)]) == 1


def test_a_sound_lake_has_no_problems(filled):
    assert filled.verify() == []


def test_objects_that_are_broken_or_missing_are_found(filled):
    chunks = sorted((filled.path / "repo" / "chunks").iterdir(), key=lambda p: -p.stat().st_size)
    chunks[0].write_bytes(b"x" * chunks[0].stat().st_size)
    chunks[1].unlink()

    problems = filled.verify()

    assert problems
    assert all(re.match(r"\w+: \w+ cannot be read from row 0 on: \S", line) for line in problems)


def test_damage_that_nobody_foresaw_ends_no_check_with_a_traceback(damage):
    def change(root):
        root["snapshot/n_atom"][0] = -3
        root["atom/region"][0] = 77

    assert damage(change).verify()


@pytest.mark.parametrize("kind", ["snapshots", "refs/tag.kept"])
def test_damage_before_the_newest_state_is_found(filled, batches, kind):
    with filled.committer() as committer:
        committer.tag("kept", filled.state_id)
        committer.commit(batches(1), "more")
    for file in (filled.path / "repo" / kind).iterdir():
        if file.name != filled.refreshed().state_id:
            file.write_bytes(b"")

    problems = Lake.open(filled.path).verify()

    assert problems
    assert all(re.match("history: states before|tag: kept", problem) for problem in problems)


def test_new_lakes_and_copies_have_checksums_and_old_ones_are_read_without(filled, tmp_path):
    n_array = filled.count_unchecked()[1]

    old = Lake.open(DATA).count_unchecked()
    copied = filled.copy(tmp_path / "copy").count_unchecked()

    assert filled.count_unchecked() == copied == (0, n_array)
    assert old[0] == old[1] > 0


def test_a_log_of_a_commit_that_is_broken_is_named(filled, batches) -> None:
    with filled.committer() as committer:
        state = committer.commit(batches(1), "more")
    (filled.path / "repo" / "transactions" / state).write_bytes(b"")

    problems = filled.refreshed().verify()

    assert [line.split(":")[0] for line in problems] == ["commit"]
    assert f"the log of {state} cannot be read" in problems[0]


def test_a_commit_whose_words_were_changed_is_named(filled) -> None:
    session = filled_session(filled)
    state = session.commit("other words", metadata=note_of("words", {"label": 3}))

    problems = filled.refreshed().verify()

    assert problems == [f"commit: message or counts of {state} are not as they were written"]


def filled_session(lake):
    storage = icechunk.local_filesystem_storage(str(lake.path / "repo"))
    session = icechunk.Repository.open(storage).writable_session("main")
    zarr.open_group(session.store, mode="r+").attrs["touched"] = True
    return session


def test_a_history_after_gc_is_sound(filled, batches) -> None:
    with filled.committer() as committer:
        for seed in (1, 2, 3):
            committer.commit(batches(seed), f"batch {seed}")
        committer.gc(datetime.now(UTC) + timedelta(days=1))

    lake = filled.refreshed()

    assert lake.verify() == []
