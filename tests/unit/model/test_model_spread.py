"""Figures over several splits."""

import numpy as np
import pytest

from sekkei.model import Dataset, spread_over_splits, train_on_splits, train_surrogate
from sekkei.model.metric import EvaluationReport, MetricRow, ParityTable
from sekkei.testing.registry_laws import QUICK, small_dataset

NOTHING = ParityTable("test", (), np.empty(0), np.empty(0), np.empty(0))


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return small_dataset(n_experiment=5)


def figures(model: str, mae: float, r2: float = 0.5, n: int = 10) -> MetricRow:
    return MetricRow(model, "test", n, 2, r2, mae, mae, mae)


def report(*rows: MetricRow) -> EvaluationReport:
    return EvaluationReport(rows, (), NOTHING, NOTHING, ())


def test_every_split_is_the_training_of_its_seed(dataset: Dataset) -> None:
    counted = []

    found = train_on_splits(
        dataset, QUICK, range(3, 5), progress=lambda *counts: counted.append(counts)
    )

    alone = train_surrogate(dataset, QUICK, 4)
    assert [training.seed for training in found] == [3, 4]
    assert found[1].report.rows == alone.report.rows
    assert found[1].surrogate.identity == alone.surrogate.identity
    assert counted == [(1, 2), (2, 2)]


def test_results_that_come_in_another_order_are_put_in_order(dataset: Dataset) -> None:
    found = train_on_splits(
        dataset, QUICK, (0, 1), each=lambda call, seeds: [call(seed) for seed in reversed(seeds)]
    )

    assert [training.seed for training in found] == [0, 1]


def test_the_spread_is_that_of_the_figures_of_each_split() -> None:
    reports = [
        report(figures("series", mae, r2), figures("ridge", 0.3))
        for mae, r2 in ((0.1, 0.9), (0.4, 0.6), (0.1, float("nan")))
    ]

    series, ridge = spread_over_splits(reports)

    # Of 0.1, 0.4 and 0.1: mean 0.2, variance (0.01 + 0.04 + 0.01) / 2 = 0.03.
    assert (series.model, series.split, series.n_split, series.n) == ("series", "test", 3, 30)
    assert series.mae_mean == pytest.approx(0.2, abs=1e-12)
    assert series.mae_std == pytest.approx(np.sqrt(0.03), abs=1e-12)
    assert (series.mae_min, series.mae_max) == (0.1, 0.4)
    assert (series.r2_mean, series.r2_min, series.r2_max) == (pytest.approx(0.75), 0.6, 0.9)
    assert (series.n_best, ridge.n_best) == (2, 1)


def test_one_split_has_no_spread_and_no_variation_has_no_r2() -> None:
    (row,) = spread_over_splits([report(figures("series", 0.1, float("nan")))])

    assert row.mae_mean == row.mae_min == row.mae_max == 0.1
    assert np.isnan([row.mae_std, row.r2_mean, row.r2_std, row.r2_min, row.r2_max]).all()
