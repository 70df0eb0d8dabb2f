"""Contacts that keep the target while they are pulled."""

import numpy as np
import pytest
from pydantic import ValidationError

from sekkei.design.asking import ask
from sekkei.design.calibration import believed, state_correction
from sekkei.design.candidate import Candidate, Observation
from sekkei.design.chance import prospects
from sekkei.design.loop import design_round, run_design
from sekkei.design.measured import Terms, read_outcomes
from sekkei.design.overview import summary
from sekkei.design.plateau import Plateau, share_within
from sekkei.design.process import fit_process
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.design.target import bounded_target, value_target
from sekkei.design.trials import trials_to_hit
from sekkei.design.verified import verified_outcome, verified_share
from sekkei.errors import InvalidInputError
from sekkei.testing.point_label import point_label
from sekkei.testing.proposer_laws import SmoothProblem
from sekkei.transport.labeler import Refusal

THREE = value_target(3.0, 0.25)
SPEC = DesignSpec(
    target_g0=2.0,
    tolerance_g0=0.2,
    plateau=Plateau(share=0.5),
    elongation_angstrom=(3.0, 8.0),
    initial=8,
    batch=4,
    rounds=3,
    finalists=1,
    proposer="sobol",
)


@pytest.mark.parametrize(
    ("pulling", "share", "value"),
    [
        ((3.2, 3.1, 2.9, 0.9), 0.5, 0.1),  # two of four are as near as 0.1
        ((3.2, 3.1, 2.9, 0.9), 0.75, 0.2),  # three as near as 0.2
        ((3.2, 3.1, 2.9, 0.9), 1.0, 2.1),
        ((5.0, 4.0, 1.0, 0.5), 0.5, 2.0),  # none is near, and yet there is a distance
    ],
)
def test_the_number_of_a_pulling_is_the_distance_within_which_enough_of_it_is(
    pulling, share, value
):
    assert Plateau(share=share).value(THREE, pulling, 4.0) == pytest.approx(value)


def test_the_number_is_within_its_target_just_where_enough_of_a_pulling_is():
    generator = np.random.default_rng(0)
    bounds = [THREE, bounded_target(2.0, None), bounded_target(None, 1.5), bounded_target(1.0, 2.5)]

    for _ in range(400):
        within = bounds[generator.integers(len(bounds))]
        plateau = Plateau(share=float(generator.uniform(0.05, 1.0)), frames=6)
        pulling = generator.uniform(0.0, 5.0, size=generator.integers(2, 12)).tolist()
        value = plateau.value(within, pulling, 5.0)

        is_enough = share_within(within, pulling) >= plateau.share - 1e-9
        assert plateau.target_of(within).contains(value) == is_enough


def test_a_length_is_a_share_of_each_pulling():
    plateau = Plateau(angstrom=2.0)

    assert plateau.least_share(8.0) == 0.25
    assert str(plateau.target_of(THREE)) == "3 G0 within 0.25 over 2 Å of the pulling"
    assert str(SPEC.target) == "2 G0 within 0.2 over 50 % of the pulling"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plateau": {}}, "a share or a length"),
        ({"plateau": {"share": 0.5, "angstrom": 2.0}}, "and not both"),
        ({"elongation_angstrom": (0.0, 8.0)}, "must be at least 0.001 Å long"),
        (
            {"plateau": {"angstrom": 4.0}},
            "at least 4 Å long, but elongation_angstrom begins",
        ),
        ({"warm_start": True}, "say nothing of a pulling"),
        ({"distance": "log"}, "a plateau is measured in G0"),
    ],
)
def test_what_can_have_no_plateau_is_refused(change, message):
    with pytest.raises(ValidationError, match=message):
        DesignSpec.model_validate(SPEC.model_dump() | change)


def test_a_design_without_it_keeps_its_identity():
    plain = DesignSpec(target_g0=2.0)

    assert "plateau" not in plain.described()
    assert (
        plain.key
        != DesignSpec.model_validate(
            plain.model_dump() | {"plateau": {"share": 0.5}, "elongation_angstrom": (1.0, 8.0)}
        ).key
    )


def test_a_round_estimates_and_labels_every_structure_of_a_pulling():
    problem = SmoothProblem(scatter_g0=0.05)

    state, done = design_round(DesignState(spec=SPEC), problem)

    (labelled,) = [trial for trial in done.trials if trial.labels]
    candidate, n = labelled.proposal.candidate, SPEC.plateau.frames
    assert [len(trial.estimates_g0) for trial in done.trials] == [n] * SPEC.initial
    assert labelled.labels[-1].conductance == labelled.verified_g0
    # The longer it is pulled the less it conducts, each time by the same factor.
    found = [label.conductance for label in labelled.labels]
    scatter = found[-1] - problem.conductance(candidate)
    ratios = np.diff(np.log(np.array(found) - scatter))
    np.testing.assert_allclose(ratios, ratios[0])
    (seen,) = [o for o in state.observations if o.source == "dft"]
    assert seen.pulling_g0 == tuple(found)
    assert DesignState.from_json(state.to_json()) == state


