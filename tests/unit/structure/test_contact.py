import numpy as np
import pytest
from ase.data import atomic_numbers

from sekkei.errors import InvalidInputError
from sekkei.structure.contact import GRIP_PERIODS, build_contact
from sekkei.structure.cross_section import cluster_sizes
from sekkei.structure.electrode import electrode_names
from sekkei.structure.experiment import ContactSpec, ExperimentSpec, Placement, experiment_key
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction


@pytest.mark.parametrize("electrode", electrode_names())
def test_a_contact_without_a_neck_is_the_perfect_wire(electrode: str) -> None:
    contact = build_contact(ContactSpec(electrode=electrode, neck_length=1, neck_width=13))

    n_period = 2 * GRIP_PERIODS + 5
    first = contact.positions[: contact.n_atom // n_period]
    shifts = np.arange(n_period)[:, None, None] * [0.0, 0.0, contact.electrode_period]
    expected = (first + shifts).reshape(-1, 3)
    np.testing.assert_allclose(contact.positions, expected, atol=1e-12)


def test_the_right_grip_is_a_translate_of_the_left_one() -> None:
    spec = ContactSpec(composition={"Na": 0.4, "K": 0.6}, electrode_element="K", seed=3)

    contact = build_contact(spec)

    left = contact.positions[contact.regions == LEFT]
    right = contact.positions[contact.regions == RIGHT]
    shift = right - left
    np.testing.assert_allclose(shift - shift[0], 0.0, atol=1e-12)
    assert set(contact.numbers[contact.regions != DEVICE]) == {atomic_numbers["K"]}


def test_the_neck_keeps_the_atoms_nearest_the_axis() -> None:
    contact = build_contact(ContactSpec(neck_length=4, neck_width=1))

    heights, counts = np.unique(np.round(contact.positions[:, 2], 6), return_counts=True)
    # 18 layers of 5 and 4 in turn; the device is layers 4 to 13, its middle four 7 to 10.
    assert counts.tolist() == [5, 4, 5, 4, 5, 4, 5, 1, 1, 1, 1, 4, 5, 4, 5, 4, 5, 4]
    in_neck = np.isin(np.round(contact.positions[:, 2], 6), heights[[8, 10]])
    np.testing.assert_allclose(contact.positions[in_neck, :2], 0.0, atol=1e-12)


@pytest.mark.parametrize("electrode", [n for n in electrode_names() if n.startswith("bcc")])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_neck_of_any_wire_is_as_wide_as_asked_for_and_holds(electrode: str, width: int) -> None:
    spec = ContactSpec(electrode=electrode, neck_length=6, neck_width=width)

    contact = build_contact(spec)

    _, counts = np.unique(np.round(contact.positions[:, 2], 6), return_counts=True)
    widest = max(int(n) for n in electrode.partition("-")[2].split("+"))
    n_layer = electrode.count("+") + 1
    # Two periods of grip, then a device of five periods with the neck in its middle.
    first = 2 * n_layer + (5 * n_layer - 6) // 2
    assert counts[first : first + 6].max() == min(width, widest)
    assert cluster_sizes(contact) == (contact.n_atom,)


def test_an_alloy_has_the_composition_asked_for() -> None:
    spec = ContactSpec(composition={"Na": 0.25, "K": 0.5, "Rb": 0.25}, neck_length=1, neck_width=13)

    contact = build_contact(spec)

    device = contact.numbers[contact.regions == DEVICE]
    counts = [int((device == atomic_numbers[s]).sum()) for s in ("Na", "K", "Rb")]
    # 45 sites: 11.25, 22.5 and 11.25; the one left over goes to the largest remainder.
    assert counts == [11, 23, 11]


def test_the_seed_decides_which_site_gets_which_element() -> None:
    def numbers(seed: int) -> list[int]:
        spec = ContactSpec(composition={"Na": 0.5, "K": 0.5}, seed=seed)
        return build_contact(spec).numbers.tolist()

    assert numbers(1) == numbers(1)
    assert numbers(1) != numbers(2)


def test_an_alloyed_device_has_vegards_lattice_constant() -> None:
    spec = ContactSpec(
        composition={"K": 0.5, "Cs": 0.5}, electrode_element="K", neck_length=1, neck_width=13
    )

    contact = build_contact(spec)

    layers = np.unique(np.round(contact.positions[contact.regions == DEVICE, 2], 6))
    # Half of (5.33 + 6.14) / 2; beside the grips the mean with half of 5.33.
    np.testing.assert_allclose(np.diff(layers), 2.8675, atol=1e-5)
    gap = layers[0] - contact.positions[contact.regions == LEFT, 2].max()
    assert gap == pytest.approx((2.8675 + 2.665) / 2, abs=1e-5)


def test_a_neck_longer_than_the_device_is_refused() -> None:
    spec = ContactSpec(device_periods=2, neck_length=5)

    with pytest.raises(InvalidInputError, match="4 layers, but neck_length is 5"):
        build_contact(spec)


def sodium_of(placement: Placement, seed: int = 0) -> tuple[Junction, np.ndarray]:
    spec = ContactSpec(
        composition={"K": 0.9, "Na": 0.1}, neck_length=4, neck_width=4, placement=placement,
        seed=seed,
    )  # fmt: skip
    contact = build_contact(spec)
    return contact, np.flatnonzero(contact.numbers == atomic_numbers["Na"])


def test_rarer_elements_are_in_the_middle_of_the_neck_where_asked_for() -> None:
    contact, sodium = sodium_of("neck")
    device = contact.positions[contact.regions == DEVICE, 2]
    away = np.abs(contact.positions[:, 2] - (device.min() + device.max()) / 2.0)

    others = (contact.regions == DEVICE) & (contact.numbers != atomic_numbers["Na"])
    assert len(sodium) == 4
    assert away[sodium].max() <= away[others].min() + 1e-6


def test_rarer_elements_are_where_atoms_have_the_fewest_neighbours() -> None:
    contact, sodium = sodium_of("surface")
    near = 1.2 * 5.33
    apart = np.linalg.norm(contact.positions[:, None] - contact.positions, axis=-1)
    n_neighbour = (apart < near).sum(axis=1) - 1

    others = (contact.regions == DEVICE) & (contact.numbers != atomic_numbers["Na"])
    assert n_neighbour[sodium].max() <= n_neighbour[others].min() + 1
    assert n_neighbour[sodium].mean() < n_neighbour[others].mean() - 2.0


@pytest.mark.parametrize("placement", ["neck", "surface"])
def test_of_sites_that_are_alike_the_seed_chooses(placement: Placement) -> None:
    places = {tuple(sodium_of(placement, seed)[1]) for seed in range(8)}

    assert len(places) > 1
    assert (sodium_of(placement, 3)[1] == sodium_of(placement, 3)[1]).all()


def test_a_contact_without_a_choice_of_places_keeps_its_keys() -> None:
    plain, placed = ContactSpec(), ContactSpec(placement="neck")

    assert "placement" not in plain.model_dump(mode="json")
    assert placed.model_dump(mode="json")["placement"] == "neck"
    assert ContactSpec.model_validate(placed.model_dump(mode="json")) == placed
    assert experiment_key(ExperimentSpec(contact=plain), "x") != experiment_key(
        ExperimentSpec(contact=placed), "x"
    )


def test_a_tapered_neck_widens_layer_by_layer() -> None:
    straight = build_contact(ContactSpec(neck_length=2, neck_width=1))
    tapered = build_contact(ContactSpec(neck_length=2, neck_width=1, taper=2))

    def widths(contact: Junction) -> list[int]:
        device = contact.positions[contact.regions == DEVICE, 2]
        return np.unique(device.round(3), return_counts=True)[1].tolist()

    assert widths(straight) == [5, 4, 5, 4, 1, 1, 5, 4, 5, 4]
    # One atom, then a third and two thirds of the way to a whole layer of five or four.
    assert widths(tapered) == [5, 4, 3, 2, 1, 1, 2, 3, 5, 4]


def test_a_taper_that_does_not_fit_is_refused_and_none_keeps_the_keys() -> None:
    with pytest.raises(InvalidInputError, match="neck_length is 4 and taper is 4; raise device_p"):
        build_contact(ContactSpec(neck_length=4, taper=4))

    assert "taper" not in ContactSpec().model_dump(mode="json")
    assert ContactSpec(taper=1).model_dump(mode="json")["taper"] == 1
