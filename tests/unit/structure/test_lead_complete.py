"""A lead that lacks an atom, a period that is wrong, sides that are swapped: named, not mended."""

import numpy as np
import pytest

from sekkei.errors import AtomOverlapError, ElectrodeError, LabelError
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lead import close_leads, recognise_leads
from sekkei.structure.lead_room import check_lead_room
from sekkei.transport import TightBindingLabeler

CHAIN_ANGSTROM = 3.6


def chain(n_atom: int, n_left: int, n_right: int, period: float = CHAIN_ANGSTROM) -> Junction:
    positions = np.zeros((n_atom, 3))
    positions[:, 2] = CHAIN_ANGSTROM * np.arange(n_atom)
    regions = np.repeat([LEFT, DEVICE, RIGHT], [n_left, n_atom - n_left - n_right, n_right])
    return Junction.from_sequences(np.full(n_atom, 11), positions, regions, period)


def wire(name: str, n_period: int, n_lead: int) -> Junction:
    one = build_electrode(name, "Na")
    many, n = one.repeated(n_period), n_lead * one.numbers.size
    regions = np.repeat([LEFT, DEVICE, RIGHT], [n, many.numbers.size - 2 * n, n])
    return Junction.from_sequences(
        many.numbers, many.positions, regions, one.period, one.lateral_period
    )


def without(junction: Junction, *atoms: int) -> Junction:
    kept = np.setdiff1d(np.arange(junction.n_atom), np.arange(junction.n_atom)[list(atoms)])
    return Junction.from_sequences(
        junction.numbers[kept],
        junction.positions[kept],
        junction.regions[kept],
        junction.electrode_period,
        junction.lateral_period,
    )


def mirrored(junction: Junction) -> Junction:
    return Junction.from_sequences(
        junction.numbers,
        junction.positions * [1.0, 1.0, -1.0],
        -junction.regions,
        junction.electrode_period,
        junction.lateral_period,
    )


def fault(junction: Junction) -> ElectrodeError:
    with pytest.raises(ElectrodeError) as caught:
        recognise_leads(junction)
    return caught.value


def test_an_atom_missing_from_a_lead_is_named_by_its_site_and_so_is_its_mirror_image() -> None:
    gap = without(chain(14, 4, 4), 11)

    said, reflected = fault(gap), fault(mirrored(gap))

    assert "the right lead must be complete" in said.message
    assert said.facts["missing_angstrom"] == [[0.0, 0.0, 39.6]]
    assert "the left lead must be complete" in reflected.message
    assert reflected.facts["missing_angstrom"] == [[0.0, 0.0, -39.6]]


@pytest.mark.parametrize("name", ["staggered-3", "bcc100-5+4", "surface-bcc100-2x2"])
@pytest.mark.parametrize("reflect", [False, True], ids=["as it is", "mirrored"])
def test_a_missing_period_is_refused_with_each_of_its_sites(name: str, reflect: bool) -> None:
    whole = wire(name, 9, 3)
    n = build_electrode(name, "Na").numbers.size
    gap = without(whole, *range(-2 * n, -n))

    said = fault(mirrored(gap) if reflect else gap)

    lost = whole.positions[-2 * n : -n] * [1.0, 1.0, -1.0 if reflect else 1.0]
    found = np.array(said.facts["missing_angstrom"])
    assert sorted(found[:, 2].tolist()) == pytest.approx(sorted(lost[:, 2].tolist()), abs=1e-3)


@pytest.mark.parametrize("reflect", [False, True], ids=["as it is", "mirrored"])
@pytest.mark.parametrize(
    "atoms", [(-2,), (-8,), (-14,), (-2, -8, -14)], ids=["outer", "middle", "inner", "each"]
)
def test_one_atom_of_one_lead_is_never_filled_in(atoms: tuple[int, ...], reflect: bool) -> None:
    gap = without(wire("staggered-3", 9, 3), *atoms)

    said = fault(mirrored(gap) if reflect else gap)

    assert len(said.facts["missing_angstrom"]) == len(atoms)


def test_the_same_atom_missing_from_one_period_of_both_leads_is_seen() -> None:
    gap = without(wire("staggered-3", 9, 3), 1, -2)

    assert "does that period lack an atom" in fault(gap).message


def test_atoms_of_a_part_of_a_period_are_found_in_the_device() -> None:
    whole = wire("bcc100-5+4", 7, 2)
    regions = np.array(whole.regions)
    regions[[-14, -15, -16, -17]] = DEVICE
    cut = Junction.from_sequences(whole.numbers, whole.positions, regions, whole.electrode_period)

    said = fault(cut)

    assert "mark whole periods as lead" in said.message
    assert said.facts["atoms"] == [46, 47, 48, 49]


