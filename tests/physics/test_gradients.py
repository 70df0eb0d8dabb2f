"""Gradients of the conductance against central finite differences."""

import numpy as np
import pytest
import torch

from sekkei.errors import AtomOverlapError
from sekkei.structure.contact import build_contact
from sekkei.structure.electrode import build_electrode
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import DEVICE, Junction
from sekkei.transport.chain import ChainLabeler
from sekkei.transport.kernel.gradients import Differentiable, position_gradient
from sekkei.transport.kernel.landauer import SelfEnergies
from sekkei.transport.tight_binding import TightBindingLabeler

pytestmark = pytest.mark.physics


def shaken_contact(composition: dict[str, float]) -> Junction:
    made = build_contact(ContactSpec(composition=composition, neck_width=1, neck_length=3))
    shake = np.random.default_rng(2).normal(0.0, 0.1, made.positions.shape)
    moved = made.positions + shake * (made.regions == DEVICE)[:, None]
    return Junction.from_sequences(made.numbers, moved, made.regions, made.electrode_period)


def displaced(junction: Junction, i_atom: int, i_axis: int, step: float) -> Junction:
    positions = np.array(junction.positions)
    positions[i_atom, i_axis] += step
    return Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )


@pytest.mark.parametrize("composition", [{"K": 1.0}, {"K": 0.6, "Na": 0.4}], ids=["K", "Na-K"])
def test_tight_binding_gradients_are_finite_differences(composition) -> None:
    labeler, junction = TightBindingLabeler(), shaken_contact(composition)

    found = labeler.gradient(junction)

    steepest = np.argsort(-np.abs(found), axis=None)[:3]
    device = np.flatnonzero(junction.regions == DEVICE)
    some = [*zip(*np.unravel_index(steepest, found.shape), strict=True), (device[0], 0)]
    step = 1e-4
    for i_atom, i_axis in some:
        high, low = (
            labeler.label(displaced(junction, int(i_atom), int(i_axis), d)).conductance
            for d in (step, -step)
        )
        assert found[i_atom, i_axis] == pytest.approx((high - low) / (2.0 * step), abs=1e-6)
    assert np.abs(found).max() > 0.1


def test_leads_are_held() -> None:
    junction = shaken_contact({"K": 1.0})

    found = TightBindingLabeler().gradient(junction)

    assert (found[junction.regions != DEVICE] == 0.0).all()
    assert np.isfinite(found).all()


def test_atoms_in_another_order_have_the_same_gradients() -> None:
    junction = shaken_contact({"K": 1.0})
    order = np.random.default_rng(0).permutation(junction.n_atom)
    mixed = Junction.from_sequences(
        junction.numbers[order],
        junction.positions[order],
        junction.regions[order],
        junction.electrode_period,
    )
    labeler = TightBindingLabeler()

    np.testing.assert_allclose(
        labeler.gradient(mixed), labeler.gradient(junction)[order], atol=1e-9
    )


def test_a_perfect_wire_cannot_conduct_more_whichever_atom_moves() -> None:
    # It transmits as many channels as there are, which is the most: every slope is zero.
    one = build_electrode("bcc100-5+4", "K")
    many, n = one.repeated(6), one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    wire = Junction.from_sequences(many.numbers, many.positions, regions, one.period)

    assert np.abs(TightBindingLabeler().gradient(wire)).max() < 1e-4


def test_a_hopping_that_decays_has_its_closed_form_slope() -> None:
    # Two levels in wide bands: T = g^2 t^2 / (g^2/4 + t^2)^2 at resonance, t = exp(-d).
    wide = torch.ones(1, 1, 1, dtype=torch.complex128)
    leads = SelfEnergies(left=-0.5j * wide, right=-0.5j * wide)

    def matrices(positions):
        hop = torch.exp(-(positions[1, 2] - positions[0, 2]))
        exchange = torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
        return hop * exchange, torch.eye(2, dtype=torch.float64)

    found = position_gradient(matrices, np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.5]]), leads, 0.0)

    t2 = np.exp(-3.0)
    slope = -2.0 * t2 * (0.25 - t2) / (0.25 + t2) ** 3
    assert found[1, 2] == pytest.approx(slope, abs=1e-10)
    assert found[0, 2] == pytest.approx(-slope, abs=1e-10)
    assert (found[:, :2] == 0.0).all()


def test_a_chain_does_not_feel_positions() -> None:
    chain = Junction.from_sequences(
        np.full(6, 19), np.arange(18.0).reshape(6, 3), [-1, -1, 0, 0, 1, 1], 6.0
    )

    assert (ChainLabeler(onsite=0.7).gradient(chain) == 0.0).all()


def test_labelers_say_whether_they_are_differentiable() -> None:
    assert isinstance(TightBindingLabeler(), Differentiable)
    assert isinstance(ChainLabeler(), Differentiable)
    assert not isinstance(object(), Differentiable)


def test_a_junction_that_cannot_be_labelled_has_no_gradient() -> None:
    junction = shaken_contact({"K": 1.0})
    positions = np.array(junction.positions)
    positions[30] = positions[31]
    clash = Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )

    with pytest.raises(AtomOverlapError, match="apart"):
        TightBindingLabeler().gradient(clash)
