"""Baselines, and how they are fitted."""

import numpy as np
import pytest

from sekkei.model.baseline import (
    fit_area_scale,
    fit_ridge,
)
from sekkei.structure.free_electron import bessel_conductance, weyl_conductance


@pytest.mark.physics
def test_a_round_wire_opens_1_3_5_6_8_10_channels() -> None:
    # Zeros of J_m from Abramowitz and Stegun, table 9.5; each just below and just above.
    zeros = np.array([2.4048, 3.8317, 5.1356, 5.5201, 6.3802, 7.0156])
    radii = np.concatenate([zeros - 0.001, zeros + 0.001])

    steps = bessel_conductance(np.pi * (radii / 0.746) ** 2, np.full(12, 0.746))

    np.testing.assert_array_equal(steps, [0, 1, 3, 5, 6, 8, 1, 3, 5, 6, 8, 10])


@pytest.mark.physics
def test_sharvin_approaches_the_counted_channels_of_a_wide_wire() -> None:
    # Weyl's law: the perimeter term makes both agree to a few per cent at 100 channels.
    area, wavevector = np.array([np.pi * 25.0**2]), np.array([1.0])

    ratio = weyl_conductance(area, wavevector) / bessel_conductance(area, wavevector)

    assert ratio == pytest.approx(1.0, abs=0.03)


def test_nothing_is_conducted_where_there_is_no_contact() -> None:
    broken, wavevector = np.zeros(3), np.full(3, 0.746)

    assert not weyl_conductance(broken, wavevector).any()
    assert not bessel_conductance(broken, wavevector).any()


def test_the_area_scale_of_a_baseline_is_found_again() -> None:
    area = np.linspace(10.0, 120.0, 40)
    wavevector = np.full(40, 0.746)
    truth = weyl_conductance(1.7 * area, wavevector)

    scale = fit_area_scale(weyl_conductance, area, wavevector, truth)

    assert scale == pytest.approx(1.7, abs=1e-3)


def test_ridge_never_predicts_below_zero_and_learns_a_straight_line() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 4))
    truth = rows @ [1.0, -0.5, 0.0, 0.0] + 3.0

    predict = fit_ridge(rows, truth, np.repeat(np.arange(6), 10))

    np.testing.assert_allclose(predict(rows), truth, atol=0.05)
    assert predict(-100.0 * rows).min() == 0.0
