"""Filters."""

import re

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import Batch, SnapshotRow
from sekkei.lake.query import parse_filter


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
    row = SnapshotRow("ab" * 16, "", batch.snapshots[0].snapshot)
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
    ("text", "complaint"),
    [
        ("", "must have a column at character 1, but found 'the end'"),
        ("frame", "must have one of = != < <= > >= at character 6, but found 'the end'"),
        ("frame ==", "a number or a text in double quotes at character 8, but found '='"),
        ("frame = 1 frame", "must have AND or the end at character 11, but found 'frame'"),
        ("frame = 1 frame = 2", "must have AND or the end at character 11, but found 'frame'"),
        ("frame = 1 OR frame = 2", "must have AND or the end at character 11, but found 'OR'"),
        ("frame = 1 AND", "must have a column at character 14, but found 'the end'"),
        ("frame = 'a'", "must have a column, a comparison or a value at character 9"),
        ("1 < frame", "must have a column at character 1, but found '1'"),
    ],
)
def test_a_syntax_error_says_where(text, complaint):
    with pytest.raises(InvalidInputError, match=re.escape(complaint)):
        parse_filter(text)
