"""The scatter between structures differs from candidate to candidate, and is learned."""

import numpy as np
import pytest
import torch

from sekkei.design.botorch_proposer import BotorchProposer
from sekkei.design.candidate import Candidate, Observation
from sekkei.design.chance import prospects
from sekkei.design.loop import design_round, run_design
from sekkei.design.merit import expected_distance
from sekkei.design.process import fit_process
from sekkei.design.proposer import SobolProposer
from sekkei.design.scatter import ScatterField, scatter_field
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.testing.proposer_laws import SmoothProblem

SPEC = DesignSpec(
    target_g0=2.0, elements=("Na", "K"), initial=8, batch=4, rounds=3, round_seeds=3,
    verify_per_round=2, finalists=2, fresh_seeds=4, seed=2,
)  # fmt: skip
PURE = Candidate(composition={"K": 1.0}, neck_length=3, neck_width=3, elongation_angstrom=1.0)
ALLOY = PURE.model_copy(update={"composition": {"Na": 0.5, "K": 0.5}})
QUIET, WILD = 0.01, 0.3


class Alloyed(SmoothProblem):
    """One whose alloys scatter, and pure contacts do not."""

    def realise(self, candidate, seed):
        scatter = QUIET if len(candidate.composition) == 1 else WILD
        return SmoothProblem(scatter_g0=scatter).realise(candidate, seed)


def made(n, n_again, spec=SPEC, others=()):
    """Return a state in which ``n`` candidates and others were made ``n_again`` times each."""
    problem, state = Alloyed(), DesignState(spec=spec)
    spread = [proposal.candidate for proposal in SobolProposer().propose(state, n)]
    told = []
    for i, candidate in enumerate([*spread, *others]):
        for seed in range(n_again * i, n_again * (i + 1)):
            junction = problem.realise(candidate, seed)
            told.append(
                Observation(
                    candidate=candidate,
                    conductance_g0=float(junction.positions[1, 2]),
                    sigma_g0=0.02,
                    source="dft",
                    structure=str(seed),
                )
            )
    return tell(state, told)


def typical(field, candidate):
    return float(field.typical(SPEC_SPACE.features(candidate)[None, :])[0])


SPEC_SPACE = DesignState(spec=SPEC).space


def test_nothing_is_known_while_every_candidate_was_made_once():
    assert scatter_field(made(6, 1)) is None


def test_candidates_that_were_never_made_have_the_scatter_of_their_kind():
    field = scatter_field(made(24, 3))

    assert typical(field, PURE) < 3.0 * QUIET
    assert 0.5 * WILD < typical(field, ALLOY) < 2.0 * WILD


def test_more_structures_make_a_scatter_surer():
    features = SPEC_SPACE.features(ALLOY)[None, :]

    sigmas = [
        ScatterField(SPEC_SPACE, features, np.array([0.09]), np.array([n])).log_variance(features)
        for n in (2.0, 4.0, 100.0)
    ]

    assert sigmas[0][1] > sigmas[1][1] > sigmas[2][1]
    assert np.exp(sigmas[2][0] / 2.0) == pytest.approx(0.3, rel=0.05)


def test_one_that_is_about_to_slip_stands_between_quiet_ones():
    places = [PURE.model_copy(update={"elongation_angstrom": 0.1 * i}) for i in range(11)]
    features = np.stack([SPEC_SPACE.features(place) for place in places])
    variances = np.full(11, 1e-5)
    variances[5] = 0.2

    field = ScatterField(SPEC_SPACE, features, variances, np.full(11, 3.0))

    found = field.typical(features)
    assert found[5] > 0.1
    assert found[[0, 1, 2, 3, 4, 6, 7, 8, 9, 10]].max() < 0.05
    # Of one that was not made nobody knows whether it slips.
    _, sigma = field.log_variance(np.stack([features[4], (features[4] + features[5]) / 2.0]))
    assert sigma[1] > 1.5 * sigma[0]


