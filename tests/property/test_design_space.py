"""The search space: round trips, exact sums, limits."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from sekkei.design.candidate import Candidate
from sekkei.design.face import RESOLUTION, exact_parts
from sekkei.design.limits import FractionLimits
from sekkei.design.space import DesignSpace
from sekkei.design.specification import DesignSpec
from sekkei.errors import InvalidInputError

SPEC = DesignSpec(target_g0=1.0, max_species=4)


@given(st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7))
@settings(deadline=None)
def test_a_candidate_survives_the_trip_to_the_cube_and_back(unit):
    space = DesignSpace(SPEC)
    candidate = space.decode(np.array(unit))

    again = space.decode(space.encode(candidate))

    assert again.neck_length == candidate.neck_length
    assert again.neck_width == candidate.neck_width
    assert again.elongation_angstrom == candidate.elongation_angstrom
    assert again.composition == candidate.composition


@given(st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7))
@settings(deadline=None)
def test_the_cube_holds_nothing_but_the_space(unit):
    space = DesignSpace(SPEC)

    candidate = space.decode(np.array(unit))

    space.check(candidate)
    assert ((space.features(candidate) >= 0.0) & (space.features(candidate) <= 1.0)).all()


@pytest.mark.parametrize("max_species", [1, 2, 3, 4])
def test_fractions_of_thousands_of_candidates_sum_to_one_exactly_in_any_order(max_species):
    spec = DesignSpec(target_g0=1.0, forbidden=("Cs",), max_species=max_species)
    candidates = DesignSpace(spec).sample(np.random.default_rng(1), 2000)

    for candidate in candidates:
        fractions = list(candidate.composition.values())
        assert all(sum(order) == 1.0 for order in itertools.permutations(fractions))
        assert "Cs" not in candidate.composition
        assert len(fractions) <= max_species


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=5))
@settings(deadline=None)
def test_parts_stay_within_one_of_what_they_round(parts):
    wanted = np.array(parts) / math.fsum(parts)

    shared = exact_parts(wanted, RESOLUTION)

    assert sum(shared) == RESOLUTION
    np.testing.assert_allclose(shared, wanted * RESOLUTION, atol=1.0)


def test_ternaries_are_uniform_on_their_face():
    # On a uniform triangle the fraction of one corner has the distribution 1 - (1 - x)^2.
    spec = DesignSpec(target_g0=1.0, forbidden=("Cs",), max_species=3)
    candidates = DesignSpace(spec).sample(np.random.default_rng(0), 7000)

    ternaries = [c for c in candidates if len(c.composition) == 3]

    for symbol in spec.allowed:
        fractions = [c.composition[symbol] for c in ternaries]
        # 1000 samples: the statistic of a wrong distribution such as a bare product is above 0.15.
        assert kstest(fractions, lambda x: 1 - (1 - np.asarray(x)) ** 2).statistic < 0.06


def test_pure_metals_are_sampled_as_often_as_each_alloy():
    candidates = DesignSpace(SPEC).sample(np.random.default_rng(0), 3000)

    n_pure = sum(len(c.composition) == 1 for c in candidates)

    # 4 of 15 supports; five standard deviations are 121.
    assert n_pure == pytest.approx(3000 * 4 / 15, abs=121)


def test_neighbours_are_near_and_in_the_space():
    space = DesignSpace(SPEC)
    here = space.sample(np.random.default_rng(3), 1)[0]

    near = space.neighbours(here, np.random.default_rng(4), 50, 0.01)

    distances = [np.abs(space.features(c) - space.features(here)).max() for c in near]
    assert max(distances) < 0.1
    assert len({c.key for c in near}) > 25


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"composition": {"Li": 1.0}}, "must be among Na, K, Rb, Cs, but one is Li; allow it"),
        ({"neck_width": 9}, "neck_width must be within 1 to 5, but is 9; widen the range"),
        ({"elongation_angstrom": 9.5}, r"elongation_angstrom must be within 0\.0 to 8\.0, but is"),
    ],
)
def test_what_is_outside_is_refused(change, message):
    inside = {
        "composition": {"K": 1.0},
        "neck_length": 3,
        "neck_width": 2,
        "elongation_angstrom": 1.0,
    }
    outside = Candidate.model_validate(inside | change)

    with pytest.raises(InvalidInputError, match=message):
        DesignSpace(SPEC).check(outside)


def test_more_species_than_allowed_are_refused():
    spec = DesignSpec(target_g0=1.0, max_species=1)
    alloy = Candidate(
        composition={"Na": 0.5, "K": 0.5}, neck_length=3, neck_width=2, elongation_angstrom=1.0
    )

    with pytest.raises(InvalidInputError, match="at most 1 elements, but holds Na, K; raise"):
        DesignSpace(spec).check(alloy)


def test_equal_candidates_have_equal_keys_however_they_are_written():
    shape = {"neck_length": 3, "neck_width": 2, "elongation_angstrom": 1.0}

    one = Candidate(composition={"K": 0.5, "Na": 0.5, "Cs": 0.0}, **shape)
    other = Candidate(composition={"Na": 0.5, "K": 0.5}, **shape)

    assert one.key == other.key


def test_a_space_with_placements_is_counted_and_gone_through():
    spec = DesignSpec(
        target_g0=1.0,
        elements=("Na", "K"),
        fractions={"Na": FractionLimits(most=0.01)},
        placement=("neck", "surface"),
        neck_length=(3, 3),
        neck_width=(2, 2),
        elongation_angstrom=(1.0, 1.0),
    )
    space = DesignSpace(spec)

    every = list(space.candidates())

    assert len({one.key for one in every}) == len(every) == space.n_candidate
    assert {one.placement for one in every if len(one.composition) > 1} == {"neck", "surface"}
    # Of one element there is nothing to place.
    assert [one.placement for one in every if len(one.composition) == 1] == ["random"]
    for one in every:
        assert space.decode(space.encode(one)) == one


def test_one_placement_adds_nothing_to_search():
    free, fixed = DesignSpec(target_g0=1.0), DesignSpec(target_g0=1.0, placement=("neck",))

    assert DesignSpace(free).n_unit == DesignSpace(fixed).n_unit
    assert DesignSpace(free).n_feature == DesignSpace(fixed).n_feature
    with pytest.raises(InvalidInputError, match="placement must be one of neck, but is random"):
        DesignSpace(fixed).check(
            Candidate(
                composition={"Na": 0.5, "K": 0.5},
                neck_length=3, neck_width=2, elongation_angstrom=1.0,
            )
        )  # fmt: skip


def test_a_space_with_electrodes_tapers_and_temperatures_is_counted_and_gone_through():
    spec = DesignSpec(
        target_g0=1.0,
        elements=("Na", "K"),
        max_species=1,
        electrode=("bcc100-5+4", "bcc111-2+2+2"),
        electrode_element=("Na", "K"),
        neck_length=(3, 3),
        neck_width=(2, 2),
        taper=(0, 1),
        elongation_angstrom=(1.0, 1.0),
        temperature_k=(4.2, 4.4),
    )
    space = DesignSpace(spec)

    every = list(space.candidates())

    assert len({one.key for one in every}) == len(every) == space.n_candidate == 2 * 2 * 2 * 2 * 3
    assert {one.temperature_k for one in every} == {4.2, 4.3, 4.4}
    for one in every:
        assert space.decode(space.encode(one)) == one


def test_a_candidate_says_what_may_be_chosen_and_nothing_else():
    several = DesignSpec(target_g0=1.0, electrode=("bcc100-5+4", "bcc111-2+2+2"))
    where = {"composition": {"K": 1.0}, "neck_length": 3, "neck_width": 2}
    plain = Candidate(**where, elongation_angstrom=1.0)
    chosen = plain.model_copy(update={"electrode": "bcc111-2+2+2"})

    DesignSpace(several).check(chosen)
    with pytest.raises(InvalidInputError, match="must say its electrode, because"):
        DesignSpace(several).check(plain)
    with pytest.raises(InvalidInputError, match="electrode must be left out where the spec"):
        DesignSpace(DesignSpec(target_g0=1.0)).check(chosen)
    with pytest.raises(InvalidInputError, match="electrode must be one of bcc100-5"):
        DesignSpace(several).check(plain.model_copy(update={"electrode": "bcc100-9+12"}))
    with pytest.raises(InvalidInputError, match="taper must be within 0 to 0, but is 1"):
        DesignSpace(several).check(chosen.model_copy(update={"taper": 1}))
