"""The shipped proposers keep the laws of the port."""

from dataclasses import replace
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from sekkei.design.asking import ask, make_proposer
from sekkei.design.botorch_proposer import BotorchProposer, success_odds
from sekkei.design.candidate import Failure, Observation
from sekkei.design.limits import FractionLimits
from sekkei.design.proposer import RandomProposer, SobolProposer
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.errors import InvalidInputError
from sekkei.testing.proposer_laws import ProposerLaws, SmoothProblem

QUICK = BotorchProposer(n_pool=64, n_neighbour=16, n_sample=32)


class TestBotorchProposer(ProposerLaws):
    def make_proposer(self):
        return BotorchProposer()


class TestSobolProposer(ProposerLaws):
    def make_proposer(self):
        return SobolProposer()


class TestTargetImprovement(ProposerLaws):
    n_proposal = 2

    def make_proposer(self):
        return replace(QUICK, rule="target")


class TestFeasibility(ProposerLaws):
    n_proposal = 2

    def make_proposer(self):
        return replace(QUICK, rule="feasibility")


class TestRandomProposer(ProposerLaws):
    def make_proposer(self):
        return RandomProposer()


@pytest.fixture
def plugged_in(monkeypatch):
    def installed(group):
        return [
            EntryPoint("mine", "sekkei.design.proposer:RandomProposer", group),
            EntryPoint("sobol", "sekkei.design.proposer:RandomProposer", group),
            EntryPoint("wrong", "builtins:dict", group),
        ]

    monkeypatch.setattr("sekkei.design.proposers.entry_points", installed)


@pytest.mark.usefixtures("plugged_in")
class TestPlugIn(ProposerLaws):
    def make_proposer(self):
        return make_proposer("mine")

    def test_a_specification_may_name_it(self):
        spec = DesignSpec(target_g0=1.0, proposer="mine")

        _, proposals = ask(DesignState(spec=spec), 2)

        assert {proposal.acquisition for proposal in proposals} == {"random"}

    def test_it_takes_no_name_of_a_shipped_one(self):
        assert isinstance(make_proposer("sobol"), SobolProposer)

    def test_what_is_no_proposer_is_refused(self):
        with pytest.raises(InvalidInputError, match="but wrong makes a dict; mend the package"):
            make_proposer("wrong")


def test_a_proposer_that_nobody_brings_is_refused_with_the_names():
    with pytest.raises(ValueError, match="sobol, target-ei, but found 'ax'; install the package"):
        DesignSpec(target_g0=1.0, proposer="ax")


def test_botorch_spreads_evenly_until_it_was_told_enough():
    state = DesignState(spec=DesignSpec(target_g0=1.0, initial=4))

    proposals = BotorchProposer().propose(state, 4)

    assert proposals == SobolProposer().propose(state, 4)


def test_botorch_knows_how_sure_it_is():
    state = TestBotorchProposer().make_state()

    (proposal,) = BotorchProposer().propose(state, 1)

    # 8 observations of a smooth function leave an interval, but not one as wide as all (0 to 4.5).
    low, high = proposal.interval_g0
    assert 0.05 < high - low < 4.0
    assert abs(proposal.predicted_g0 - 1.7) < 0.5


def test_a_batch_is_not_the_same_candidate_many_times():
    state = TestBotorchProposer().make_state()

    proposals = BotorchProposer().propose(state, 4)

    rows = np.array([state.space.features(p.candidate) for p in proposals])
    apart = [np.abs(a - b).max() for i, a in enumerate(rows) for b in rows[:i]]
    assert min(apart) > 0.01


def test_observations_that_are_all_alike_do_not_stop_the_campaign():
    spec = DesignSpec(target_g0=1.0, initial=4)
    state, proposals = ask(DesignState(spec=spec), 4)
    seen = [
        Observation(candidate=p.candidate, conductance_g0=0.0, sigma_g0=0.0, source="dft")
        for p in proposals
    ]

    state, more = ask(tell(state, seen), 2)

    assert [p.acquisition for p in more] == ["qLogNEI(-|g - target|)"] * 2


FIXED = {"neck_length": (3, 3), "elongation_angstrom": (1.0, 1.0)}


@pytest.mark.parametrize(
    "asked",
    [
        FIXED | {"fractions": {s: FractionLimits(most=0.5) for s in ("Na", "K", "Rb", "Cs")}},
        {
            "elongation_angstrom": (2.0, 2.0),
            "fractions": {"Na": FractionLimits(least=0.25, most=0.25)},
        },
        {"max_species": 4, "fractions": {"Na": FractionLimits(least_if_present=0.3)}},
    ],
    ids=["faces only", "fixed and discrete", "seven parameters"],
)
def test_botorch_stays_in_spaces_of_every_shape(asked):
    state = DesignState(spec=DesignSpec(target_g0=1.7, initial=4, **asked))
    state, proposals = ask(state, 6, SobolProposer())
    state = tell(state, [_outcome(SmoothProblem(), p.candidate) for p in proposals])

    more = QUICK.propose(state, 4)

    told = {p.candidate.key for p in proposals}
    assert {p.acquisition for p in more} == {QUICK.name}
    assert len({p.candidate.key for p in more} - told) == 4
    for proposal in more:
        state.space.check(proposal.candidate)


def test_nothing_is_proposed_again_while_there_is_something_else():
    # Five candidates: all of them come up before one comes up twice.
    asked = FIXED | {"elements": ("K",), "max_species": 1}
    state = DesignState(spec=DesignSpec(target_g0=1.7, initial=3, **asked))
    state, first = ask(state, 3, SobolProposer())
    state = tell(state, [_outcome(SmoothProblem(), p.candidate) for p in first])

    state, second = ask(state, 2, QUICK)
    state = tell(state, [_outcome(SmoothProblem(), p.candidate) for p in second])
    state, third = ask(state, 5, QUICK)

    assert len({p.candidate.key for p in (*first, *second)}) == 5
    assert len({p.candidate.key for p in third}) == 5
    with pytest.raises(InvalidInputError, match=r"must hold 1 candidates .*, but 0 were found"):
        QUICK.propose(state, 1)


def test_a_region_of_failures_is_left_alone():
    # Everything stretched beyond 4 Å fails; 4 G0 asks for little stretching, 0.6 for much.
    spec = DesignSpec(target_g0=0.6, neck_width=(3, 5), initial=12, seed=1)
    state, proposals = ask(DesignState(spec=spec), 12)
    problem = SmoothProblem()
    told = [_outcome(problem, p.candidate) for p in proposals]

    _, more = ask(tell(state, told), 4)

    assert any(isinstance(outcome, Failure) for outcome in told)
    assert sum(p.candidate.elongation_angstrom <= 4.0 for p in more) >= 2


def test_odds_fall_near_failures_and_stay_one_far_from_all():
    seen, failed = np.array([[0.0, 0.0]]), np.array([[1.0, 1.0], [0.9, 1.0]])

    odds = success_odds(np.array([[1.0, 1.0], [0.0, 0.0], [1.0, -5.0]]), seen, failed)

    # Beside two failures and no success: 1 / (1 + 1 + exp(-0.01 / 0.18)).
    np.testing.assert_allclose(odds, [1 / (2 + np.exp(-0.01 / 0.18)), 1.0, 1.0], atol=1e-4)


def _outcome(problem, candidate):
    if candidate.elongation_angstrom > 4.0:
        return Failure(candidate=candidate, step="realise", kind="ExperimentError", message="broke")
    g = problem.conductance(candidate)
    return Observation(candidate=candidate, conductance_g0=g, sigma_g0=0.05, source="dft")
