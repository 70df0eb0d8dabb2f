"""What conductance is asked for: values, bounds, intervals, and distances across decades."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from sekkei.design import botorch_proposer
from sekkei.design.botorch_proposer import BotorchProposer
from sekkei.design.candidate import Observation
from sekkei.design.proposer import SobolProposer
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.design.target import Belief, belief_of, from_axis, on_axis
from sekkei.testing.proposer_laws import SmoothProblem

QUICK = BotorchProposer(n_pool=64, n_neighbour=16, n_sample=32)


def target(**asked):
    return DesignSpec(**asked).target


def seen_state(n=10, **asked):
    spec = DesignSpec(**{"initial": 4, "seed": 5} | asked)
    proposals = SobolProposer().propose(DesignState(spec=spec), n)
    problem = SmoothProblem()
    seen = [
        Observation(
            candidate=p.candidate,
            conductance_g0=problem.conductance(p.candidate),
            sigma_g0=0.02,
            source="dft",
        )
        for p in proposals
    ]
    return tell(DesignState(spec=spec), seen)


@pytest.mark.parametrize(
    ("asked", "inside", "outside", "words"),
    [
        ({"target_g0": 2.0}, (1.86, 2.14), (1.8, 2.2), "2 G0 within 0.15"),
        ({"at_least_g0": 2.0}, (2.0, 50.0), (1.99, 0.0), "at least 2 G0"),
        ({"at_most_g0": 0.5}, (0.0, 0.5), (0.51, 9.0), "at most 0.5 G0"),
        ({"at_least_g0": 1.0, "at_most_g0": 2.0}, (1.0, 2.0), (0.9, 2.1), "1 to 2 G0"),
    ],
)
def test_each_kind_of_target_holds_its_hits_and_says_so(asked, inside, outside, words):
    wanted = target(**asked)

    assert [wanted.contains(g) for g in (*inside, *outside)] == [True, True, False, False]
    assert str(wanted) == words
    assert not wanted.contains(math.nan)


def test_an_error_is_signed_and_nothing_within_bounds():
    assert target(target_g0=2.0).error_g0(1.9) == pytest.approx(-0.1)
    assert target(at_least_g0=2.0).error_g0(1.5) == pytest.approx(-0.5)
    assert target(at_least_g0=2.0).error_g0(7.0) == 0.0
    assert target(at_least_g0=1.0, at_most_g0=2.0).error_g0(2.5) == pytest.approx(0.5)


def test_the_chance_of_a_hit_is_that_of_a_normal_distribution():
    # Within one standard deviation: 68.27 %; one-sided beyond the edge of the interval: 47.72 %.
    value = target(target_g0=1.0)
    assert Belief(1.0, 0.15).chance(value) == pytest.approx(0.6827, abs=1e-4)
    assert Belief(1.15, 0.15).chance(value) == pytest.approx(0.4772, abs=1e-4)
    assert Belief(1.1, 0.0).chance(value) == 1.0
    # The upper tail beyond one standard deviation: 15.87 %.
    assert Belief(1.0, 1.0).chance(target(at_least_g0=2.0)) == pytest.approx(0.1587, abs=1e-4)
    assert Belief(1.0, 1.0).chance(target(at_most_g0=2.0)) == pytest.approx(0.8413, abs=1e-4)


def test_a_chance_far_in_either_tail_is_small_and_not_nothing():
    wanted = target(target_g0=2.0, tolerance_g0=0.1)

    chances = [Belief(mean, 0.1).chance(wanted) for mean in (1.0, 3.0)]

    np.testing.assert_allclose(chances, norm.sf(9.0) - norm.sf(11.0), rtol=1e-6)


def test_the_interval_holds_ninety_percent_and_no_negative_conductance():
    low, high = Belief(0.1, 0.1).interval_90_g0

    # The 5 % and 95 % quantiles of the standard normal distribution are at 1.6449.
    assert low == 0.0
    assert high == pytest.approx(0.26449, abs=1e-5)


def test_on_the_logarithmic_axis_a_factor_is_a_distance():
    wanted = target(target_g0=0.1, distance="log")

    assert wanted.miss(0.01) == pytest.approx(wanted.miss(1.0), rel=0.02)
    assert target(target_g0=0.1).miss(0.01) < target(target_g0=0.1).miss(1.0) / 9.0
    assert from_axis(on_axis(0.03, "log"), "log") == pytest.approx(0.03)
    # The middle of 0.01 and 1 is 0.1, but for the floor of 1e-4.
    middle = target(at_least_g0=0.01, at_most_g0=1.0, distance="log").nominal_g0
    assert middle == pytest.approx(0.1, rel=0.01)


def test_a_belief_on_the_logarithmic_axis_keeps_its_conductance_positive():
    belief = belief_of(0.01, 0.02, "log")

    low, high = belief.interval_90_g0
    assert 0.0 <= low < belief.median_g0 == pytest.approx(0.01)
    assert high > 0.03


@pytest.mark.parametrize(
    ("asked", "label_error"),
    [({"target_g0": 2.0}, 0.15), ({"at_least_g0": 2.0}, 0.5), ({"at_most_g0": 3.0}, 0.5)],
)
def test_the_room_of_a_label_is_the_half_width_or_the_distance_from_the_bound(asked, label_error):
    assert target(**asked).room_g0(2.5) == pytest.approx(label_error)


@pytest.mark.parametrize(
    "asked",
    [
        {"target_g0": 1.7, "tolerance_g0": 1e-9},
        {"target_g0": 15.0, "tolerance_g0": 1e-9},
        {"at_least_g0": 1.7},
        {"at_least_g0": 1.6999, "at_most_g0": 1.7},
        {"target_g0": 0.05, "tolerance_g0": 1e-6, "distance": "log"},
    ],
    ids=str,
)
def test_the_acquisition_has_a_slope_where_no_sample_lies_in_the_target(asked):
    state = seen_state(**asked)

    values = acquisition_values(state)

    assert np.isfinite(values).all()
    # All but a few candidates of the pool differ: nothing is flat.
    assert len(np.unique(values.round(9))) > 0.9 * values.size


def test_a_one_sided_target_is_aimed_at_from_the_right_side():
    high = QUICK.propose(seen_state(at_least_g0=3.0), 3)
    low = QUICK.propose(seen_state(at_most_g0=0.3), 3)

    # The space reaches from 0.1 to 4.5 G0.
    assert np.mean([p.predicted_g0 for p in high]) > 2.0
    assert np.mean([p.predicted_g0 for p in low]) < 0.8
    assert all(0.0 <= p.chance <= 1.0 for p in (*high, *low))


def test_predictions_across_decades_are_positive_and_ordered():
    proposals = QUICK.propose(seen_state(target_g0=0.5, distance="log"), 2)

    for proposal in proposals:
        low, high = proposal.interval_g0
        assert 0.0 <= low <= proposal.predicted_g0 <= high
        assert abs(proposal.predicted_g0 - 0.5) < 0.5


def test_a_design_keeps_the_identity_that_it_had_before_there_were_bounds():
    old = DesignSpec(target_g0=2.0, forbidden=("Cs",), seed=3)
    new = DesignSpec(target_g0=2.0, forbidden=("Cs",), seed=3, distance="log")

    # Computed by the version of decision 0009: states and rows of the lake have it.
    assert old.key == "7f236254e5c003fa8dcb5d9fb22a8395"
    assert new.key != old.key
    proposals = SobolProposer().propose(DesignState(spec=old), 2)
    assert [p.id for p in proposals] == [
        "be5a582c6bdc09d11cc576c2c3b22fda",
        "f5b6f25388da69f48589639ed3852b7c",
    ]


def acquisition_values(state):
    values = []

    class Recording(botorch_proposer.qLogNoisyExpectedImprovement):
        def __call__(self, rows):
            found = super().__call__(rows)
            values.append(found.detach().numpy())
            return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botorch_proposer, "qLogNoisyExpectedImprovement", Recording)
        QUICK.propose(state, 1)
    return values[0]


@pytest.mark.parametrize("axis", ["linear", "log"])
def test_a_bound_that_is_not_there_is_infinite_on_every_axis(axis) -> None:
    most = DesignSpec(at_most_g0=0.1, distance=axis).target
    least = DesignSpec(at_least_g0=0.1, distance=axis).target

    assert most.bounds(axis)[0] == -math.inf
    assert math.isfinite(most.bounds(axis)[1])
    assert least.bounds(axis)[1] == math.inf
    assert least.bounds(axis)[0] == most.bounds(axis)[1]
