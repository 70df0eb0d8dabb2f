"""The same device between wider leads."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.errors import AtomOverlapError, ElectrodeError
from sekkei.structure.contact import build_contact
from sekkei.structure.electrode import build_electrode
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lead import check_overlap, close_leads, recognise_leads
from sekkei.structure.widen import widen_leads


def contact(electrode: str = "bcc100-5+4", **spec: object) -> Junction:
    """As an experiment leaves it: pulled by a part of a period, the device off its sites."""
    junction = build_contact(ContactSpec(electrode=electrode, neck_width=1, **spec))
    positions = junction.positions + np.array([1.0, -2.0, 3.0])
    positions[junction.regions == RIGHT, 2] += 1.7
    inner = junction.regions == DEVICE
    positions[inner, 2] += 0.8
    rattle = np.random.default_rng(0).uniform(-0.1, 0.1, size=(int(inner.sum()), 3))
    positions[inner] += rattle
    return replace(junction, positions=positions)


WIDER = [
    ("bcc100-4+1", "bcc100-5+4"),
    ("bcc100-5+4", "bcc100-9+12"),
    ("bcc100-2+2", "bcc100-8+8"),
    ("bcc110-1+2", "bcc110-9+8"),
    ("bcc111-1+1+1", "bcc111-7+6+6"),
    ("bcc111-1+3+3", "bcc111-7+6+6"),
    ("bcc100-5+4", "surface-bcc100-4x4"),
    ("bcc110-5+4", "surface-bcc110-3x4"),
    ("bcc111-1+3+3", "surface-bcc111-3x2"),
]


@pytest.mark.parametrize(("thin", "wide"), WIDER)
def test_the_device_stays_and_the_leads_are_the_wider_electrode(thin: str, wide: str) -> None:
    junction = contact(thin)

    widened = widen_leads(junction, wide)

    inner = junction.regions == DEVICE
    np.testing.assert_array_equal(
        widened.positions[widened.regions == DEVICE], junction.positions[inner]
    )
    one = build_electrode(wide, "K")
    assert widened.lateral_period == one.lateral_period
    n_period = int((junction.regions == LEFT).sum()) // build_electrode(thin, "K").numbers.size
    for side in (LEFT, RIGHT):
        assert (widened.regions == side).sum() == n_period * one.numbers.size
    # Refuses unless both leads repeat and continue each other.
    assert recognise_leads(widened).electrode.numbers.size == one.numbers.size
    check_overlap(widened)
    assert close_leads(recognise_leads(widened), 3).lateral_period == (
        None if one.lateral_period is None else pytest.approx(one.lateral_period, abs=1e-6)
    )


@pytest.mark.parametrize(("thin", "wide"), WIDER)
def test_every_atom_of_the_old_lead_is_one_of_the_new(thin: str, wide: str) -> None:
    junction = contact(thin)

    widened = widen_leads(junction, wide)

    for side in (LEFT, RIGHT):
        old = junction.positions[junction.regions == side]
        new = widened.positions[widened.regions == side]
        nearest = np.linalg.norm(old[:, None] - new[None], axis=2).min(axis=1)
        np.testing.assert_allclose(nearest, 0.0, atol=1e-5)


def test_leads_widened_to_themselves_are_themselves() -> None:
    junction = contact()

    widened = widen_leads(junction, "bcc100-5+4")

    order = np.lexsort(np.round(junction.positions, 3).T)
    again = np.lexsort(np.round(widened.positions, 3).T)
    np.testing.assert_allclose(
        widened.positions[again], junction.positions[order], rtol=0.0, atol=1e-5
    )


def test_widening_in_steps_is_widening_at_once() -> None:
    junction = contact()

    in_steps = widen_leads(widen_leads(junction, "bcc100-9+4"), "bcc100-9+12")

    at_once = widen_leads(junction, "bcc100-9+12")
    np.testing.assert_allclose(in_steps.positions, at_once.positions, atol=2e-5)


@pytest.mark.parametrize(
    ("wide", "why"),
    [
        ("bcc100-4+1", "9 atoms in a period that do not all fall on its 5"),
        ("bcc110-9+8", r"repeat every 5\.330 Å and it every 7\.538 Å"),
        ("staggered-3", r"repeat every 5\.330 Å and it every 7\.538 Å"),
    ],
)
def test_an_electrode_that_does_not_hold_the_leads_is_refused(wide: str, why: str) -> None:
    with pytest.raises(ElectrodeError, match=f"must be a part of .* but they .*{why}"):
        widen_leads(contact(), wide)


def test_leads_of_two_elements_are_refused() -> None:
    junction = contact()
    numbers = np.array(junction.numbers)
    numbers[[0, 9]] = 11
    numbers[np.flatnonzero(junction.regions == RIGHT)[[0, 9]]] = 11

    with pytest.raises(ElectrodeError, match="of one element to be widened, but are of K, Na"):
        widen_leads(replace(junction, numbers=numbers), "bcc100-9+12")


def test_surfaces_of_another_cell_are_refused() -> None:
    surface = widen_leads(contact(), "surface-bcc100-4x4")

    with pytest.raises(ElectrodeError, match="lateral period of their own"):
        widen_leads(surface, "surface-bcc100-5x5")


def test_an_atom_beside_the_old_lead_is_refused() -> None:
    junction = contact()
    positions = np.array(junction.positions)
    slid = int(np.flatnonzero(junction.regions == DEVICE)[4])
    # Where the four corners of 9+4 go.
    positions[slid] = positions[0] + [5.4, 5.2, 0.1]

    with pytest.raises(AtomOverlapError, match=f"clear of the device, but .* atoms {slid};"):
        widen_leads(replace(junction, positions=positions), "bcc100-9+4")


def test_a_cell_too_small_for_the_device_is_refused() -> None:
    with pytest.raises(AtomOverlapError, match="or a surface of more cells"):
        widen_leads(contact(), "surface-bcc100-2x2")