def test_an_extra_atom_in_a_lead_is_named_on_both_sides() -> None:
    whole = wire("bcc100-5+4", 7, 2)
    positions = np.vstack([whole.positions, [8.0, 0.0, whole.positions[-1, 2]]])
    more = Junction.from_sequences(
        np.append(whole.numbers, 11), positions, np.append(whole.regions, RIGHT), 4.29
    )

    assert fault(more).facts["atoms"] == [whole.n_atom]
    assert fault(mirrored(more)).facts["atoms"] == [whole.n_atom]


@pytest.mark.parametrize("name", ["staggered-3", "bcc100-5+4", "bcc111-1+3+3"])
def test_a_junction_and_its_mirror_image_conduct_alike(name: str) -> None:
    whole = wire(name, 7, 2)
    middle = int(np.flatnonzero(whole.regions == DEVICE)[whole.n_atom // 5])
    contact = without(whole, middle)
    labeler = TightBindingLabeler()

    one, other = labeler.label(contact), labeler.label(mirrored(contact))

    assert 0.0 < one.conductance < one.n_channel
    assert one.conductance == pytest.approx(other.conductance, abs=1e-8)


@pytest.mark.parametrize("period", [4.4, 3.0])
def test_a_period_that_one_period_cannot_show_is_compared_with_the_device(period: float) -> None:
    said = fault(chain(13, 1, 1, period))

    assert f"must repeat every {period:g} Å" in said.message
    assert said.facts["period_angstrom"] == pytest.approx(CHAIN_ANGSTROM)


def test_the_period_of_another_element_is_refused_on_leads_of_one_period() -> None:
    whole = wire("bcc100-5+4", 7, 1)
    wrong = Junction.from_sequences(whole.numbers, whole.positions, whole.regions, 5.33)

    assert fault(wrong).facts["period_angstrom"] == pytest.approx(whole.electrode_period)
    assert fault(mirrored(wrong)).facts["period_angstrom"] == pytest.approx(whole.electrode_period)


def test_two_periods_in_a_lead_show_it_whatever_a_stretched_device_does() -> None:
    whole = chain(13, 2, 2)
    positions = np.array(whole.positions)
    positions[2:, 2] += 0.2 * np.clip(np.arange(11), 0, 9)
    stretched = Junction.from_sequences(whole.numbers, positions, whole.regions, CHAIN_ANGSTROM)

    assert recognise_leads(stretched).electrode.period == CHAIN_ANGSTROM


def test_a_period_longer_than_the_lead_names_the_device_atoms_that_it_meets() -> None:
    whole = wire("bcc100-5+4", 7, 1)
    wrong = Junction.from_sequences(whole.numbers, whole.positions, whole.regions, 20.0)

    with pytest.raises(ElectrodeError, match="electrode_period_angstrom if the lead is shorter"):
        check_lead_room(wrong)


def test_swapped_sides_are_called_so() -> None:
    whole = wire("bcc100-5+4", 7, 2)
    swapped = Junction.from_sequences(
        whole.numbers, whole.positions, -whole.regions, whole.electrode_period
    )

    for check in (recognise_leads, check_lead_room):
        with pytest.raises(ElectrodeError, match=r"swap -1 and \+1"):
            check(swapped)


def test_leads_beside_each_other_are_no_ends() -> None:
    whole = wire("bcc100-5+4", 7, 2)
    regions = np.array(whole.regions)
    regions[30] = LEFT
    regions[20] = RIGHT
    mixed = Junction.from_sequences(whole.numbers, whole.positions, regions, whole.electrode_period)

    with pytest.raises(ElectrodeError, match=r"must be below the right one .* atoms 30 are not"):
        recognise_leads(mixed)


def test_atoms_that_meet_an_added_period_have_the_numbers_of_the_file() -> None:
    whole = wire("staggered-3", 6, 1)
    shuffled = np.random.default_rng(3).permutation(whole.n_atom)
    positions = np.array(whole.positions)
    positions[12] = positions[0] - [0.0, 0.0, whole.electrode_period - 0.4]
    clash = Junction.from_sequences(
        whole.numbers[shuffled],
        positions[shuffled],
        whole.regions[shuffled],
        whole.electrode_period,
    )

    with pytest.raises(AtomOverlapError, match="a period that continues a lead") as caught:
        close_leads(recognise_leads(clash), 3)

    assert caught.value.facts["atoms"] == [int(np.flatnonzero(shuffled == 12)[0])]
    assert isinstance(caught.value, LabelError)
