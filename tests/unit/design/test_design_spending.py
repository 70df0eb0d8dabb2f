"""Which structures are worth a label, by what structures and labels cost."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from sekkei.design.candidate import Failure
from sekkei.design.costs import Costs, best_to_label
from sekkei.design.loop import design_round, least_chance
from sekkei.design.ranking import rank_candidates
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, end_round, tell
from sekkei.design.step import outcomes_of, promises
from sekkei.testing.proposer_laws import SmoothProblem

LABEL_S = 3.0
SPEC = DesignSpec(target_g0=2.0, tolerance_g0=0.1, initial=8, batch=4, seed=1, proposer="sobol")


def test_the_labels_that_are_chosen_make_a_hit_cheapest():
    # Checked against all choices of every size.
    generator = np.random.default_rng(2)

    for _ in range(100):
        chances = generator.uniform(0.01, 1.0, size=5)
        made_s, label_s = generator.uniform(0.01, 3.0, size=2)
        which = best_to_label(chances.tolist(), made_s, label_s)

        def cost(some, chances=chances, made_s=made_s, label_s=label_s):
            return (5 * made_s + len(some) * label_s) / chances[list(some)].sum()

        every = [s for k in range(1, 6) for s in itertools.combinations(range(5), k)]
        assert cost(which) == pytest.approx(min(map(cost, every)))


@pytest.mark.parametrize("chances", [[0.0, 0.0], [0.3]])
def test_at_least_one_structure_is_labelled(chances):
    assert len(best_to_label(chances, 1.0, 1e9)) == 1


def test_a_round_labels_what_is_worth_it_by_the_costs_of_earlier_rounds():
    class Priced(SmoothProblem):
        def verify(self, junctions):
            return [replace(label, cpu_seconds=LABEL_S) for label in super().verify(junctions)]

    spec = SPEC.model_copy(update={"label_by_cost": True, "tolerance_g0": 0.5})
    problem = Priced(scatter_g0=0.05, surrogate_sigma_g0=0.05)
    state, first = design_round(DesignState(spec=spec), problem)
    dear = state.model_copy(update={"costs": Costs(n_made=8, made_s=0.1, n_label=1, label_s=99.0)})
    cheap = state.model_copy(update={"costs": Costs(n_made=8, made_s=99.0, n_label=1)})

    _, few = design_round(dear, problem)
    _, many = design_round(cheap, problem)

    def n_label(done):
        return sum(trial.verified_g0 is not None for trial in done.trials)

    # Without costs, as many as were asked for; and then whatever pays.
    assert n_label(first) == spec.verify_per_round == 1
    assert (state.costs.n_made, state.costs.n_label) == (8, 1)
    assert state.costs.label_s == LABEL_S
    assert n_label(few) < n_label(many) == 4


@pytest.mark.parametrize("round_seeds", [1, 3])
def test_a_round_labels_nothing_that_is_too_unlikely_to_hit(round_seeds):
    options = {"label_at_chance": 0.9, "round_seeds": round_seeds, "verify_per_round": 3}
    careful = SPEC.model_copy(update=options)
    careless = careful.model_copy(update={"label_at_chance": None})

    _, none = design_round(DesignState(spec=careful), SmoothProblem())
    _, three = design_round(DesignState(spec=careless), SmoothProblem())

    assert [trial for trial in none.trials if trial.outcome is not None] == []
    assert sum(trial.outcome is not None for trial in three.trials) == 3


def test_a_labelled_candidate_whose_chance_is_open_gets_more_structures():
    # Structures scatter by half of the tolerance: three of them leave the chance open.
    spec = SPEC.model_copy(update={"round_seeds": 3, "tolerance_g0": 0.3})
    problem = SmoothProblem(scatter_g0=0.15, surrogate_sigma_g0=0.05)
    state, _ = design_round(DesignState(spec=spec), problem)
    (labelled,) = {o.candidate.key for o in state.observations if o.source == "dft"}
    (chance,) = [p.chance for p in rank_candidates(state) if p.candidate.key == labelled]

    _, second = design_round(state, problem)

    assert 0.2 < chance < 0.8
    again = [trial for trial in second.trials if trial.proposal.candidate.key == labelled]
    assert len(again) == 3
    assert all(trial.outcome is None and trial.estimate_g0 is not None for trial in again)


def test_with_a_least_chance_the_structure_of_a_candidate_that_may_hit_is_labelled():
    # Of six structures that scatter by three tolerances, most are known to miss.
    options = {"round_seeds": 6, "tolerance_g0": 0.1, "verify_per_round": 4}
    careful = SPEC.model_copy(update={**options, "label_at_chance": 0.05})
    problem = SmoothProblem(scatter_g0=0.3, surrogate_sigma_g0=0.03)

    _, done = design_round(DesignState(spec=careful), problem)

    labelled = [trial for trial in done.trials if trial.outcome is not None]
    assert labelled
    for trial in labelled:
        key = trial.proposal.candidate.key
        same = [other for other in done.trials if other.proposal.candidate.key == key]
        away = [abs(other.estimate_g0 - careful.target_g0) for other in same]
        assert len(same) >= 6
        assert abs(trial.estimate_g0 - careful.target_g0) == min(away)


def test_what_its_estimates_say_to_miss_gets_no_label():
    # Structures scatter by three tolerances and estimates are sure: a candidate may hit where none
    # of the structures that were made does.
    options = {"initial": 24, "round_seeds": 3, "label_at_chance": 0.05, "verify_per_round": 9}
    spec = SPEC.model_copy(update=options)

    _, done = design_round(DesignState(spec=spec), SmoothProblem(0.3, 0.02))

    before = [replace(trial, outcome=None) for trial in done.trials]
    now = tell(DesignState(spec=spec), outcomes_of(spec, before))
    odds = {i: chance for chance, _, i in promises(now, before)}
    labelled = [i for i, trial in enumerate(done.trials) if trial.outcome is not None]
    assert labelled
    assert all(odds[i] >= 0.05 for i in labelled)
    keys = {before[i].proposal.candidate.key for i in labelled}
    likely = {p.candidate.key for p in rank_candidates(now) if (p.chance or 0.0) >= 0.05}
    passed = likely - keys
    assert passed
    for key in passed:
        own = [odds[i] for i, one in enumerate(before) if one.proposal.candidate.key == key]
        assert max(own) < 0.05


def test_a_search_that_waits_for_something_likely_waits_the_less_the_longer_it_has_waited():
    spec = SPEC.model_copy(update={"label_at_chance": 0.99, "initial": 4, "batch": 2})
    problem = SmoothProblem(scatter_g0=0.1)
    state, asked = DesignState(spec=spec), []
    for _ in range(3):
        state, done = design_round(state, problem)
        assert not any(trial.outcome for trial in done.trials)
        asked.append(done.least_chance)
    seen = state.observations[0]
    label = seen.model_copy(update={"source": "dft"})
    refusal = Failure(candidate=seen.candidate, step="verify", kind="BandEdgeError", message="-")
    broken = refusal.model_copy(update={"step": "realise"})

    # By hand: a tenth less after each round without a label.
    assert asked == pytest.approx([0.99, 0.891, 0.8019])
    assert least_chance(state) == pytest.approx(0.72171)
    assert least_chance(tell(state, [broken])) == pytest.approx(0.72171)
    for told in (label, refusal):
        assert least_chance(tell(state, [told])) == 0.99
        assert least_chance(end_round(tell(state, [told]))) == 0.99
        assert least_chance(end_round(end_round(tell(state, [told])))) == pytest.approx(0.891)
    assert least_chance(DesignState(spec=SPEC)) == 0.0


def test_a_search_that_finds_nothing_likely_looks_elsewhere_in_every_second_round():
    spec = SPEC.model_copy(
        update={"label_at_chance": 0.99, "initial": 4, "batch": 2, "proposer": "random"}
    )

    def rules(spec: DesignSpec) -> list[str]:
        state, found = DesignState(spec=spec), []
        for _ in range(6):
            state, done = design_round(state, SmoothProblem(scatter_g0=0.1))
            (rule,) = {trial.proposal.acquisition for trial in done.trials}
            found.append(rule)
        return found

    assert rules(spec) == ["random", "random", "sobol", "random", "sobol", "random"]
    # Without a least chance nothing is waited for, and without labels nothing comes of waiting.
    for other in ({"label_at_chance": None}, {"label_at_chance": 0.99}):
        unlabelled = spec.model_copy(update={**other, "verify_per_round": 0})
        assert set(rules(unlabelled)) == {"random"}
