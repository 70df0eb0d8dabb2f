"""Intervals are as wide as errors of such contacts were."""

import numpy as np
import pytest

from sekkei.model.calibration import LEVELS
from sekkei.model.direct.error_scale import ErrorScale, Signs, fit_error_scale

POTASSIUM, SODIUM = 19, 11


def test_each_metal_has_intervals_of_its_own() -> None:
    signs, error = _contacts(seed=1), np.random.default_rng(2).normal(size=4000)
    is_sodium = np.array([row[0] == SODIUM for row in signs.numbers])
    truth = signs.predicted + error * np.where(is_sodium, 0.3, 0.1)
    seen, fresh = np.arange(2000), np.arange(2000, 4000)

    scale = fit_error_scale(truth[seen], signs.rows(seen), _groups(2000), (SODIUM, POTASSIUM))

    for level in LEVELS:
        is_inside = np.abs(truth - signs.predicted)[fresh] <= scale.half_width(
            signs.rows(fresh), level
        )
        for of_metal in (is_sodium[fresh], ~is_sodium[fresh]):
            assert is_inside[of_metal].mean() == pytest.approx(level, abs=0.04)


def test_where_members_differ_more_intervals_are_wider() -> None:
    scale, signs = _torn_scale(), _contacts(seed=3).rows(np.arange(9))

    calm, torn = (scale.half_width(signs.with_spread(spread)) for spread in (0.02, 0.2))

    assert (torn > 2.0 * calm).all()


def test_beyond_what_was_seen_nothing_is_extrapolated() -> None:
    scale, signs = _torn_scale(), _contacts(seed=3).rows(np.arange(9))

    far, farther = (scale.half_width(signs.with_spread(spread)) for spread in (5.0, 500.0))

    np.testing.assert_array_equal(far, farther)


def test_few_experiments_give_nearly_one_width_for_all() -> None:
    signs = _contacts(seed=4).rows(np.arange(12))
    truth = signs.predicted + np.random.default_rng(5).normal(0.0, 0.1, 12)

    scale = fit_error_scale(truth, signs, _groups(12), (SODIUM, POTASSIUM))

    widths = scale.half_width(signs)
    assert widths.max() < 3.0 * widths.min()
    assert scale.half_width(signs, 0.9).max() >= np.abs(truth - signs.predicted).min()


def test_a_single_experiment_is_judged_by_itself() -> None:
    signs = _contacts(seed=4).rows(np.arange(12))

    scale = fit_error_scale(signs.predicted + 0.1, signs, ["one"] * 12, (SODIUM, POTASSIUM))

    np.testing.assert_allclose(scale.half_width(signs), 0.1, rtol=0.01)


def _torn_scale() -> ErrorScale:
    signs = _contacts(seed=1)
    error = np.random.default_rng(2).normal(size=4000) * signs.spread
    return fit_error_scale(signs.predicted + error, signs, _groups(4000), (SODIUM, POTASSIUM))


def _contacts(seed: int) -> Signs:
    rng = np.random.default_rng(seed)
    metals = rng.choice([SODIUM, POTASSIUM], 4000)
    return Signs(
        predicted=rng.uniform(0.0, 6.0, 4000),
        spread=rng.uniform(0.01, 0.2, 4000),
        n_channel=np.full(4000, 6),
        numbers=tuple(np.full(20, metal) for metal in metals),
    )


def _groups(n: int) -> list[str]:
    return [f"experiment {i // 4}" for i in range(n)]
