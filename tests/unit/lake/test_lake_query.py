"""Filters."""

import math
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import Batch, SnapshotRow
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.query.parse import parse_filter
from sekkei.structure.experiment import snapshot_key


def test_conditions_are_joined_by_and(filled, batch):
    values = sorted(row.label.conductance for row in batch.labels)

    found = filled.query(where=[f"conductance_g0 > {values[0]} AND n_channel = 6", "frame >= 0"])

    assert found["conductance_g0"].tolist() == values[1:]


def test_a_label_is_joined_to_its_snapshot_and_experiment(filled, batch):
    found = filled.query(where=['electrode = "bcc100-5+4"', "fraction_K < 0.8"])

    assert found["snapshot"].tolist() == [row.snapshot for row in batch.labels]
    assert set(found["experiment"]) == {batch.experiments[0].key}
    assert found["displacement_angstrom"].tolist() == [0.0, 0.5]
    assert set(found["engine"]) == {"chain 1"}
    assert set(found["experiment_engine"]) == {"lammps test"}


def test_a_structure_without_an_experiment_has_empty_columns(filled, batch):
    snapshot = batch.snapshots[0].snapshot
    row = SnapshotRow(snapshot_key("", 0, snapshot.junction), "", snapshot)
    with filled.committer() as committer:
        committer.commit(Batch(snapshots=(row,)), "a user's structure")

    found = filled.refreshed().query("snapshot", ['experiment = ""'])

    assert found["key"].tolist() == [row.key]
    assert found["electrode"].tolist() == [""]
    assert np.isnan(found["temperature_k"].iloc[0])
    assert len(filled.refreshed().query("snapshot", ["seed = 7"])) == 3


@pytest.mark.parametrize(
    ("where", "frames"),
    [
        ("frame = 1", [1]),
        ("frame != 1", [0, 2]),
        ("frame < 1", [0]),
        ("frame <= 1", [0, 1]),
        ("frame > 1", [2]),
        ("frame >= 1.0e0", [1, 2]),
        ('stage != "pull"', []),
        ("displacement_angstrom > -.5 AND frame = 2", [2]),
    ],
)
def test_each_comparison_selects_its_rows(filled, where, frames):
    assert filled.query("snapshot", [where])["frame"].tolist() == frames


def test_only_the_columns_asked_for_are_returned(filled):
    found = filled.query("prediction", ["frame > 0"], columns=["sigma_g0", "electrode"])

    assert found.columns.tolist() == ["sigma_g0", "electrode"]
    assert len(found) == 2


def test_a_misspelt_column_is_answered_with_the_nearest(filled):
    with pytest.raises(InvalidInputError, match="'conductance'; did you mean conductance_g0"):
        filled.query(where=["conductance > 1"])


def test_a_text_is_not_compared_with_a_number(filled):
    with pytest.raises(InvalidInputError, match="electrode must be compared with a text"):
        filled.query(where=["electrode = 5"])
    with pytest.raises(InvalidInputError, match="frame must be compared with a number"):
        filled.query(where=['frame = "5"'])


@pytest.mark.parametrize(
    ("text", "at", "complaint"),
    [
        ("", 1, "must have a property, NOT or ( at character 1, but found the end: ^;"),
        ("frame", 6, "found the end: frame^;"),
        ("frame ==", 8, "a number, a property or a text in double quotes at character 8"),
        ("frame = 1 frame = 2", 11, "must have AND, OR or the end at character 11"),
        ("frame = 1 AND", 14, "at character 14, but found the end: frame = 1 AND^;"),
        ("frame = 'a'", 9, "but found \"'\": frame = ^'a';"),
        ("(frame = 1", 11, "must have ), AND or OR at character 11"),
        ("frame = 1)", 10, "must have AND or OR at character 10, but found ')'"),
        ("Frame = 1", 1, "at character 1, but found 'F': ^Frame = 1;"),
        ("1 < 2", 1, "a property beside every constant"),
        ("elements.x = 1", 1, "properties without a dot"),
        ('elements HAS > "K"', 10, "values without comparisons in a list"),
        ('elements:nsites HAS "K":2', 1, "one list at a time"),
        ("frame = TRUE", 1, "must have a number or a text"),
    ],
)
def test_a_syntax_error_says_where_in_one_line(text, at, complaint):
    with pytest.raises(InvalidInputError, match=re.escape(complaint)) as caught:
        parse_filter(text)

    assert caught.value.facts["position"] == at - 1
    assert "\n" not in caught.value.message
    assert f"{text[: at - 1]}^{text[at - 1 :]}" in caught.value.message


@pytest.mark.parametrize(
    ("where", "frames"),
    [
        ("frame = 0 OR frame = 2", [0, 2]),
        ("NOT frame = 1", [0, 2]),
        ('NOT (frame = 0 OR frame = 2) AND stage = "pull"', [1]),
        ("frame = 0 OR frame = 1 AND cycle = 5", [0]),  # AND binds closer than OR
        ("(frame = 0 OR frame = 1) AND cycle = 5", []),
        ("1 <= frame", [1, 2]),
        ("_sekkei_frame = 1", [1]),
        ("_sekkei_fraction_k > 0.7 AND fraction_Na < 0.3 AND fraction_k = 0.75", [0, 1, 2]),
        ("frame = cycle", [0]),
        ("displacement_angstrom < narrowest_angstrom2", [0, 1, 2]),
        ("stage = potential", []),
        ('stage CONTAINS "ul" AND stage STARTS WITH "pu" AND stage ENDS "ll"', [0, 1, 2]),
        ('electrode CONTAINS "Sg"', []),
        ("temperature_k IS KNOWN AND experiment IS KNOWN AND stage IS KNOWN", [0, 1, 2]),
        ("elements IS UNKNOWN OR seed IS UNKNOWN", []),
        ('stage > "pulk"', [0, 1, 2]),
        ("nsites > 0 AND nelements >= 1", [0, 1, 2]),
        ('elements HAS ONLY "K","Na"', [0, 1, 2]),
        ('elements HAS ANY "Li","Cs"', []),
        ('elements HAS "K" AND elements HAS ONLY "K"', []),
    ],
)
def test_the_grammar_of_optimade_selects_rows(filled, where, frames):
    assert filled.query("snapshot", [where])["frame"].tolist() == frames


