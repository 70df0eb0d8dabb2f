"""Candidates as real structures."""

import numpy as np
import pytest

from sekkei.design.candidate import Candidate, Proposal
from sekkei.design.contacts import StretchedContacts, made_for, stretched
from sekkei.design.loop import design_round
from sekkei.design.problem import DesignProblem, structure_key
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.design.step import realise
from sekkei.structure.junction import DEVICE
from sekkei.testing.point_label import point_label
from sekkei.transport.labeler import LabelError

SPEC = DesignSpec(
    target_g0=1.0,
    forbidden=("Cs",),
    electrode_element="K",
    neck_length=(1, 3),
    neck_width=(1, 4),
    elongation_angstrom=(0.0, 0.5),
    initial=2,
    proposer="sobol",
)


class CountingLabeler:
    """Conducts as many quanta as the device has hundreds of atoms; refuses alloys of rubidium."""

    recipe = engine = "counting"

    def label(self, junction):
        if 37 in junction.numbers:
            raise LabelError("no rubidium, please")
        conductance = (junction.regions == DEVICE).sum() / 100.0
        return point_label(conductance, "counting")


def estimator(junctions):
    return np.full(len(junctions), 0.9), np.full(len(junctions), 0.2)


@pytest.mark.slow
def test_a_realised_candidate_holds_its_elements_and_nothing_else():
    problem = StretchedContacts(SPEC, estimator, CountingLabeler())
    candidate = Candidate(
        composition={"Na": 0.25, "K": 0.75}, neck_length=2, neck_width=2, elongation_angstrom=0.3
    )

    junction = problem.realise(candidate, seed=4)
    again = problem.realise(candidate, seed=4)

    device = junction.numbers[junction.regions == DEVICE]
    leads = junction.numbers[junction.regions != DEVICE]
    # As exactly as whole atoms allow.
    assert (device == 11).sum() == pytest.approx(0.25 * device.size, abs=1.0)
    assert set(leads.tolist()) == {19}
    np.testing.assert_array_equal(junction.positions, again.positions)


@pytest.mark.slow
@pytest.mark.parametrize("plateau", [None, {"share": 0.5, "frames": 3}])
def test_the_structure_of_a_round_is_made_again_by_its_seed(plateau):
    # 0.5 Å in three parts are other time steps than at once, and end elsewhere.
    asked = SPEC.model_dump() | {"plateau": plateau, "elongation_angstrom": (0.5, 0.5)}
    spec = DesignSpec.model_validate(asked)
    candidate = Candidate(
        composition={"K": 1.0}, neck_length=2, neck_width=2, elongation_angstrom=0.5
    )
    proposal = Proposal(id="0" * 32, candidate=candidate, acquisition="sobol")
    problem = StretchedContacts(spec, estimator, CountingLabeler())

    trial = realise(spec, problem, proposal, "round 0")

    again = made_for(spec, candidate, trial.seed)
    assert structure_key(again) == trial.structure
    is_at_once = structure_key(stretched(spec, candidate, trial.seed)) == trial.structure
    assert is_at_once == (plateau is None)


@pytest.mark.slow
def test_structures_are_pulled_between_wires_and_labelled_between_surfaces():
    spec = SPEC.model_copy(update={"leads": "surface-bcc100-3x3", "estimate_leads": "bcc100-9+12"})
    seen = []
    labelled = []

    class Watching(CountingLabeler):
        def label(self, junction):
            labelled.append(junction)
            return super().label(junction)

    def watching(junctions):
        seen.extend(junctions)
        return estimator(junctions)

    problem = StretchedContacts(spec, watching, Watching())
    candidate = Candidate(
        composition={"Na": 0.25, "K": 0.75}, neck_length=2, neck_width=2, elongation_angstrom=0.3
    )

    pulled = problem.realise(candidate, seed=4)
    problem.estimate([pulled])
    problem.verify([pulled])

    (wide,), (surface,) = seen, labelled
    assert pulled.lateral_period is wide.lateral_period is None
    assert surface.lateral_period == pytest.approx((15.99, 15.99))
    n_lead = [int((one.regions != DEVICE).sum()) for one in (pulled, wide, surface)]
    assert np.divide(n_lead, n_lead[0]) == pytest.approx([1.0, 21 / 9, 18 / 9])
    for one in (wide, surface):
        free = one.regions == DEVICE
        np.testing.assert_array_equal(one.positions[free], device(pulled))


@pytest.mark.slow
def test_a_structure_that_has_no_room_between_its_leads_is_a_failure_of_its_candidate():
    # Atoms of this thin wire relax to where the sites of a wider one are.
    spec = DesignSpec(
        target_g0=1.0,
        elements=("K",),
        electrode="bcc100-4+1",
        leads="surface-bcc100-2x2",
        estimate_leads="bcc100-4+1",
        neck_width=(1, 1),
        elongation_angstrom=(2.0, 2.0),
        initial=2,
        proposer="sobol",
    )
    problem = StretchedContacts(spec, estimator, CountingLabeler())

    state, done = design_round(DesignState(spec=spec), problem)

    assert [trial.failure.kind for trial in done.trials] == ["AtomOverlapError"] * 2
    assert "a surface of more cells" in done.trials[0].failure.message
    assert len(state.failures) == 2


def device(junction):
    return junction.positions[junction.regions == DEVICE]


@pytest.mark.slow
def test_a_round_on_real_structures_ends_in_observations():
    problem = StretchedContacts(SPEC, estimator, CountingLabeler())

    state, done = design_round(DesignState(spec=SPEC), problem)

    assert isinstance(problem, DesignProblem)
    assert len(done.trials) == 2
    assert all(t.junction is not None for t in done.trials)
    assert sum(o.source == "surrogate" for o in state.observations) == 2
    assert len(state.failures) + sum(o.source == "dft" for o in state.observations) == 1
