"""Contacts with a Fano factor, a slope or a thermopower of their own."""

import math
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from sekkei.design.asking import ask
from sekkei.design.calibration import believed
from sekkei.design.candidate import Candidate, Observation
from sekkei.design.contacts import StretchedContacts
from sekkei.design.loop import design_round, run_design
from sekkei.design.measured import Terms, read_outcomes
from sekkei.design.outcome import as_asked
from sekkei.design.overview import best_rows, finalist_rows, summary
from sekkei.design.specification import DesignSpec
from sekkei.design.spectral import estimated_values, value_of_label, values_by_model
from sekkei.design.spectral_error import SpectralPair, fit_spectral_correction
from sekkei.design.spectrum import Spectrum, fano_of
from sekkei.design.state import DesignState, tell
from sekkei.design.target import bounded_target, value_target
from sekkei.design.verified import is_verified_hit, verified_spectrum
from sekkei.errors import InvalidInputError, LabelError
from sekkei.model.domain import TrainingDomain
from sekkei.testing.area_predictor import AreaPredictor
from sekkei.testing.point_label import point_label
from sekkei.testing.proposer_laws import SmoothProblem
from sekkei.transport.labeler import Label
from sekkei.transport.plugins import make_labeler

THREE = value_target(3.0, 0.2)
ENERGIES = np.linspace(-0.5, 0.5, 101)
QUIET = Spectrum(quantity="fano", at_most=0.1)
SPEC = DesignSpec(
    target_g0=2.0,
    tolerance_g0=0.3,
    spectrum=Spectrum(quantity="slope", value=1.0, tolerance=0.4),
    initial=8,
    batch=4,
    rounds=3,
    finalists=1,
    proposer="sobol",
)
HERE = Candidate(composition={"K": 1.0}, neck_length=3, neck_width=2, elongation_angstrom=1.0)


NOWHERE = TrainingDomain.from_labels([], np.zeros(0, dtype=int))


class SlopingProblem(SmoothProblem):
    """Half as steep as it conducts; its surrogate says 0.2 G0/eV more."""

    def verify(self, junctions):
        return [
            sloped(one, 0.5 * one.conductance) if isinstance(one, Label) else one
            for one in super().verify(junctions)
        ]

    def estimate_spectrum(self, junctions):
        mean, _ = self.estimate(junctions)
        return 0.5 * mean + 0.2, np.full(len(junctions), 0.1)


def sloped(label, slope):
    """Return a label whose T(E) is a straight line."""
    curve = label.conductance + slope * ENERGIES
    return replace(label, energies=ENERGIES, transmission=curve)


@pytest.mark.parametrize(
    ("spectrum", "conductance", "value", "distance"),
    [
        (Spectrum(quantity="slope", value=1.0, tolerance=0.5), 3.1, 1.1, 0.1),
        (Spectrum(quantity="slope", value=1.0, tolerance=0.5), 3.1, 1.5, 0.2),
        (Spectrum(quantity="slope", value=1.0, tolerance=0.5), 3.0, 0.0, 0.4),
        (Spectrum(quantity="slope", at_least=-3.0, at_most=-1.0), 3.0, -1.0, 0.2),
        (QUIET, 3.0, 0.0, 0.0),  # as far below the bound as that is from 0
        (QUIET, 3.0, 0.1, 0.2),
        (QUIET, 3.0, 0.2, 0.4),
        (Spectrum(quantity="thermopower", at_most=-5.0), 3.0, -10.0, 0.0),
        (Spectrum(quantity="thermopower", at_most=-5.0), 3.0, -5.0, 0.2),
        (Spectrum(quantity="thermopower", at_most=-5.0), 3.0, 5.0, 0.6),
        (Spectrum(quantity="thermopower", at_least=5.0), 3.0, 2.5, 0.3),
        (Spectrum(quantity="thermopower", at_least=5.0), 3.0, 50.0, 0.0),
        (QUIET, 3.5, 0.0, 0.5),
        (QUIET, 3.0, None, 0.4),  # nothing conducts: twice the room
    ],
)
def test_the_distance_is_that_of_the_worse_of_both(spectrum, conductance, value, distance):
    assert spectrum.distance(THREE, conductance, value)[0] == pytest.approx(distance)


