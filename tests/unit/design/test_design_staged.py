"""A quick surrogate of all structures, and a better one of those that may hit."""

import numpy as np
import pytest

from sekkei.design.candidate import Candidate
from sekkei.design.loop import run_design
from sekkei.design.specification import DesignSpec
from sekkei.design.staged import staged_estimator
from sekkei.design.target import bounded_target, value_target
from sekkei.testing.proposer_laws import SmoothProblem


def junctions(n):
    candidate = Candidate(
        composition={"K": 1.0}, neck_length=3, neck_width=2, elongation_angstrom=1.0
    )
    return [SmoothProblem().realise(candidate, seed) for seed in range(n)]


def saying(means, sigmas):
    """Return an estimator that says so of all that it is asked, and counts how many."""
    asked = []

    def estimate(some):
        asked.append(len(some))
        return np.array(means[: len(some)]), np.array(sigmas[: len(some)])

    estimate.asked = asked
    return estimate


def test_only_what_may_hit_is_estimated_again():
    first = saying([1.0, 2.0, 2.6, 3.5], [0.1, 0.1, 0.3, 0.1])
    second = saying([2.1, 2.9], [0.01, 0.02])
    told = []
    estimate = staged_estimator(
        value_target(2.0, 0.15), first, second, lambda *both: told.append(both)
    )

    mean, sigma = estimate(junctions(4))

    assert mean == pytest.approx([1.0, 2.1, 2.9, 3.5])
    assert sigma == pytest.approx([0.1, 0.01, 0.02, 0.1])
    assert second.asked == [2]
    near, better = told[0]
    assert near.tolist() == better.tolist() == [False, True, True, False]


def test_the_first_has_the_word_where_the_second_is_not_surer():
    first, second = saying([2.0, 2.0], [0.1, 0.1]), saying([5.0, 2.2], [3.0, 0.05])

    mean, sigma = staged_estimator(value_target(2.0, 0.15), first, second)(junctions(2))

    assert mean == pytest.approx([2.0, 2.2])
    assert sigma == pytest.approx([0.1, 0.05])


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        (bounded_target(2.0, None), [3]),
        (bounded_target(None, 0.5), []),
        (value_target(9.0, 1.0), []),
    ],
)
def test_a_bound_is_a_target_and_nothing_is_asked_of_nothing(target, asked):
    first, second = saying([2.0, 3.0, 4.0], [0.1, 0.1, 0.1]), saying([2.0, 3.0, 4.0], [0.0] * 3)

    staged_estimator(target, first, second)(junctions(3))

    assert second.asked == asked


def test_a_search_with_a_better_second_surrogate_comes_no_less_near():
    class Staged(SmoothProblem):
        def estimate(self, some):
            exact = SmoothProblem(surrogate_sigma_g0=0.01)
            within = value_target(2.0, 0.1)
            return staged_estimator(within, super().estimate, exact.estimate)(some)

    spec = DesignSpec(
        target_g0=2.0, tolerance_g0=0.1, max_species=1, rounds=3, finalists=2, proposer="sobol",
        initial=16, batch=8, seed=1,
    )  # fmt: skip

    poor = run_design(spec, SmoothProblem(scatter_g0=0.01, surrogate_sigma_g0=0.3))
    better = run_design(spec, Staged(scatter_g0=0.01, surrogate_sigma_g0=0.3))

    def nearest(result):
        return min(abs(found.error_g0) for found in result.verifications)

    # Of two that are within the tolerance chance decides which is nearer.
    assert nearest(better) <= max(nearest(poor), spec.tolerance_g0)
