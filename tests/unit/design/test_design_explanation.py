"""What explanations say of a fresh structure: on average, and where structures are on plateaus."""

import numpy as np
import pytest
from scipy.stats import norm

from sekkei.design.explanation import Explanation, weigh
from sekkei.design.target import Belief, value_target

TARGET = value_target(1.0, 0.1)


def explanation(mean: float, sigma: float, log_weight: float = 0.0, sees: float = 0.0):
    return Explanation(
        log_weight, np.array([mean]), np.array([[sigma**2], [1e-4]]), np.array([1.0, 0.0]), sees
    )


def hit(mean: float, sigma: float) -> float:
    return float(norm.cdf(1.1, mean, sigma) - norm.cdf(0.9, mean, sigma))


def test_one_explanation_is_a_normal_distribution():
    (found,) = weigh(TARGET, [explanation(1.05, 0.1)], [()])

    assert found.chance == pytest.approx(hit(1.05, 0.1))
    assert (found.belief.mean, found.belief.sigma) == pytest.approx((1.05, 0.1))


def test_explanations_count_by_their_weights():
    both = [explanation(1.0, 0.1, np.log(3.0)), explanation(2.0, 0.1)]

    (found,) = weigh(TARGET, both, [()])

    assert found.chance == pytest.approx(0.75 * hit(1.0, 0.1))
    assert found.belief.mean == pytest.approx(1.25)
    assert found.belief.sigma == pytest.approx(np.sqrt(0.01 + 0.75 * 0.25))


def test_structures_on_two_plateaus_are_not_expected_between_them():
    # Half of six structures conduct 1 G0 and half 1.6, as a normal distribution cannot say.
    plateaus = [Belief(1.0, 0.0), Belief(1.6, 0.0)] * 3
    seeing, normal = explanation(1.3, 0.3, sees=1.0), explanation(1.3, 0.3)

    (found,) = weigh(TARGET, [seeing], [plateaus])
    (between,) = weigh(TARGET, [normal], [plateaus])

    assert found.chance == pytest.approx(0.25 * hit(1.3, 0.3) + 0.75 * 0.5 * hit(1.0, 0.005))
    assert between.chance == pytest.approx(hit(1.3, 0.3))


def test_a_surrogate_that_sees_half_is_believed_by_half():
    plateaus = [Belief(1.0, 0.0), Belief(1.6, 0.0)]

    (half,) = weigh(TARGET, [explanation(1.3, 0.3, sees=0.5)], [plateaus])

    assert half.chance == pytest.approx(0.75 * hit(1.3, 0.3) + 0.25 * 0.5 * hit(1.0, 0.005))


def test_candidates_may_have_been_made_unequally_often():
    both = Explanation(0.0, np.array([1.0, 2.0]), np.full((1, 2), 0.01), np.ones(1), 1.0)

    first, second = weigh(TARGET, [both], [[Belief(1.0, 0.1)] * 3, [Belief(1.1, 0.0)] * 6])

    assert first.chance == pytest.approx(0.4 * hit(1.0, 0.1) + 0.6 * hit(1.0, np.hypot(0.1, 0.005)))
    assert second.chance == pytest.approx(0.25 * hit(2.0, 0.1) + 0.75 * 0.5)


def test_one_structure_is_no_plateau():
    seeing = explanation(1.3, 0.3, sees=1.0)

    one = [Belief(1.0, 0.0)]
    assert weigh(TARGET, [seeing], [one])[0].chance == pytest.approx(hit(1.3, 0.3))


def test_a_label_outside_the_target_is_not_hoped_for_again():
    # The mean of three estimates is in the target; labels of their plateau are not.
    seeing = explanation(1.05, 0.05, sees=1.0)

    (found,) = weigh(TARGET, [seeing], [[Belief(1.15, 0.005)] * 6])

    assert found.chance < 0.25 * hit(1.05, 0.05) + 1e-3
