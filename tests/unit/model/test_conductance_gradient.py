"""Slopes of predicted conductances against finite differences, and what symmetry demands."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import ElectrodeError, InvalidInputError
from sekkei.lake import Lake
from sekkei.model import (
    ConductanceGradient,
    HamiltonianModel,
    conductance_gradient,
    load_predictor,
)
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction

DATA = Path(__file__).parents[3] / "data"
STEP = 0.02
"""In angstrom. T is in single precision and on a grid: steps of 0.005 were seen to be noisier."""

TOLERANCE = 1e-3
"""Of a slope, over the length of the gradient."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    model: HamiltonianModel
    junction: Junction
    gradient: ConductanceGradient

    def conductance(self, positions: np.ndarray) -> float:
        return float(self.model.spectrum(moved(self.junction, positions), np.zeros(1))[0])

    def difference(self, direction: np.ndarray, step: float = STEP) -> float:
        here = self.junction.positions
        up, down = (self.conductance(here + way * step * direction) for way in (1.0, -1.0))
        return (up - down) / (2.0 * step)

    @property
    def size(self) -> float:
        return float(np.linalg.norm(self.gradient.by_position))


@cache
def model(name: str) -> HamiltonianModel:
    found = load_predictor(DATA / "models" / name)
    assert isinstance(found, HamiltonianModel)
    return found


@cache
def case(name: str) -> Case:
    shipped = {
        "potassium": ("potassium", "0314e4d64e0bb62e49855cedec3e9c83"),
        "potassium-rubidium": ("alkali-hamiltonian", "34c09a291369e40393c0b1e27902c57b"),
    }
    family, snapshot = shipped[name]
    (junction,) = Lake.open(DATA / "contacts").junctions([snapshot])
    return Case(model(family), junction, conductance_gradient(model(family), junction))


def moved(junction: Junction, positions: np.ndarray) -> Junction:
    return Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )


def turn_about_z(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


both = pytest.mark.parametrize(
    "name", [pytest.param("potassium", marks=pytest.mark.slow), "potassium-rubidium"]
)


@both
def test_the_slope_in_any_direction_is_that_of_finite_differences(name) -> None:
    found, rng = case(name), np.random.default_rng(0)
    is_free = (found.junction.regions == DEVICE)[:, None]
    directions = is_free * rng.normal(size=(2, *found.junction.positions.shape))
    directions /= np.linalg.norm(directions, axis=(1, 2), keepdims=True)

    slopes = [float((found.gradient.by_position * one).sum()) for one in directions]

    differences = [found.difference(one) for one in directions]
    assert np.abs(np.subtract(slopes, differences)).max() < TOLERANCE * found.size


@both
def test_the_slope_of_the_atom_that_matters_most_is_that_of_finite_differences(name) -> None:
    found = case(name)
    most = int(np.linalg.norm(found.gradient.by_position, axis=1).argmax())
    direction = np.zeros_like(found.junction.positions)
    direction[most] = found.gradient.by_position[most]
    direction /= np.linalg.norm(direction)

    slope = float((found.gradient.by_position * direction).sum())

    assert slope == pytest.approx(found.difference(direction), rel=TOLERANCE)


@both
def test_moving_the_right_lead_is_that_of_finite_differences(name) -> None:
    found = case(name)
    direction = (found.junction.regions == RIGHT)[:, None] * np.array([0.0, 0.0, 1.0])

    difference = found.difference(direction, 0.01)

    assert found.gradient.by_right_lead == pytest.approx(difference, abs=TOLERANCE * found.size)


@both
def test_strain_stretches_what_is_between_the_leads(name) -> None:
    found = case(name)
    z, regions = found.junction.positions[:, 2], found.junction.regions
    start, end = z[regions == LEFT].max(), z[regions == RIGHT].min()
    direction = np.zeros_like(found.junction.positions)
    direction[:, 2] = np.clip(z - start, 0.0, end - start)

    # Strain of 5e-4 moves the far end by some hundredths of an angstrom.
    difference = found.difference(direction, 5e-4)

    assert found.gradient.by_strain == pytest.approx(difference, rel=TOLERANCE)


@both
def test_leads_are_held(name) -> None:
    found = case(name)

    held = found.gradient.by_position[found.junction.regions != DEVICE]

    assert not held.any()


@both
def test_the_conductance_is_what_is_predicted(name) -> None:
    found = case(name)

    predicted = found.model.predict([found.junction]).mean[0]

    assert found.gradient.conductance == pytest.approx(predicted, abs=1e-5)


def test_turned_and_moved_the_gradient_turns() -> None:
    found, turn = case("potassium-rubidium"), turn_about_z(0.4)
    # Along z the grid stays where it is: what moves there is predicted anew to some 1e-3.
    places = found.junction.positions @ turn.T + np.array([3.0, -2.0, 0.0])
    order = np.random.default_rng(0).permutation(found.junction.n_atom)
    other = Junction.from_sequences(
        found.junction.numbers[order],
        places[order],
        found.junction.regions[order],
        found.junction.electrode_period,
    )

    turned = found.model.gradient(other)

    wanted = (found.gradient.by_position @ turn.T)[order]
    np.testing.assert_allclose(turned.by_position, wanted, atol=1e-5)
    assert turned.by_right_lead == pytest.approx(found.gradient.by_right_lead, abs=1e-5)
    assert turned.by_strain == pytest.approx(found.gradient.by_strain, abs=1e-4)


def test_degenerate_levels_of_a_symmetric_wire_have_the_slopes_of_finite_differences() -> None:
    # Levels of it are pairwise equal: slopes of equal levels must not be 0 / 0.
    wire = squeezed(perfect(), 0.8)
    here = Case(model("potassium"), wire, model("potassium").gradient(wire))
    inwards = (wire.regions == DEVICE)[:, None] * wire.positions * [-1.0, -1.0, 0.0]
    inwards /= np.linalg.norm(inwards)

    slope = float((here.gradient.by_position * inwards).sum())

    assert slope == pytest.approx(here.difference(inwards), rel=TOLERANCE)


def test_between_unknown_leads_there_is_no_gradient() -> None:
    wire = build_electrode("bcc100-4+1", "K")
    stranger = between(wire.repeated(8), wire)

    with pytest.raises(ElectrodeError, match="must know the electrode"):
        model("potassium").gradient(stranger)


def test_a_family_without_gradients_is_refused_in_one_line() -> None:
    direct = load_predictor(DATA / "models" / "alkali-direct")

    with pytest.raises(InvalidInputError, match="those of the family direct cannot") as refused:
        conductance_gradient(direct, perfect())

    assert "\n" not in str(refused.value)


def perfect() -> Junction:
    wire = build_electrode("bcc111-2+2+2", "K")
    return between(wire.repeated(7), wire)


def between(many, wire) -> Junction:
    regions, n = np.zeros(many.numbers.size, dtype=int), 2 * wire.numbers.size
    regions[:n], regions[-n:] = LEFT, RIGHT
    return Junction.from_sequences(many.numbers, many.positions, regions, wire.period)


def squeezed(wire: Junction, share: float) -> Junction:
    """Squeeze what is between the leads towards the axis of the wire."""
    axis = np.array([*wire.positions[:, :2].mean(axis=0), 0.0])
    positions = wire.positions - axis
    middle = np.ptp(positions[:, 2]) / 2.0
    is_near = (np.abs(positions[:, 2] - middle) < 8.0) & (wire.regions == DEVICE)
    positions[is_near, :2] *= share
    return moved(wire, positions)
