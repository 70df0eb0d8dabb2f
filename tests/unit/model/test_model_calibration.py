"""Intervals keep their promise."""

import numpy as np
import pytest

from sekkei.model.calibration import LEVELS, ONE_SIGMA, calibrate, measure_coverage


@pytest.mark.parametrize("level", LEVELS, ids=["half", "one sigma", "ninety"])
def test_fresh_rows_are_covered_as_promised(level: float) -> None:
    rng = np.random.default_rng(3)
    predicted = rng.uniform(0.0, 6.0, 4000)
    truth = predicted + rng.normal(0.0, 0.05 + 0.1 * predicted)
    seen, fresh = slice(0, 2000), slice(2000, 4000)

    calibration = calibrate(truth[seen], predicted[seen])
    width = calibration.half_width(predicted[fresh], np.zeros(2000), level)
    found = measure_coverage(truth[fresh], predicted[fresh], width, level, "test")

    # 2000 rows measure a share to about 0.01.
    assert found.measured == pytest.approx(level, abs=0.03)


def test_few_rows_give_wide_intervals_not_narrow_ones() -> None:
    truth, predicted = np.array([1.0, 2.0, 3.0]), np.array([1.1, 2.4, 3.0])

    calibration = calibrate(truth, predicted)

    assert calibration.half_width(predicted, np.zeros(3), 0.9).max() >= 0.4 - 1e-9


def test_a_torn_ensemble_is_less_certain() -> None:
    calibration = calibrate(np.arange(9.0), np.arange(9.0) + 0.1)
    one = np.array([2.0])

    calm = calibration.half_width(one, np.array([0.0]), ONE_SIGMA)
    torn = calibration.half_width(one, np.array([0.5]), ONE_SIGMA)

    assert torn == pytest.approx(np.hypot(calm, 0.5))
