"""What the direct model must say whatever it was trained on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekkei.model import Predictor, train_direct
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import DEVICE, RIGHT, Junction
from sekkei.testing.registry_laws import QUICK, shaken, small_dataset

CONTACT = shaken(build_contact(ContactSpec(device_periods=3)), np.random.default_rng(2))


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return train_direct(small_dataset(n_experiment=4), QUICK, seed=0).predictor


@settings(max_examples=15, deadline=None)
@given(
    angle=st.floats(0.0, 6.3),
    shift=st.tuples(*[st.floats(-50.0, 50.0)] * 3),
    seed=st.integers(0, 2**16),
)
def test_turning_moving_and_reordering_change_nothing(
    predictor: Predictor, angle: float, shift: tuple[float, float, float], seed: int
) -> None:
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]]
    )
    order = np.random.default_rng(seed).permutation(CONTACT.n_atom)
    moved = Junction.from_sequences(
        CONTACT.numbers[order],
        (CONTACT.positions @ turn.T + shift)[order],
        CONTACT.regions[order],
        CONTACT.electrode_period,
    )

    # float32 sums in another order: a few times 1e-6 of the value.
    np.testing.assert_allclose(
        predictor.predict([moved]).mean, predictor.predict([CONTACT]).mean, rtol=1e-4
    )


@pytest.mark.parametrize("n_layer", [1, 2, 5])
def test_more_layers_of_perfect_wire_change_nothing(predictor: Predictor, n_layer: int) -> None:
    longer = _with_longer_wire(CONTACT, n_layer)

    one, other = (predictor.predict([junction]).mean for junction in (CONTACT, longer))

    # Slices fall elsewhere between the same layers: the sum over slices moves by that little.
    np.testing.assert_allclose(other, one, rtol=5e-3)


def test_a_perfect_wire_conducts_the_same_however_long(predictor: Predictor) -> None:
    wires = [
        build_contact(ContactSpec(neck_length=1, neck_width=9, device_periods=n))
        for n in (2, 6, 24)
    ]

    found = predictor.predict(wires)

    np.testing.assert_allclose(found.mean, found.mean[0], rtol=2e-2)


def test_a_gap_conducts_less_the_wider_it_is_and_then_nothing(predictor: Predictor) -> None:
    found = predictor.predict([_with_gap(CONTACT, gap) for gap in (0.0, 6.0, 12.0, 18.0)]).mean

    assert (np.diff(found) < 0.0).all()
    assert 0.0 <= found[-1] < 1e-3


def _with_gap(junction: Junction, gap: float) -> Junction:
    middle = np.median(junction.positions[:, 2])
    positions = junction.positions + np.outer(junction.positions[:, 2] > middle, [0, 0, gap])
    return Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )


def _with_longer_wire(junction: Junction, n_period: int) -> Junction:
    # Perfect periods go in between the device and the right lead.
    shift = np.array([0.0, 0.0, junction.electrode_period])
    right = junction.regions == RIGHT
    first = right & (
        junction.positions[:, 2]
        < junction.positions[right, 2].min() + junction.electrode_period - 0.1
    )
    extra = [junction.positions[first] + i * shift for i in range(n_period)]
    positions = junction.positions + np.outer(right, n_period * shift)
    return Junction.from_sequences(
        np.concatenate([junction.numbers, *[junction.numbers[first]] * n_period]),
        np.vstack([positions, *extra]),
        np.concatenate([junction.regions, np.full(n_period * int(first.sum()), DEVICE)]),
        junction.electrode_period,
    )
