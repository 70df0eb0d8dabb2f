"""One record says all there is to say of a junction, for a command line and for a service."""

from dataclasses import replace

import numpy as np
import pytest

import sekkei.structure.lead
from sekkei.errors import InvalidInputError
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import Junction
from sekkei.transport.chain import ChainLabeler
from sekkei.transport.explanation import Explained, explain
from sekkei.transport.explanation_record import explained_record
from sekkei.transport.tight_binding import TightBindingLabeler, TightBindingOptions

CONTACT = ContactSpec(electrode="staggered-3", neck_width=2)


@pytest.fixture
def junction() -> Junction:
    return build_contact(CONTACT)


def test_a_model_says_all_that_a_label_needs_but_a_grid(junction) -> None:
    found = explain(TightBindingLabeler(), junction)

    own = TightBindingLabeler().label(junction)
    np.testing.assert_array_equal(found.label.transmission, own.transmission)
    assert found.recipe == own.recipe
    assert found.electrode.name == "staggered-3"
    assert found.elements == {"K": junction.n_atom}
    assert found.device.supercell.n_orbital == found.device.supercell.n_atom
    assert found.device.supercell.grid is None
    assert found.device.alignment_shift is None
    assert found.device.mean_channel == found.label.n_channel == found.scan.n_channel
    assert 0.0 < found.fano_factor < 1.0
    assert found.thermoelectric.conductance_g0 > 0.0
    assert found.refusal is found.proposal is None


def test_leads_are_recognised_once_for_a_label_and_for_an_explanation(
    junction, monkeypatch
) -> None:
    seen, real = [], sekkei.structure.lead._check_repeats
    monkeypatch.setattr(
        sekkei.structure.lead, "_check_repeats", lambda *given: seen.append(1) or real(*given)
    )

    TightBindingLabeler().label(junction)
    assert len(seen) == 1

    explain(TightBindingLabeler(), junction)
    assert len(seen) == 2


def test_a_refusal_for_a_band_edge_shows_the_bands(junction) -> None:
    found = explain(TightBindingLabeler(TightBindingOptions(edge_ev=0.3)), junction)

    assert found.refusal.kind == "BandEdgeError"
    assert found.label is None
    assert found.scan.edge_distance < 0.3
    assert found.electrode.n_atom == 6


def test_a_wrong_period_is_refused_with_the_leads_that_there_are(junction) -> None:
    wrong = replace(junction, electrode_period=0.75 * junction.electrode_period)

    found = explain(TightBindingLabeler(), wrong)

    assert found.refusal.kind == "ElectrodeError"
    assert found.electrode is None
    assert found.proposal.period == pytest.approx(junction.electrode_period)


def test_a_labeler_without_matrices_is_explained_by_its_label() -> None:
    chain = Junction.from_sequences(
        np.full(6, 19), [[0.0, 0.0, 4.0 * i] for i in range(6)], [-1, -1, 0, 0, 1, 1], 4.0
    )

    found = explain(ChainLabeler(onsite=0.3), chain)

    assert found.label.conductance < 1.0
    assert found.device is found.scan is found.fano_factor is None


def test_energies_that_end_too_soon_for_a_temperature_are_wrong_usage(junction) -> None:
    with pytest.raises(InvalidInputError, match="the energies must reach"):
        explain(TightBindingLabeler(), junction, temperature_k=2000.0)


def test_the_record_names_the_unit_of_each_number(junction) -> None:
    found = explain(TightBindingLabeler(), junction, temperature_k=77.0)

    record = explained_record(found)

    assert isinstance(found, Explained)
    assert record["temperature_k"] == 77.0
    assert record["supercell"]["length_angstrom"] > 10.0
    assert record["electrode"]["period_angstrom"] == pytest.approx(junction.electrode_period)
    assert record["conductance_g0"] == found.label.conductance
    assert record["engine"] == found.engine
