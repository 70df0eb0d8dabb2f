"""Candidates as real structures."""

import numpy as np
import pytest

from sekkei.design.candidate import Candidate
from sekkei.design.contacts import StretchedContacts
from sekkei.design.loop import design_round
from sekkei.design.problem import DesignProblem
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
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
def test_a_round_on_real_structures_ends_in_observations():
    problem = StretchedContacts(SPEC, estimator, CountingLabeler())

    state, done = design_round(DesignState(spec=SPEC), problem)

    assert isinstance(problem, DesignProblem)
    assert len(done.trials) == 2
    assert all(t.junction is not None for t in done.trials)
    assert sum(o.source == "surrogate" for o in state.observations) == 2
    assert len(state.failures) + sum(o.source == "dft" for o in state.observations) == 1