def test_the_distance_is_within_its_target_just_where_both_are_as_asked():
    generator = np.random.default_rng(0)
    within = [THREE, bounded_target(1.0, 2.5)]
    asked = [
        (Spectrum(quantity="slope", value=1.0, tolerance=0.5), (0.5, 1.5)),
        (Spectrum(quantity="slope", at_least=-2.0, at_most=0.5), (-2.0, 0.5)),
        (Spectrum(quantity="thermopower", at_least=-2.0), (-2.0, math.inf)),
        (QUIET, (-math.inf, 0.1)),
    ]

    for _ in range(400):
        target, (spectrum, (low, high)) = (
            within[generator.integers(len(within))],
            asked[generator.integers(len(asked))],
        )
        conductance, value = generator.uniform(0.5, 4.0), generator.uniform(-3.0, 3.0)

        found, _ = spectrum.distance(target, conductance, value)

        is_hit = target.contains(conductance) and low <= value <= high
        assert spectrum.target_of(target).contains(found) == is_hit


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quantity": "fano"}, "a value with its tolerance, or a bound"),
        ({"quantity": "fano", "value": 0.1}, "must have a tolerance"),
        ({"quantity": "fano", "value": 0.1, "tolerance": 0.1, "at_most": 0.2}, "and not both"),
        ({"quantity": "slope", "at_least": 2.0, "at_most": 1.0}, "exchange them"),
        ({"quantity": "slope", "at_least": 0.0}, "one bound must not be 0"),
        ({"quantity": "slope", "value": math.nan, "tolerance": 1.0}, "finite"),
        ({"quantity": "slope", "value": 1.0, "tolerance": 1e-300}, r"0\.000001"),
        ({"quantity": "thermopower", "at_most": -1e-300}, "one bound must not be 0"),
        ({"quantity": "fano", "at_most": -0.1}, "within 0 and 1, but found -0.1"),
        ({"quantity": "fano", "at_least": 2.0}, "within 0 and 1, but found 2; a per cent is 0.01"),
        ({"quantity": "fano", "at_least": 1.0}, "must be able to vary"),
        ({"quantity": "fano", "at_most": 0.1, "temperature_k": 77.0}, "has no temperature"),
        ({"quantity": "thermopower", "at_most": -1.0, "temperature_k": 500.0}, "350"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(options, message):
    with pytest.raises(ValidationError, match=message):
        Spectrum.model_validate(options)


@pytest.mark.parametrize(
    "options",
    [
        {"at_least_g0": 1.0},
        {"target_g0": 2.0, "distance": "log"},
        {"target_g0": 2.0, "warm_start": True},
        {"target_g0": 0.0005, "tolerance_g0": 0.0004},
        {"target_g0": 2.0, "plateau": {"share": 0.5}, "elongation_angstrom": (2.0, 4.0)},
    ],
)
def test_designs_that_have_no_scale_for_it_are_refused(options):
    with pytest.raises(ValidationError, match=r"leave out|ask for more conductance"):
        DesignSpec.model_validate({**options, "spectrum": {"quantity": "fano", "at_most": 0.1}})


def test_a_design_without_one_keeps_its_identity():
    assert "spectrum" not in DesignSpec(target_g0=2.0).described()
    assert str(SPEC.target) == "2 G0 within 0.3, slope 1 within 0.4 G0/eV"
    of_heat = Spectrum(quantity="thermopower", at_most=-5.0, temperature_k=100.0)
    assert of_heat.words == "thermopower at 100 K at most -5 µV/K"
    assert Spectrum(quantity="fano", at_least=0.1).words == "Fano factor at least 0.1"
    assert Spectrum(quantity="fano", at_least=0.1, at_most=0.2).words == "Fano factor 0.1 to 0.2"


def test_a_label_says_slope_thermopower_and_noise():
    label = replace(sloped(point_label(1.5, "x"), 2.0), eigenchannels=np.array([1.0, 0.5]))

    assert value_of_label(SPEC.spectrum, label) == pytest.approx(2.0)
    assert value_of_label(QUIET, label) == pytest.approx(0.25 / 1.5)
    # Mott's formula is exact for a straight line: S = -(pi k)^2 T / 3e times T'/T.
    cold = Spectrum(quantity="thermopower", at_most=-1.0, temperature_k=50.0)
    mott = -(math.pi**2) / 3.0 * 8.617333e-5**2 * 50.0 * (2.0 / 1.5) * 1e6
    assert value_of_label(cold, label) == pytest.approx(mott, rel=1e-4)
    assert value_of_label(cold, sloped(point_label(0.0, "x"), 0.0)) is None
    with pytest.raises(InvalidInputError, match="needs eigenchannels, but labels by x have none"):
        value_of_label(QUIET, point_label(1.0, "x"))
    with pytest.raises(InvalidInputError, match="use a wider grid"):
        value_of_label(SPEC.spectrum, point_label(1.0, "x"))
    assert fano_of(np.zeros(3)) is None


def test_a_search_proves_a_contact_with_a_slope():
    spec = SPEC.model_copy(update={"proposer": "botorch", "rounds": 4})

    result = run_design(spec, SlopingProblem(scatter_g0=0.02, surrogate_sigma_g0=0.05))

    (found,) = result.verifications
    assert found.is_verified
    assert found.proof.n_label == 3
    assert verified_spectrum(spec, found.trial) == pytest.approx(1.0, abs=0.4)
    assert is_verified_hit(spec, found.trial)
    assert summary(result.state)["target"] == str(spec.target)
    assert summary(result.state)["numbers"].endswith("at most 0.3 is a hit")
    assert "numbers" not in summary(DesignState(spec=DesignSpec(target_g0=2.0)))
    (shown,) = finalist_rows(result.searched)
    assert shown["verified_spectrum"] == verified_spectrum(spec, found.trial)
    (best,) = best_rows(result.state, 1)
    assert len(best["labelled_or_measured_spectrum"]) == len(best["labelled_or_measured_g0"])


def test_a_state_with_spectra_survives_json():
    state, _ = design_round(DesignState(spec=SPEC), SlopingProblem())

    again = DesignState.from_json(state.to_json())

    assert again == state
    assert all(seen.spectrum is not None for seen in again.observations)


def test_labels_tell_the_offset_of_a_models_values():
    state, _ = design_round(
        DesignState(spec=SPEC.model_copy(update={"verify_per_round": 6})),
        SlopingProblem(surrogate_sigma_g0=0.02),
    )
    labelled = {seen.structure for seen in state.observations if seen.source == "dft"}
    guesses = [
        seen
        for seen in state.observations
        if seen.source == "surrogate" and seen.structure not in labelled
    ]
    honest = {
        seen.structure: SPEC.spectrum.distance(
            SPEC.within, seen.conductance_g0, seen.spectrum - 0.2
        )[0]
        for seen in guesses
    }

    for seen in believed(state):
        if seen.structure in honest:
            assert seen.conductance_g0 == pytest.approx(honest[seen.structure], abs=0.06)


def test_an_offset_is_learned_and_a_model_too_sure_is_believed_less():
    none = fit_spectral_correction([])
    many = fit_spectral_correction(
        [SpectralPair(x, 0.1, x + 0.5, 0.01) for x in np.arange(20.0).tolist()]
    )

    assert none.correct(1.0, 0.1) == (1.0, 0.1)
    assert many.offset == pytest.approx(0.5, abs=0.06)
    assert many.correct(1.0, 0.1)[1] > 0.1


def test_one_that_is_off_decides_and_says_how_sure_it_is():
    seen = Observation(
        candidate=HERE, conductance_g0=2.1, sigma_g0=0.05, source="surrogate",
        spectrum=2.0, spectrum_sigma=0.2,
    )  # fmt: skip

    far = as_asked(SPEC, seen)
    near = as_asked(SPEC, seen.model_copy(update={"spectrum": 1.05}))

    assert far.conductance_g0 == pytest.approx(0.75)
    assert far.sigma_g0 == pytest.approx(0.3 / 0.4 * 0.2)
    assert near.conductance_g0 == pytest.approx(0.1)
    assert near.sigma_g0 == 0.05


def test_a_measurement_has_both(tmp_path):
    state, (one,) = ask(DesignState(spec=SPEC), 1)
    file = tmp_path / "lab.csv"
    file.write_text(f"id,conductance_g0,spectrum,spectrum_sigma\n{one.id},2.1,0.9,0.05\n")

    (seen,) = read_outcomes(file, state, Terms(sigma_g0=0.05)).outcomes

    assert (seen.spectrum, seen.spectrum_sigma) == (0.9, 0.05)
    file.write_text(f"id,conductance_g0\n{one.id},2.1\n")
    with pytest.raises(InvalidInputError, match=r"line 2: .* must have a slope beside its 2.1 G0"):
        read_outcomes(file, state, Terms(sigma_g0=0.05))
    file.write_text(f"id,conductance_g0,spectrum\n{one.id},2.1,0.9\n")
    plain = state.model_copy(update={"spec": DesignSpec(target_g0=2.0)})
    with pytest.raises(InvalidInputError, match=r"line 2: .* must be asked for by the design"):
        read_outcomes(file, plain, Terms(sigma_g0=0.05))
    for wrong, message in (
        ("-1e308", "must be within 10000 G0/eV of 0"),
        ("0.9,1e300", "spectrum_sigma must be at most 10000"),
        (",0.1", "a spectrum_sigma must be of a spectrum"),
    ):
        file.write_text(f"id,conductance_g0,spectrum,spectrum_sigma\n{one.id},2.1,{wrong}\n")
        if "," not in wrong:
            file.write_text(f"id,conductance_g0,spectrum\n{one.id},2.1,{wrong}\n")
        with pytest.raises(InvalidInputError, match=rf"line 2: .*{message}"):
            read_outcomes(file, state, Terms(sigma_g0=0.05))
    file.write_text(f"id,conductance_g0,spectrum\n{one.id},0,\n")
    (broken,) = read_outcomes(file, state, Terms(sigma_g0=0.05)).outcomes
    assert (broken.conductance_g0, broken.spectrum) == (0.0, None)
    bare = seen.model_copy(update={"spectrum": None})
    with pytest.raises(InvalidInputError, match="must have a slope"):
        tell(state, [bare])


def test_surrogates_that_know_a_conductance_alone_are_refused():
    with pytest.raises(InvalidInputError, match="SmoothProblem does not; give it a method"):
        design_round(DesignState(spec=SPEC), SmoothProblem())
    contacts = StretchedContacts(SPEC, SmoothProblem().estimate, make_labeler("tight-binding"))
    with pytest.raises(InvalidInputError, match="give StretchedContacts a spectral_estimator"):
        contacts.estimate_spectrum([])
    with pytest.raises(InvalidInputError, match="take a direct model or a learned Hamiltonian"):
        values_by_model(SPEC, AreaPredictor(NOWHERE), [])
    with pytest.raises(InvalidInputError, match="asks for a conductance alone"):
        values_by_model(DesignSpec(target_g0=2.0), AreaPredictor(NOWHERE), [])


def test_values_of_a_model_are_those_of_its_curve_and_as_sure_as_its_levels():
    class Straight(AreaPredictor):
        def spectra(self, junctions, energies):
            return np.array([[2.0 + 3.0 * e for e in energies] for _ in junctions])

        def eigenchannels(self, junction, energies):
            return np.array([[1.0, 0.5, 0.0] for _ in energies])

    junctions = [SmoothProblem().realise(HERE, 0), SmoothProblem().realise(HERE, 1)]
    cold = Spectrum(quantity="thermopower", at_most=-1.0, temperature_k=300.0)
    mott = -(math.pi**2) / 3.0 * 8.617333e-5**2 * 300.0 * 1.5 * 1e6

    steep, steep_sigma = estimated_values(SPEC.spectrum, Straight(NOWHERE), junctions)
    hot, hot_sigma = estimated_values(cold, Straight(NOWHERE), junctions)
    noisy, _ = estimated_values(QUIET, Straight(NOWHERE), junctions)

    assert steep == pytest.approx([3.0, 3.0])
    assert steep_sigma == pytest.approx([0.1, 0.1])
    assert hot == pytest.approx([mott, mott], rel=1e-3)
    assert (hot_sigma > 0.1).all()
    assert noisy == pytest.approx([1.0 / 6.0, 1.0 / 6.0])


def test_a_measured_noise_is_no_per_cent(tmp_path):
    spec = DesignSpec(target_g0=2.0, spectrum=QUIET)
    state, (one,) = ask(DesignState(spec=spec), 1)
    seen = Observation(
        candidate=one.candidate, conductance_g0=2.0, sigma_g0=0.1, source="measured", spectrum=7.0
    )

    with pytest.raises(InvalidInputError, match=r"within 0 and 1, but found 7; a per cent is 0.01"):
        tell(state, [seen])
    with pytest.raises(InvalidInputError, match=r"within 0 and 1, but found -0.1"):
        tell(state, [seen.model_copy(update={"spectrum": -0.1})])


@pytest.mark.parametrize("spectrum", [SPEC.spectrum, QUIET])
def test_of_a_structure_that_a_model_cannot_treat_anything_may_be(spectrum):
    class Ignorant(AreaPredictor):
        def spectra(self, junctions, energies):
            if junctions:
                raise LabelError("it must know the electrode")
            return np.zeros((0, len(energies)))

        def eigenchannels(self, junction, energies):
            raise LabelError("it must know the electrode")

    junctions = [SmoothProblem().realise(HERE, 0)]

    (value,), (sigma,) = estimated_values(spectrum, Ignorant(NOWHERE), junctions)

    distance, slope = spectrum.distance(THREE, 3.0, value)
    # At the target or its bound, and five times as unsure as that is wide.
    assert distance == pytest.approx(0.0 if spectrum is SPEC.spectrum else 0.2)
    assert sigma == pytest.approx(5.0 * (0.4 if spectrum is SPEC.spectrum else 0.1))
    assert slope == pytest.approx(0.0 if spectrum is SPEC.spectrum else 2.0)