def test_labels_of_every_structure_correct_the_others_by_conductance():
    class Low(SmoothProblem):
        def estimate(self, junctions):
            mean, sigma = super().estimate(junctions)
            return mean - 0.4, sigma

    spec = SPEC.model_copy(update={"verify_per_round": 3, "target_g0": 3.0})

    state, _ = design_round(DesignState(spec=spec), Low(scatter_g0=0.02, surrogate_sigma_g0=0.02))

    # 18 pairs of structures; their distance from the target alone would not tell the sign.
    assert state_correction(state).common.weights[0] == pytest.approx(0.4, abs=0.05)
    assert all(not o.pulling_g0 for o in believed(state))


def test_a_refused_structure_is_a_refusal_of_its_pulling():
    class Picky(SmoothProblem):
        def verify(self, junctions):
            found = list(super().verify(junctions))
            return [Refusal(kind="BandEdgeError", message="no", recipe="x"), *found[1:]]

    state, done = design_round(DesignState(spec=SPEC), Picky())

    (lost,) = [trial for trial in done.trials if trial.failure is not None]
    assert verified_outcome(SPEC, lost) is None
    assert [f.kind for f in state.failures] == ["BandEdgeError"]


def test_a_search_proves_a_contact_with_a_plateau():
    problem = SmoothProblem(scatter_g0=0.03, surrogate_sigma_g0=0.05)
    spec = SPEC.model_copy(update={"tolerance_g0": 0.3, "proposer": "botorch"})

    result = run_design(spec, problem)

    (found,) = result.verifications
    assert found.is_hit
    assert found.is_verified
    assert found.proof.n_label == 3
    assert verified_share(spec, found.trial) >= 0.5
    assert found.error_g0 == 0.0
    assert summary(result.state)["target"] == "2 G0 within 0.3 over 50 % of the pulling"


def test_a_chance_is_that_of_the_plateau_being_long_enough():
    state, _ = design_round(DesignState(spec=SPEC), SmoothProblem(scatter_g0=0.02))
    sure = state.model_copy(update={"spec": SPEC.model_copy(update={"tolerance_g0": 4.0})})
    (some, *_) = [o.candidate for o in state.observations]

    (found,) = prospects(sure, fit_process(sure), [some])

    assert found.chance > 0.95


def test_trials_are_counted_until_a_plateau_is_long_enough():
    easy = SPEC.model_copy(update={"tolerance_g0": 5.0})
    hopeless = DesignSpec.model_validate(SPEC.model_dump() | {"target_g0": 9.0})

    assert trials_to_hit(easy, SmoothProblem(), limit=8) == 1
    assert trials_to_hit(hopeless, SmoothProblem(), limit=8) is None


def test_a_measured_pulling_is_told_with_its_conductances(tmp_path):
    state, (one, other) = ask(DesignState(spec=SPEC), 2)
    file = tmp_path / "lab.csv"
    file.write_text(f"id,conductance_g0\n{one.id},2.3 2.1 1.9\n")

    (seen,) = read_outcomes(file, state, Terms(sigma_g0=0.05)).outcomes

    assert seen.pulling_g0 == (2.3, 2.1, 1.9)
    file.write_text(f"id,conductance_g0\n{other.id},2.3\n")
    with pytest.raises(InvalidInputError, match=r"line 2: .* must be of a whole pulling, but is"):
        read_outcomes(file, state, Terms(sigma_g0=0.05))
    single = seen.model_copy(update={"pulling_g0": ()})
    with pytest.raises(InvalidInputError, match="must be of a whole pulling, but is one"):
        tell(state, [single])


def test_a_pulling_is_refused_where_one_structure_was_asked_for():
    spec = DesignSpec(target_g0=2.0)
    candidate = Candidate(
        composition={"K": 1.0}, neck_length=2, neck_width=2, elongation_angstrom=1.0
    )
    seen = Observation(
        candidate=candidate, conductance_g0=1.0, sigma_g0=0.1, source="dft", pulling_g0=(2.0, 1.0)
    )

    with pytest.raises(InvalidInputError, match="must be one conductance, but is a pulling of 2"):
        tell(DesignState(spec=spec), [seen])


def test_a_problem_that_cannot_pull_is_refused():
    class Stiff:
        def realise(self, candidate, seed):
            return SmoothProblem().realise(candidate, seed)

        def estimate(self, junctions):
            return SmoothProblem().estimate(junctions)

        def verify(self, junctions):
            return [point_label(1.0, "stiff") for _ in junctions]

    with pytest.raises(InvalidInputError, match="Stiff cannot; give it a method pull"):
        design_round(DesignState(spec=SPEC), Stiff())
