"""The loop from proposal to proof, on a laboratory whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.design.asking import ask
from sekkei.design.botorch_proposer import BotorchProposer
from sekkei.design.loop import design_round, run_design
from sekkei.design.problem import DesignProblem, Proof, structure_key
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, realisation_seed
from sekkei.design.step import LABEL_SIGMA_G0
from sekkei.errors import InvalidInputError
from sekkei.testing.proposer_laws import SmoothProblem

SPEC = DesignSpec(
    target_g0=2.0, rounds=3, initial=6, batch=3, finalists=2, seed=3, proposer="sobol"
)
SEARCHING = SPEC.model_copy(update={"proposer": "botorch"})
QUICK = BotorchProposer(n_pool=48, n_neighbour=12, n_sample=16)


def test_the_problem_is_a_problem():
    assert isinstance(SmoothProblem(), DesignProblem)


def test_a_campaign_finds_and_proves_hits():
    result = run_design(SEARCHING, SmoothProblem(scatter_g0=0.03, surrogate_sigma_g0=0.05))

    assert len(result.verifications) == 2
    assert result.hits
    for hit in result.hits:
        assert abs(hit.trial.verified_g0 - 2.0) <= 0.15


def test_the_verified_structure_is_the_reported_one_and_was_never_seen_before():
    problem = SmoothProblem()
    result = run_design(SPEC, problem)

    before = {t.structure for done in result.rounds for t in done.trials}

    for verification in result.verifications:
        trial = verification.trial
        candidate = verification.proposal.candidate
        again = problem.realise(candidate, trial.seed)
        assert structure_key(again) == trial.structure
        assert problem.verify([trial.junction])[0].conductance == trial.verified_g0
        assert trial.structure not in before


def test_each_round_verifies_its_most_promising_structures():
    spec = SPEC.model_copy(update={"verify_per_round": 2})

    _, done = design_round(DesignState(spec=spec), SmoothProblem())

    distance = {i: abs(t.estimate_g0 - 2.0) for i, t in enumerate(done.trials)}
    verified = {i for i, t in enumerate(done.trials) if t.verified_g0 is not None}
    assert verified == set(sorted(distance, key=distance.get)[:2])


@pytest.fixture(scope="module")
def straight():
    return run_design(SEARCHING, SmoothProblem(), proposer=QUICK)


@pytest.mark.parametrize("n_before", [1, 2, 3])
def test_a_resumed_campaign_ends_as_one_that_never_stopped(n_before, straight):
    problem = SmoothProblem()

    state = DesignState(spec=SEARCHING)
    for _ in range(n_before):
        state, _ = design_round(state, problem, QUICK)
    restored = DesignState.from_json(state.to_json())
    resumed = run_design(SEARCHING, problem, restored, proposer=QUICK)

    assert resumed.state == straight.state
    assert [v.trial.structure for v in resumed.verifications] == [
        v.trial.structure for v in straight.verifications
    ]


def test_a_stop_between_ask_and_tell_loses_nothing():
    problem = SmoothProblem()
    after_first, _ = design_round(DesignState(spec=SEARCHING), problem)
    straight, _ = design_round(after_first, problem, QUICK)

    asked, _ = ask(after_first, SEARCHING.batch, QUICK)
    resumed, _ = design_round(DesignState.from_json(asked.to_json()), problem, QUICK)

    assert resumed == straight


def test_progress_is_told_after_each_round():
    told = []

    run_design(
        SPEC, SmoothProblem(), progress=lambda state, done: told.append((state.n_round, done))
    )

    assert [n for n, _ in told] == [1, 2, 3]
    assert [len(done.trials) for _, done in told] == [6, 3, 3]


def test_realisations_that_fail_are_failures_and_not_numbers():
    problem = SmoothProblem(breaks_beyond_angstrom=3.0)

    result = run_design(SPEC, problem)

    assert result.state.failures
    assert {f.kind for f in result.state.failures} == {"ExperimentError"}
    assert all(o.candidate.elongation_angstrom <= 3.0 for o in result.state.observations)
    assert not result.state.pending


@pytest.mark.parametrize(("error_g0", "is_doubtful"), [(0.01, False), (0.14, True), (np.nan, None)])
def test_a_label_whose_bar_is_wider_than_the_tolerance_is_flagged(error_g0, is_doubtful):
    class Unsure(SmoothProblem):
        def verify(self, junctions):
            return [replace(label, error=error_g0) for label in super().verify(junctions)]

    result = run_design(SPEC, Unsure())

    assert {v.is_doubtful for v in result.verifications} == {is_doubtful}


def test_what_is_asked_for_is_what_a_label_says_whatever_its_own_error():
    class Mixed(SmoothProblem):
        def verify(self, junctions):
            found = super().verify(junctions)
            return [replace(one, error=e) for one, e in zip(found, (0.1, 0.001), strict=True)]

    spec = SPEC.model_copy(update={"verify_per_round": 2, "initial": 6})

    state, _ = design_round(DesignState(spec=spec), Mixed())

    sigmas = [o.sigma_g0 for o in state.observations if o.source == "dft"]
    assert sigmas == [LABEL_SIGMA_G0] * 2


def test_refused_labels_are_failures_and_not_hits():
    problem = SmoothProblem(refuses_below_g0=100.0)

    result = run_design(SPEC, problem)

    assert {(f.step, f.kind) for f in result.state.failures} == {("verify", "BandEdgeError")}
    assert all(o.source == "surrogate" for o in result.state.observations)
    assert not result.hits
    assert all(v.error_g0 is None for v in result.verifications)


def test_a_campaign_in_which_everything_fails_ends_without_finalists():
    result = run_design(SPEC, SmoothProblem(breaks_beyond_angstrom=-1.0))

    assert len(result.state.failures) == 12
    assert result.verifications == ()


def test_finalists_report_how_robust_they_are():
    steady = run_design(SPEC, SmoothProblem(scatter_g0=0.0, surrogate_sigma_g0=0.001))
    wild = run_design(SPEC, SmoothProblem(scatter_g0=1.0, surrogate_sigma_g0=0.001))

    assert steady.verifications[0].robustness == 1.0
    assert np.mean([v.robustness for v in wild.verifications]) < 0.8


def test_a_finalist_is_proved_on_seeds_that_nobody_chose():
    spec = SPEC.model_copy(update={"fresh_seeds": 5, "verify_seeds": 3})

    result = run_design(spec, SmoothProblem(scatter_g0=0.3))

    for found in result.verifications:
        labels = {trial.seed: trial.verified_g0 for trial in found.labelled}
        seeds = [
            realisation_seed(spec, found.proposal.candidate, f"fresh {i}")
            for i in range(spec.fresh_seeds)
        ]
        assert set(seeds[:3]) <= set(labels) == {*seeds[:3], found.trial.seed}
        assert (found.proof.n_seed, found.proof.n_label) == (3, 3)
        assert found.proof.n_hit == sum(spec.target.contains(labels[seed]) for seed in seeds[:3])
        assert found.is_verified == (found.proof.n_hit >= 2)
        low, high = found.proof.interval_90
        assert 0.0 <= low <= found.proof.share <= high <= 1.0


def test_two_of_three_have_the_interval_of_wilson():
    # R. G. Newcombe, Stat. Med. 17, 857 (1998), method 3, with z = 1.6449 and n = 3.
    z, n, p = 1.6448536269514722, 3, 2 / 3
    centre, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    expected = np.array([centre - half, centre + half]) / (1 + z**2 / n)

    np.testing.assert_allclose(Proof(3, 3, 2).interval_90, expected)
    assert Proof(0, 0, 0).interval_90 is None


def test_a_hit_is_declared_only_where_it_is_likely_enough():
    spec = SPEC.model_copy(update={"rounds": 1, "initial": 8})

    sure = run_design(spec.model_copy(update={"tolerance_g0": 5.0}), SmoothProblem())
    unsure = run_design(spec.model_copy(update={"tolerance_g0": 0.01}), SmoothProblem())

    assert [v.is_declared for v in sure.verifications] == [True, True]
    assert all(v.proposal.chance >= 0.8 for v in sure.verifications)
    assert unsure.declared == ()


def test_a_few_labelled_structures_declare_nothing_however_near_they_are():
    # Two candidates seen: nothing is known of how fresh structures of them scatter.
    spec = SPEC.model_copy(
        update={"rounds": 1, "initial": 2, "verify_per_round": 2, "tolerance_g0": 5.0}
    )

    result = run_design(spec, SmoothProblem())

    assert [found.proposal.chance for found in result.verifications] == [None, None]
    assert result.declared == ()
    assert all(found.is_verified for found in result.verifications)


def test_structures_that_give_no_label_are_no_hits_in_the_proof():
    # Every label below the target is refused: the share counts all structures all the same.
    result = run_design(SPEC, SmoothProblem(scatter_g0=0.2, refuses_below_g0=2.0))

    proofs = [found.proof for found in result.verifications]
    assert sum(proof.n_label for proof in proofs) < 3 * len(proofs)
    for proof in proofs:
        assert proof.n_hit <= proof.n_label <= proof.n_seed == 3
        assert proof.share == proof.n_hit / 3


def test_without_seeds_to_verify_only_the_reported_structure_is_labelled():
    spec = SPEC.model_copy(update={"verify_seeds": 0})

    result = run_design(spec, SmoothProblem())

    assert [len(v.labelled) for v in result.verifications] == [1, 1]
    assert all(v.proof.share is None and not v.is_verified for v in result.verifications)


@pytest.mark.parametrize(
    "asked", [{"at_least_g0": 2.5}, {"at_most_g0": 0.5}, {"at_least_g0": 1.0, "at_most_g0": 1.5}]
)
def test_bounds_are_searched_for_and_proved(asked):
    spec = SEARCHING.model_copy(update={"target_g0": None, "finalists": 1} | asked)

    result = run_design(
        spec, SmoothProblem(scatter_g0=0.03, surrogate_sigma_g0=0.05), proposer=QUICK
    )

    (found,) = result.verifications
    assert found.is_hit
    assert found.is_declared
    assert found.is_verified
    assert found.error_g0 == 0.0


def test_another_specification_does_not_go_on_with_the_campaign():
    state = DesignState(spec=SPEC)
    other = SPEC.model_copy(update={"target_g0": 1.0, "seed": 9})

    with pytest.raises(InvalidInputError, match="but they differ in target_g0, seed; start afresh"):
        run_design(other, SmoothProblem(), state)


def test_an_estimate_that_is_no_number_is_the_surrogates_fault():
    class Broken(SmoothProblem):
        def estimate(self, junctions):
            return np.full(len(junctions), np.nan), np.ones(len(junctions))

    with pytest.raises(InvalidInputError, match="one finite number for each of 6 junctions"):
        design_round(DesignState(spec=SPEC), Broken())
