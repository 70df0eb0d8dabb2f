"""Form of a structure: the same for equal ones, another where an atom slips."""

import numpy as np
import pytest

from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.form import form_of
from sekkei.structure.junction import DEVICE, Junction

CONTACT = build_contact(ContactSpec(device_periods=3, composition={"K": 0.5, "Na": 0.5}, seed=3))


def changed(positions=None, order=None, numbers=None) -> Junction:
    order = np.arange(CONTACT.n_atom) if order is None else order
    return Junction.from_sequences(
        (CONTACT.numbers if numbers is None else numbers)[order],
        (CONTACT.positions if positions is None else positions)[order],
        CONTACT.regions[order],
        CONTACT.electrode_period,
    )


def slipped(by: float) -> Junction:
    positions = CONTACT.positions.copy()
    positions[np.flatnonzero(CONTACT.regions == DEVICE)[7], 0] += by
    return changed(positions)


@pytest.mark.parametrize(
    "same",
    [
        changed(CONTACT.positions @ [[0.6, 0.8, 0.0], [-0.8, 0.6, 0.0], [0.0, 0.0, 1.0]]),
        changed(CONTACT.positions + np.array([1.0, -2.0, 0.0])),
        changed(CONTACT.positions * [-1.0, 1.0, 1.0]),
        changed(order=np.random.default_rng(1).permutation(CONTACT.n_atom)),
    ],
    ids=["rotated", "shifted", "mirrored", "reordered"],
)
def test_equal_structures_have_one_form(same: Junction) -> None:
    np.testing.assert_allclose(form_of(same), form_of(CONTACT), rtol=1e-9)


def test_an_atom_that_slips_changes_it_and_one_that_shakes_hardly() -> None:
    def away(by: float) -> float:
        return float(np.abs(np.subtract(form_of(slipped(by)), form_of(CONTACT))).max())

    assert away(3.0) > 0.05
    assert away(0.01) < 1e-3


def test_where_the_elements_sit_changes_it() -> None:
    numbers = CONTACT.numbers.copy()
    free = np.flatnonzero(CONTACT.regions == DEVICE)
    numbers[free] = np.random.default_rng(5).permutation(numbers[free])

    assert not np.allclose(form_of(changed(numbers=numbers)), form_of(CONTACT), atol=1e-3)


def test_atoms_at_distances_of_one_have_a_form_of_ones() -> None:
    height = np.sqrt(0.75)
    triangle = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, height, 0.0]]
    ends = [[0.0, 0.0, -5.0], [0.0, 0.0, 5.0]]
    junction = Junction.from_sequences([19] * 5, triangle + ends, [0, 0, 0, -1, 1], 1.0)

    np.testing.assert_allclose(form_of(junction), 1.0)


def test_one_free_atom_has_none() -> None:
    positions = [[0.0, 0.0, -5.0], [0.0, 0.0, 0.0], [0.0, 0.0, 5.0]]

    assert form_of(Junction.from_sequences([19] * 3, positions, [-1, 0, 1], 1.0)) == ()
