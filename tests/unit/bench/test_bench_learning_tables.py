"""Rows of the benchmark of learning: errors by range, coverage, and tables in markdown."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from sekkei.bench.learning_coverage import coverage_rows
from sekkei.bench.learning_errors import Judged, error_row
from sekkei.bench.learning_markdown import as_markdown, read_rows
from sekkei.bench.learning_splits import Split
from sekkei.errors import InvalidInputError
from sekkei.model import Dataset, Predictions
from sekkei.testing.registry_laws import small_dataset


def labelled(truth: list[float]) -> Dataset:
    whole = small_dataset(n_experiment=2).rows(np.arange(len(truth)))
    object.__setattr__(whole, "conductance_g0", np.array(truth))
    return whole


def judged(truth: list[float], mean: list[float], predictions: Predictions | None = None) -> Judged:
    data = labelled(truth)
    split = Split("size", "K", data, {"1x": data})
    return Judged(split, "1x", "direct", 5, np.array(mean), predictions)


def predictions(mean: list[float], sigma: list[float], outside: list[bool]) -> Predictions:
    reasons = ["strange" if is_outside else "" for is_outside in outside]
    n = len(mean)
    return Predictions.bounded(
        np.array(mean), np.array(sigma), np.full(n, 6), np.ones(n, dtype=bool), reasons
    )


def test_errors_stand_in_the_range_of_the_label() -> None:
    # A label below zero by rounding is a broken contact.
    row = error_row(judged([-1e-9, 0.4, 1.0, 3.0], [0.1, 0.7, 1.5, 2.0]))

    assert row["mae_0_0.5_g0"] == pytest.approx(0.2)
    assert row["mae_0.5_1.5_g0"] == pytest.approx(0.5)
    assert row["mae_1.5_3_g0"] is None
    assert row["mae_above_3_g0"] == pytest.approx(1.0)
    assert row["max_g0"] == pytest.approx(1.0)
    assert row["mae_g0"] == pytest.approx(1.9 / 4.0)
    # Errors 0.1, 0.3, 0.5 and 1.0: the quantile lies at 2.85 of the way from 0 to 3.
    assert row["q95_g0"] == pytest.approx(0.5 + 0.85 * 0.5)
    assert (row["n"], row["n_experiment"], row["n_learned"]) == (4, 1, 5)


def test_intervals_are_counted_inside_and_outside_apart() -> None:
    found = predictions([1.0, 1.0, 1.0], [0.1, 0.1, 0.5], [False, False, True])

    inside, outside = coverage_rows(judged([1.05, 1.09, 3.0], [1.0, 1.0, 1.0], found))

    # The 50 % interval of a normal distribution is 0.674 standard deviations wide.
    assert (inside["covered_50"], inside["covered_68"], inside["covered_90"]) == (0.5, 1.0, 1.0)
    assert (inside["n"], inside["where"]) == (2, "inside")
    assert (outside["covered_90"], outside["where"]) == (0.0, "outside")


def test_a_model_without_intervals_covers_nothing() -> None:
    assert list(coverage_rows(judged([1.0], [1.0]))) == []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    one = judged(
        [0.4, 1.0, 3.0], [0.7, 1.5, 2.0], predictions([0.7, 1.5, 2.0], [1.0] * 3, [False] * 3)
    )
    cost = {"table": "cost", "model": "direct", "test": "1x", "n": 1, "cpu_s": 0.00123}
    fewer = {**error_row(one), "table": "labels", "n_learned": 3}
    rows = [error_row(one), fewer, *coverage_rows(one), cost]
    path = tmp_path / "learning.json"
    path.write_text(json.dumps({"name": "learning", "rows": rows}))
    return path


def test_tables_are_written_in_short_and_in_full(file: Path) -> None:
    short, full = as_markdown(read_rows(file)).split("# All tables\n")

    assert "| `direct` | 0.600 (0.638) |" in short
    assert "| `direct` | 3 | 0.600 (0.638) |\n| `direct` | 5 | 0.600 (0.638) |" in short
    assert "| direct" not in short
    assert "| K | 5 | 1x | `direct` | 3 | 1 | 0.638 | 0.600 |" in full
    assert "0.0012" in full
    # A column that no row fills is left out.
    assert "atoms" not in full


def test_every_table_in_markdown_is_one(file: Path) -> None:
    text = as_markdown(read_rows(file))

    tables = re.findall(r"(?:^\|[^\n]*\n)+", text, re.MULTILINE)
    assert tables
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_another_file_is_no_table(tmp_path: Path) -> None:
    other = tmp_path / "kernel.json"
    other.write_text(json.dumps({"name": "kernel", "rows": []}))

    with pytest.raises(InvalidInputError, match=r"is of 'kernel'; name its learning\.json"):
        read_rows(other)
    with pytest.raises(InvalidInputError, match="is none: "):
        read_rows(tmp_path / "missing.json")
