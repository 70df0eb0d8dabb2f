"""Which structures are worth a label, by what structures and labels cost."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from sekkei.design.costs import Costs, best_to_label
from sekkei.design.loop import design_round
from sekkei.design.ranking import rank_candidates
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
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
