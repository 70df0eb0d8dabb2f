"""The expected improvement of the published method, against what its definition says."""

import numpy as np
import pytest

from sekkei.design.target_improvement import target_improvement


@pytest.mark.parametrize(
    ("mean", "sigma"), [(2.0, 0.1), (2.3, 0.2), (1.0, 0.5), (2.0, 3.0)], ids=str
)
def test_the_closed_form_is_the_integral_of_its_definition(mean, sigma):
    target, distance = 2.0, 0.4
    y = np.linspace(mean - 12.0 * sigma, mean + 12.0 * sigma, 400_001)
    density = np.exp(-0.5 * ((y - mean) / sigma) ** 2) / (sigma * np.sqrt(2.0 * np.pi))
    expected = np.trapezoid(np.maximum(0.0, distance - np.abs(y - target)) * density, y)

    (found,) = target_improvement(np.array([mean]), np.array([sigma]), target, distance)

    assert found == pytest.approx(expected, rel=1e-5)