def test_elements_and_formulas_are_those_of_the_atoms(filled, batch):
    names = ["key", "elements", "nelements", "nsites", "chemical_formula_reduced"]

    found = filled.query("snapshot", columns=[*names, "chemical_formula_anonymous"])

    for row, record in zip(batch.snapshots, found.to_dict("records"), strict=True):
        counts = Counter(row.snapshot.junction.to_atoms().get_chemical_symbols())
        divisor = math.gcd(*counts.values())
        assert record["elements"] == sorted(counts)
        assert record["nelements"] == len(counts)
        assert record["nsites"] == sum(counts.values())
        # As the specification has it: alphabetical, a count of one is not written.
        assert record["chemical_formula_reduced"] == "".join(
            f"{symbol}{counts[symbol] // divisor if counts[symbol] > divisor else ''}"
            for symbol in sorted(counts)
        )
        assert record["chemical_formula_anonymous"].startswith("A")


def test_lists_are_asked_for_members_and_length(filled):
    every = filled.query("snapshot", columns=["key", "elements"])

    def keys(where):
        return filled.query("snapshot", [where])["key"].tolist()

    def expected(fits):
        return [key for key, elements in zip(*every.to_dict("list").values(), strict=True)
                if fits(set(elements))]  # fmt: skip

    assert keys('elements HAS ALL "K","Na"') == expected(lambda e: {"K", "Na"} <= e)
    assert keys('elements HAS ANY "Na","Cs"') == expected(lambda e: "Na" in e)
    assert keys('elements HAS ONLY "K"') == expected(lambda e: e <= {"K"})
    assert keys("elements LENGTH 2") == expected(lambda e: len(e) == 2)
    assert keys("elements LENGTH < 2") == expected(lambda e: len(e) < 2)


def test_what_is_not_known_is_neither_equal_nor_different(filled, batch):
    snapshot = batch.snapshots[0].snapshot
    row = SnapshotRow(snapshot_key("", 0, snapshot.junction), "", snapshot)
    with filled.committer() as committer:
        committer.commit(Batch(snapshots=(row,)), "a user's structure")
    lake = filled.refreshed()

    def keys(where):
        return lake.query("snapshot", [where])["key"].tolist()

    assert row.key not in keys("temperature_k > 0 OR temperature_k <= 0 OR temperature_k != 0")
    assert keys("temperature_k IS UNKNOWN") == keys("experiment IS UNKNOWN") == [row.key]
    assert keys(f'id = "{row.key}"') == [row.key]
    assert keys(f'key STARTS WITH "{row.key[:9]}"') == [row.key]
    assert len(keys('key != "no key at all"')) == 4


@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        ("_sekkei_narowest_angstrom2 > 1", "did you mean _sekkei_narrowest_angstrom2"),
        ("nelement = 1", "did you mean nelements"),
        ('elements = "K"', "elements must be used as what it is, and it is a list"),
        ('stage HAS "pull"', "stage must be used as what it is, and it is no list"),
        ('frame CONTAINS "1"', "frame must be a text to be matched"),
        ("stage CONTAINS 1", "stage must be compared with a text"),
        ('elements HAS "Xx"', "must be a chemical symbol, but found 'Xx'"),
        ("elements HAS 1", "elements must be compared with a text"),
        ("frame = stage", "frame and stage must be of one kind"),
        ("frame = nothing", "'nothing'"),
    ],
)
def test_what_means_nothing_is_refused_before_anything_is_read(filled, where, complaint):
    with pytest.raises(InvalidInputError, match=complaint):
        filled.query("snapshot", [f"frame = 99 AND ({where})"])


def test_results_come_in_pieces_and_as_dask_arrays(filled, monkeypatch):
    monkeypatch.setattr("sekkei.lake.query.selection.ROWS_AT_ONCE", 2)
    monkeypatch.setattr("sekkei.lake.column_reader.PIECE", 2)
    where = ["frame >= 0 AND nsites > 0"]

    whole = filled.query("snapshot", where)
    pieces = list(filled.selection("snapshot", where).frames())
    lazy = filled.select("label/transmission", ["frame = 1"])

    assert [len(piece) for piece in pieces] == [2, 1]
    assert pd.concat(pieces, ignore_index=True).equals(whole)
    np.testing.assert_array_equal(lazy.compute(), filled.array("label/transmission")[1:2])
    assert filled.select("label/transmission").shape == (2, 5)


def test_columns_that_were_not_used_for_longest_are_forgotten(filled):
    reader = ColumnReader(filled._root, room=48)
    names = ("frame", "cycle", "n_atom", "frame")  # 24 bytes each

    values = [reader.take("snapshot", name, np.array([2, -1])) for name in names]

    assert [key[1] for key in reader.kept._kept] == ["n_atom", "frame"]
    assert values[0][0] == 2
    assert np.isnan(values[0][1])


def test_the_past_is_read_by_the_name_of_a_state(filled, batches):
    with filled.committer() as committer:
        committer.tag("before", filled.state_id)
        committer.commit(batches(seed=1), "more")

    now = filled.refreshed()

    assert len(now.query("snapshot", ["frame = 1"])) == 2
    assert len(now.at("before").query("snapshot", ["frame = 1"])) == 1
