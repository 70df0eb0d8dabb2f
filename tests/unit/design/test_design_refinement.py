"""A contact is brought nearer to a target, and stays one that its potential holds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from sekkei.arrays import freeze
from sekkei.design.refinement import RefinementLimits, parted, refine
from sekkei.errors import InvalidInputError
from sekkei.model import ConductanceGradient, Predictions
from sekkei.structure import ContactSpec, build_contact, relax
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction


@dataclass(frozen=True)
class ByLength:
    """Says that a contact conducts less the longer it is, and what pushing atoms would do."""

    slope: float = -0.4
    """In G0/angstrom, of the right grip."""

    by_atom: float = 0.0
    """In G0/angstrom, promised for each atom along x; nothing comes of it."""

    start: float = 30.0
    identity: str = "0" * 32
    family: str = "by-length"
    quantity: str = "conductance_g0"
    label_recipe: str = "1" * 32

    @property
    def description(self) -> Mapping[str, object]:
        return {}

    def save(self, folder, /) -> None:
        raise NotImplementedError

    def predict(self, junctions, /) -> Predictions:
        values = np.array([self.of(junction) for junction in junctions])
        known = np.ones(len(values), bool)
        channels, reasons = np.full(len(values), 100), [""] * len(values)
        return Predictions.bounded(values, 0.1 * known, channels, known, reasons)

    def gradient(self, junction: Junction, /) -> ConductanceGradient:
        by_position = np.zeros_like(junction.positions)
        by_position[junction.regions == DEVICE, 0] = self.by_atom
        return ConductanceGradient(self.of(junction), freeze(by_position), self.slope, 0.0)

    def of(self, junction: Junction) -> float:
        return self.start + self.slope * float(np.ptp(junction.positions[:, 2]))


class Silent(ByLength):
    """Knows no slopes."""

    gradient = None


@pytest.fixture(scope="module")
def contact() -> Junction:
    return build_contact(
        ContactSpec(electrode="bcc111-2+2+2", composition={"K": 1.0}, neck_width=3, neck_length=2)
    )


def test_grips_are_moved_to_where_the_conductance_is_that_of_the_target(contact) -> None:
    predictor = ByLength()
    start = predictor.of(contact)

    found = refine(contact, start + 0.12, predictor, "gupta")

    assert [step.way for step in found.steps] == [None, "grips"]
    assert found.steps[-1].conductance == pytest.approx(start + 0.12, abs=1e-6)
    assert found.gain == pytest.approx(0.12, abs=1e-6)


def test_what_is_found_is_at_rest_between_rigid_grips(contact) -> None:
    predictor = ByLength()

    last = refine(contact, predictor.of(contact) + 0.12, predictor, "gupta").steps[-1].junction

    again, _ = relax(last, "gupta")
    np.testing.assert_allclose(again.positions, last.positions, atol=0.02)
    left, right = (contact.regions == side for side in (LEFT, RIGHT))
    np.testing.assert_array_equal(last.positions[left], contact.positions[left])
    moved = last.positions[right] - contact.positions[right]
    np.testing.assert_allclose(moved, np.tile([0.0, 0.0, -0.3], (right.sum(), 1)), atol=1e-9)


def test_a_step_is_no_longer_than_allowed(contact) -> None:
    predictor, limits = ByLength(), RefinementLimits(n_step=2, grip_angstrom=0.1)

    found = refine(contact, predictor.of(contact) + 5.0, predictor, "gupta", limits)

    assert len(found.steps) == 3
    assert found.gain == pytest.approx(2 * 0.04, abs=1e-6)


def test_a_promise_that_is_not_kept_ends_it_where_it_was(contact) -> None:
    # Slopes that lie: whatever is moved, the conductance goes the other way or nowhere.
    predictor = ByLength(slope=0.0, by_atom=0.3)

    found = refine(contact, predictor.of(contact) + 0.5, predictor, "gupta")

    assert len(found.steps) == 1
    assert found.gain == 0.0


def test_pushing_atoms_is_refused_where_they_fall_back(contact) -> None:
    predictor = ByLength(by_atom=0.3)
    limits = RefinementLimits(n_step=1)

    found = refine(contact, predictor.of(contact) + 0.5, predictor, "gupta", limits)

    assert set(found.refused) == {"moving atoms: they fall back to where they were"}


def test_a_contact_that_breaks_is_refused(contact) -> None:
    predictor = ByLength()
    limits = RefinementLimits(n_step=1, grip_angstrom=20.0, drift_angstrom=30.0)

    found = refine(contact, predictor.of(contact) - 8.0, predictor, "gupta", limits)

    # A third of the move breaks it as well.
    assert set(found.refused) == {"moving grips: the contact breaks"}
    assert len(found.steps) == 1


def test_a_contact_whose_atoms_fly_away_is_refused(contact) -> None:
    predictor, limits = ByLength(), RefinementLimits(n_step=1, drift_angstrom=0.05)

    found = refine(contact, predictor.of(contact) + 0.12, predictor, "gupta", limits)

    assert found.refused[0].startswith("moving grips: an atom comes to rest 0.3 Å from")


def test_a_model_without_slopes_is_refused(contact) -> None:
    with pytest.raises(InvalidInputError, match="needs a model that can be differentiated"):
        refine(contact, 1.0, Silent(), "gupta")


def test_only_the_right_grip_is_parted(contact) -> None:
    longer = parted(contact, 0.7)

    apart = longer.positions - contact.positions
    np.testing.assert_allclose(apart[contact.regions == RIGHT, 2], 0.7)
    assert not apart[contact.regions != RIGHT].any()
