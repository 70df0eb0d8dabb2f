"""Chances of finalists: the scatter between structures is neither overlooked nor made up."""

import numpy as np
import pytest
from scipy.stats import norm

from sekkei.design.asking import ask
from sekkei.design.botorch_proposer import BotorchProposer
from sekkei.design.candidate import Candidate, Observation
from sekkei.design.chance import prospects
from sekkei.design.loop import run_design
from sekkei.design.process import fit_process
from sekkei.design.proposer import SobolProposer
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.design.step import estimate_all, outcomes_of, realise_all
from sekkei.errors import ExperimentError
from sekkei.testing.proposer_laws import SmoothProblem

SPEC = DesignSpec(target_g0=2.0, elements=("K",), max_species=1, proposer="sobol", seed=4)
HERE = Candidate(composition={"K": 1.0}, neck_length=3, neck_width=3, elongation_angstrom=1.0)


def seen(candidate, conductance, source="surrogate", name="", sigma=0.1):
    return Observation(
        candidate=candidate,
        conductance_g0=max(0.0, conductance),
        sigma_g0=sigma,
        source=source,
        structure=name,
    )


def campaign(scatter, *, bias=lambda g: g, n=30, n_again=12, distance="linear"):
    spec = SPEC.model_copy(update={"distance": distance})
    problem, rng = SmoothProblem(), np.random.default_rng(7)
    state = DesignState(spec=spec)
    spread = [p.candidate for p in SobolProposer().propose(state, n)]
    told = []
    for i, candidate in enumerate([*spread, *[HERE] * n_again]):
        truth = problem.conductance(candidate) + scatter * rng.standard_normal()
        told.append(seen(candidate, bias(truth + 0.1 * rng.standard_normal()), name=f"s{i}"))
        if i % 5 == 0:
            told.append(seen(candidate, truth, "dft", f"s{i}", 0.02))
    return tell(state, told)


def expected(state):
    return prospects(state, fit_process(state), [HERE])[0]


@pytest.mark.parametrize("scatter", [0.05, 0.15, 0.3])
def test_structures_of_one_candidate_tell_its_scatter(scatter):
    found = expected(campaign(scatter))

    # 12 structures with an error of 0.1 each: neither mean nor scatter are known exactly.
    assert 0.6 * scatter < found.belief.sigma < 0.1 + 1.5 * scatter
    assert found.belief.mean == pytest.approx(
        SmoothProblem().conductance(HERE), abs=0.06 + scatter / 2
    )


def test_a_chance_cannot_exceed_what_the_scatter_leaves():
    state = campaign(0.15)

    found = expected(state)

    # Aimed at perfectly, 68 % of the structures would be hits: none can be declared.
    assert found.chance < 2.0 * norm.cdf(1.0) - 1.0 + 0.06


def test_a_biased_surrogate_is_corrected_by_its_labels():
    found = expected(campaign(0.05, bias=lambda g: 0.7 * g - 0.4))

    assert found.belief.mean == pytest.approx(SmoothProblem().conductance(HERE), abs=0.15)


def test_a_chance_across_decades_is_that_of_the_same_interval():
    found = expected(campaign(0.05, distance="log"))

    assert found.belief.axis == "log"
    assert found.belief.median_g0 == pytest.approx(SmoothProblem().conductance(HERE), rel=0.1)
    assert 0.0 <= found.chance <= 1.0


def test_nothing_is_declared_where_structures_scatter_as_much_as_the_tolerance():
    spec = DesignSpec(target_g0=2.0, max_species=1, rounds=3, fresh_seeds=8, seed=1)

    wild = run_design(spec, SmoothProblem(scatter_g0=0.15), proposer=_quick())
    quiet = SmoothProblem(scatter_g0=0.02, surrogate_sigma_g0=0.05)
    steady = run_design(spec, quiet, proposer=_quick())

    assert wild.declared == ()
    assert len(steady.declared) >= 2
    assert all(found.is_verified for found in steady.declared)


def test_structures_that_could_not_be_made_lower_the_chance():
    class Fragile(SmoothProblem):
        def realise(self, candidate, seed):
            if seed % 2:
                raise ExperimentError("the contact must hold, but broke")
            return super().realise(candidate, seed)

    spec = DesignSpec(
        target_g0=2.0, tolerance_g0=5.0, max_species=1, rounds=1, fresh_seeds=9, seed=1
    )

    result = run_design(spec, Fragile(scatter_g0=0.02), proposer=SobolProposer())

    for found in result.verifications:
        assert found.proposal.chance < 0.9


def _quick():
    return BotorchProposer(n_pool=32, n_neighbour=12, n_sample=16)


def test_quiet_estimates_are_believed_before_there_is_a_label():
    spec = SPEC.model_copy(update={"target_g0": 1.5, "elements": ("Na", "K"), "max_species": 2})
    spec = spec.model_copy(update={"round_seeds": 3})
    problem = SmoothProblem(scatter_g0=0.01, surrogate_sigma_g0=0.05)
    state, proposals = ask(DesignState(spec=spec), 24, SobolProposer())
    made = [trial for i in range(3) for trial in realise_all(spec, problem, proposals, f"r {i}")]
    state = tell(state, outcomes_of(spec, estimate_all(spec, problem, made)))
    candidates = [proposal.candidate for proposal in proposals]

    found = prospects(state, fit_process(state), candidates)

    estimates = {candidate.key: [] for candidate in candidates}
    for seen_now in state.observations:
        estimates[seen_now.candidate.key].append(seen_now.conductance_g0)
    away = [
        one.belief.median_g0 - np.mean(estimates[candidate.key])
        for one, candidate in zip(found, candidates, strict=True)
    ]
    # A slope of a half, of which nothing had been said, once moved them by 0.5 G0 on average.
    assert np.abs(away).mean() < 0.2
