"""Labels correct the surrogate."""

import numpy as np
import pytest

from sekkei.design.calibration import believed, state_correction
from sekkei.design.candidate import Candidate, Observation
from sekkei.design.loop import run_design
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.testing.proposer_laws import SmoothProblem

SPEC = DesignSpec(target_g0=2.0, rounds=4, initial=8, batch=4, verify_per_round=2, seed=2)
HERE = Candidate(composition={"K": 1.0}, neck_length=3, neck_width=2, elongation_angstrom=1.0)


def observed(structure, conductance, sigma, source):
    return Observation(
        candidate=HERE,
        conductance_g0=conductance,
        sigma_g0=sigma,
        source=source,
        structure=structure,
    )


def state_of(pairs, sigma):
    told = []
    for i, (estimate, label) in enumerate(pairs):
        told.append(observed(f"s{i}", estimate, sigma, "surrogate"))
        told.append(observed(f"s{i}", label, 0.0, "dft"))
    return tell(DesignState(spec=SPEC), told)


def test_without_labels_nothing_is_corrected():
    state = tell(DesignState(spec=SPEC), [observed("a", 1.0, 0.3, "surrogate")])

    assert believed(state) == state.observations


def test_a_constant_bias_is_taken_off_what_has_no_label():
    state = state_of([(1.0, 1.3), (1.5, 1.8), (2.5, 2.8), (3.0, 3.3)], sigma=0.1)
    state = tell(state, [observed("new", 1.2, 0.1, "surrogate")])

    corrected = believed(state)[-1]

    # A prior of width 0.2 G0 against four labels of 0.1 pulls the offset back by 6 %.
    assert corrected.conductance_g0 == pytest.approx(1.5, abs=0.03)
    # Half of what estimates of one candidate err by may be each structure's own.
    assert 0.05 < corrected.sigma_g0 < 0.1


def test_one_label_moves_the_offset_and_leaves_the_slope_uncertain():
    calibration = state_correction(state_of([(2.0, 2.2)], sigma=0.1)).common

    mean, sigma = calibration.correct(np.array([2.0, 4.0]), np.array([0.1, 0.1]))

    # Variances of 0.2² and 0.1²: four fifths of what the label is off.
    np.testing.assert_allclose(mean, [2.16, 4.16], atol=0.001)
    # The slope keeps its prior: 0.1 per G0, two G0 away.
    assert sigma[1] == pytest.approx(np.sqrt(0.1**2 + 0.008 + 0.2**2), abs=0.01)


def test_what_the_surrogate_calls_broken_stays_broken():
    state = state_of([(1.0, 1.2), (1.5, 1.7)], sigma=0.1)
    told = [observed("open", 0.0, 0.1, "surrogate"), observed("nearly", 0.05, 0.1, "surrogate")]

    *_, is_open, nearly = believed(tell(state, told))

    assert (is_open.conductance_g0, is_open.sigma_g0) == (0.0, pytest.approx(0.1))
    assert nearly.conductance_g0 == pytest.approx(0.05 + 0.2 / 2, abs=0.03)


def test_an_overconfident_surrogate_is_believed_less():
    wild = [(1.0, 1.5), (1.1, 0.5), (2.0, 2.6), (2.1, 1.4), (3.0, 3.5), (3.1, 2.5)]

    calibration = state_correction(state_of(wild, sigma=0.01))

    # Residuals of about 0.55 against 0.01 claimed, six labels against a prior worth two.
    assert 0.3 < calibration.common.inflation * 0.01 < 0.7


def test_a_campaign_hits_in_spite_of_a_biased_surrogate():
    class Biased(SmoothProblem):
        def estimate(self, junctions):
            truth = np.array([junction.positions[1, 2] for junction in junctions])
            return np.maximum(0.0, 0.7 * truth - 0.4), np.full(truth.shape, 0.1)

    result = run_design(SPEC, Biased(scatter_g0=0.03))

    # The surrogate says 1.0 where the truth is 2.0.
    assert result.hits