def test_equal_numbers_are_no_scatter_of_nothing():
    features = SPEC_SPACE.features(PURE)[None, :]

    field = ScatterField(SPEC_SPACE, features, np.array([0.0]), np.array([3.0]))

    assert field.typical(features)[0] >= 0.01


def test_where_scatter_is_known_chances_are_those_of_their_kind():
    spec = SPEC.model_copy(update={"target_g0": SmoothProblem().conductance(PURE)})
    state = made(24, 4, spec, (PURE, ALLOY))
    wild = state.spec.model_copy(update={"target_g0": SmoothProblem().conductance(ALLOY)})
    elsewhere = state.model_copy(update={"spec": wild})

    (quiet,) = prospects(state, fit_process(state), [PURE])
    (noisy,) = prospects(elsewhere, fit_process(elsewhere), [ALLOY])

    assert quiet.chance > 0.75
    # Aimed at perfectly, 38 % of its structures would be hits.
    assert noisy.chance < 0.55
    assert noisy.belief.sigma > 3.0 * quiet.belief.sigma


def test_structures_that_are_alike_make_no_estimate_surer():
    # Five structures whose estimates agree to 0.001, by a surrogate that errs by 0.2.
    problem = SmoothProblem()
    near = made(12, 3)
    again = [
        Observation(
            candidate=PURE,
            conductance_g0=problem.conductance(PURE) + 0.001 * i,
            sigma_g0=0.2,
            source="surrogate",
            structure=f"alike {i}",
        )
        for i in range(5)
    ]
    state = tell(near, again)

    (found,) = prospects(state, fit_process(state), [PURE])

    assert found.belief.sigma > 0.2 / np.sqrt(5.0)


def test_a_round_makes_several_structures_of_a_proposal_and_labels_different_candidates():
    state, done = design_round(DesignState(spec=SPEC), Alloyed())

    assert len(done.trials) == 3 * 8
    assert len({trial.seed for trial in done.trials}) == 3 * 8
    assert state.n_told == 8
    labelled = [t.proposal.candidate.key for t in done.trials if t.outcome is not None]
    assert len(set(labelled)) == 2


def test_a_search_that_knows_the_scatter_prefers_what_scatters_little():
    quick = BotorchProposer(n_pool=64, n_neighbour=24, n_sample=32)

    found = run_design(SPEC, Alloyed(surrogate_sigma_g0=0.05), proposer=quick)

    finalists = [one.proposal.candidate for one in found.verifications]
    assert all(len(candidate.composition) == 1 for candidate in finalists)
    assert found.declared
    assert all(one.is_verified for one in found.declared)


def test_a_design_without_repeats_searches_as_before():
    once = SPEC.model_copy(update={"round_seeds": 1})

    process = fit_process(made(8, 3, once))

    assert process is not None
    assert process.field is None
    assert "round_seeds" not in once.described()


@pytest.mark.parametrize("away", [0.0, 0.1, 1.0])
def test_the_expected_distance_is_that_of_many_structures(away):
    structures = away + 0.3 * np.random.default_rng(0).standard_normal(200_000)

    found = expected_distance(torch.tensor([-away]), torch.tensor([0.3]))

    assert float(found) == pytest.approx(np.abs(structures).mean(), abs=0.003)


def test_a_label_goes_to_the_likeliest_candidate_that_has_none_of_this_round_or_an_earlier_one():
    sobol = SPEC.model_copy(update={"proposer": "sobol"})
    first, _ = design_round(DesignState(spec=sobol), Alloyed(surrogate_sigma_g0=0.02))

    second, done = design_round(first, Alloyed(surrogate_sigma_g0=0.02))

    labels = [o.candidate.key for o in second.observations if o.source == "dft"]
    assert len(set(labels)) == len(labels) == 4
    labelled = [trial for trial in done.trials if trial.outcome is not None]
    assert len(labelled) == 2
    assert len(done.trials) >= 3 * 4
    assert len({trial.structure for trial in done.trials}) == len(done.trials)
