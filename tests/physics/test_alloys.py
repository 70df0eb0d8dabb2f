"""Alloys: limits and symmetries that hold for any labeler, here exactly."""

import numpy as np
import pytest

from sekkei.errors import ElectrodeError
from sekkei.structure.contact import build_contact
from sekkei.structure.electrode import build_electrode
from sekkei.structure.element import element, known_elements
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import Junction
from sekkei.transport import tight_binding
from sekkei.transport.tight_binding import TightBindingLabeler

pytestmark = pytest.mark.physics

K, NA = 19, 11


def contact(composition: dict[str, float], seed: int = 3) -> Junction:
    return build_contact(ContactSpec(composition=composition, neck_width=2, seed=seed))


def with_numbers(junction: Junction, numbers: np.ndarray) -> Junction:
    return Junction.from_sequences(
        numbers, junction.positions, junction.regions, junction.electrode_period
    )


def mirrored(junction: Junction) -> Junction:
    """Turn a junction round: what was left is right."""
    return Junction.from_sequences(
        junction.numbers,
        junction.positions * [1.0, 1.0, -1.0],
        -junction.regions,
        junction.electrode_period,
    )


@pytest.mark.parametrize("symbol", known_elements())
def test_nothing_of_another_element_is_the_pure_metal(symbol: str) -> None:
    other = "Na" if symbol != "Na" else "K"
    pure, limit = contact({symbol: 1.0}), contact({symbol: 1.0, other: 0.0})

    labeler = TightBindingLabeler()
    np.testing.assert_array_equal(limit.numbers, pure.numbers)
    np.testing.assert_array_equal(limit.positions, pure.positions)
    found, expected = labeler.label(limit), labeler.label(pure)
    np.testing.assert_array_equal(found.transmission, expected.transmission)


def test_a_vanishing_difference_of_the_species_vanishes_in_the_label(monkeypatch) -> None:
    alloy = contact({"K": 0.7, "Na": 0.3})
    pure = with_numbers(alloy, np.full(alloy.n_atom, K))
    expected = TightBindingLabeler().label(pure).transmission

    def away(step: float) -> float:
        # Sodium with a lattice constant that differs from potassium's by a part only.
        near = {"K": 5.33, "Na": 5.33 - step}
        monkeypatch.setattr(tight_binding, "lattice_constant", near.__getitem__)
        found = TightBindingLabeler().label(alloy).transmission
        return float(np.abs(found - expected).max())

    assert away(0.0) == 0.0
    assert away(1e-6) < 1e-4
    assert away(1e-2) > 1e-3


def test_swapped_names_with_swapped_parameters_change_nothing(monkeypatch) -> None:
    alloy = contact({"K": 0.7, "Na": 0.3})
    expected = TightBindingLabeler().label(alloy)

    names = {"K": "Na", "Na": "K"}
    swapped = with_numbers(alloy, np.where(alloy.numbers == K, NA, K))
    monkeypatch.setattr(
        tight_binding, "lattice_constant", lambda symbol: element(names[symbol]).lattice_constant
    )
    found = TightBindingLabeler().label(swapped)

    assert {K, NA} == set(alloy.numbers.tolist())
    np.testing.assert_array_equal(found.transmission, expected.transmission)
    assert found.fermi_level == expected.fermi_level


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.9, 0.1)], ids=["half", "dilute"])
def test_an_alloy_conducts_the_same_both_ways(fractions: tuple[float, float]) -> None:
    # Onsager: without a magnetic field T from left to right is T from right to left.
    alloy = contact(dict(zip(("K", "Rb"), fractions, strict=True)))
    labeler = TightBindingLabeler()

    there, back = labeler.label(alloy), labeler.label(mirrored(alloy))

    # The leads' numerical loss of 1e-6 eV is all that tells the two ways apart, most at an edge.
    assert back.conductance == pytest.approx(there.conductance, abs=1e-5)
    np.testing.assert_allclose(back.transmission, there.transmission, atol=1e-3)


def test_an_alloyed_wire_transmits_all_its_channels() -> None:
    wire = alloyed_wire((K, NA, K, K, K, K))

    label = TightBindingLabeler().label(wire)

    assert label.n_channel >= 1
    assert label.conductance == pytest.approx(label.n_channel, abs=1e-3)


def test_leads_of_the_same_sites_but_other_species_are_refused() -> None:
    wire = alloyed_wire((K, NA, K, K, K, K))
    numbers = wire.numbers.copy()
    numbers[-6:] = numbers[-6:][[1, 0, 2, 3, 4, 5]]

    with pytest.raises(ElectrodeError, match="right lead must continue the left one"):
        TightBindingLabeler().label(with_numbers(wire, numbers))


def alloyed_wire(period: tuple[int, ...], n_period: int = 7) -> Junction:
    """Repeat one period of a K wire with some of its atoms replaced, leads and all."""
    one = build_electrode("staggered-3", "K")
    many, n = one.repeated(n_period), one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    return Junction.from_sequences(np.tile(period, n_period), many.positions, regions, one.period)
