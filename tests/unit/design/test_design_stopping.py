"""A campaign ends where it says that it does, and says why."""

from sekkei.design.loop import run_design
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.design.stopping import reason_to_stop
from sekkei.testing.proposer_laws import SmoothProblem

SPEC = DesignSpec(
    target_g0=2.0, elements=("K",), max_species=1, initial=10, batch=2, rounds=6, finalists=1,
    seed=3, proposer="sobol",
)  # fmt: skip
STEADY = SmoothProblem(scatter_g0=0.01, surrogate_sigma_g0=0.03)


def test_without_a_rule_every_round_is_done():
    result = run_design(SPEC.model_copy(update={"rounds": 1}), STEADY)

    assert result.state.n_round == 1
    assert result.stopped == "all rounds, 1, are done"


def test_a_campaign_stops_once_a_candidate_is_likely_enough():
    spec = SPEC.model_copy(update={"stop_at_chance": 0.5, "tolerance_g0": 1.0})

    result = run_design(spec, STEADY)

    assert result.state.n_round == 1
    assert "after 1 of 6 rounds a candidate hits with a chance of" in result.stopped
    assert reason_to_stop(DesignState.from_json(result.state.to_json())) is not None


def test_a_chance_that_is_not_reached_stops_nothing():
    spec = SPEC.model_copy(update={"stop_at_chance": 1.0, "tolerance_g0": 0.01, "rounds": 2})

    result = run_design(spec, STEADY)

    assert result.stopped == "all rounds, 2, are done"


def test_options_that_are_left_alone_do_not_change_what_a_design_is():
    described = SPEC.described()

    assert not {"stop_at_chance", "warm_start"} & described.keys()
    assert SPEC.model_copy(update={"stop_at_chance": 0.9}).key != SPEC.key
