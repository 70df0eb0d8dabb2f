"""Spaces that nobody thought of: bounds, cardinality, round trips, batches without repeats."""

import math
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sekkei.design.asking import ask
from sekkei.design.candidate import Candidate
from sekkei.design.face import RESOLUTION
from sekkei.design.limits import FractionLimits
from sekkei.design.proposer import RandomProposer, SobolProposer, n_free_candidates
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.errors import InvalidInputError
from sekkei.specification import parse_specification

METALS = ("Li", "Na", "K", "Rb", "Cs")
PLACES = ("random", "neck", "surface")
WIRES = ("bcc100-5+4", "bcc111-2+2+2", "bcc100-9+12")
SUM = 1e-9


def percents(least, most):
    return st.integers(least, most).map(lambda n: n / 100)


@st.composite
def limits(draw):
    kind = draw(st.sampled_from(["fixed", "interval", "if present", "both"]))
    if kind == "fixed":
        value = draw(percents(1, 60))
        return {"least": value, "most": value}
    most = draw(percents(20, 100))
    low = draw(percents(0, round(most * 100)))
    if kind == "both":
        return {"least": low, "most": most, "least_if_present": min(most, low + 0.1)}
    return {"least": low, "most": most} if kind == "interval" else {"least_if_present": low}


@st.composite
def specifications(draw):
    elements = draw(st.lists(st.sampled_from(METALS), min_size=1, max_size=5, unique=True))
    bounded = draw(st.lists(st.sampled_from(elements), unique=True))
    lengths = sorted(draw(st.lists(st.integers(1, 10), min_size=2, max_size=2)))
    widths = sorted(draw(st.lists(st.integers(1, 13), min_size=2, max_size=2)))
    pulled = sorted(draw(st.lists(st.integers(0, 80), min_size=2, max_size=2)))
    return {
        "target_g0": 1.0,
        "elements": elements,
        "max_species": draw(st.integers(1, 5)),
        "potential": "nichol-ackland",
        "fractions": {symbol: draw(limits()) for symbol in bounded},
        "placement": draw(st.lists(st.sampled_from(PLACES), min_size=1, unique=True)),
        "electrode": draw(st.lists(st.sampled_from(WIRES), min_size=1, unique=True)),
        "electrode_element": draw(
            st.none() | st.lists(st.sampled_from(METALS), min_size=1, unique=True)
        ),
        "device_periods": 12,
        "taper": sorted([draw(st.integers(0, 3)), draw(st.integers(0, 3))]),
        "temperature_k": draw(st.sampled_from([[4.2, 4.2], [4.2, 77.0], [300.0, 300.0]])),
        "neck_length": lengths,
        "neck_width": widths,
        "elongation_angstrom": [pulled[0] / 10, pulled[1] / 10],
        "seed": draw(st.integers(0, 9)),
    }


def space_holds(raw):
    spec, fault = parsed(raw)
    # Bounds that contradict each other are refused in one line, and nothing else is.
    assert fault == "" or re.fullmatch("fractions: fractions must be able to sum to 1.*", fault)
    assume(spec is not None)
    space = DesignState(spec=spec).space
    for candidate in space.sample(np.random.default_rng(spec.seed), 6):
        check_candidate(spec, candidate)
        check_round_trip(space, candidate)
    check_batches(spec, space)


def parsed(raw):
    try:
        return parse_specification(raw, DesignSpec), ""
    except InvalidInputError as error:
        return None, error.message


def check_candidate(spec, candidate):
    composition = candidate.composition
    assert abs(math.fsum(composition.values()) - 1.0) <= SUM
    if not spec.fractions:
        assert sum(composition.values()) == 1.0
    assert len(composition) <= spec.max_species
    assert set(composition) <= set(spec.allowed)
    for symbol, limit in spec.fractions.items():
        fraction = composition.get(symbol, 0.0)
        assert limit.least - SUM <= fraction <= limit.most + SUM
        assert fraction == 0.0 or fraction >= limit.least_if_present - SUM


def check_round_trip(space, candidate):
    space.check(candidate)
    unit = space.encode(candidate)
    assert ((unit >= 0.0) & (unit <= 1.0)).all()
    assert space.decode(unit) == candidate
    features = space.features(candidate)
    assert ((features >= 0.0) & (features <= 1.0)).all()
    # Features say everything: fractions as they are, and the others on their ranges.
    spec, n = space.spec, len(space.spec.allowed) + 3
    for name, options in (
        ("placement", spec.placement),
        ("electrode", spec.electrodes),
        ("electrode_element", spec.electrode_elements),
    ):
        if len(options) > 1:
            chosen, n = features[n : n + len(options)], n + len(options)
            value = getattr(candidate, name)
            is_one = name != "placement" or len(candidate.composition) > 1
            assert (chosen > 0.0).tolist() == [is_one and value == one for one in options]
            assert value in options or not is_one
        elif name != "placement":
            # Of one there is nothing to say.
            assert getattr(candidate, name) is None
    assert spec.taper[0] <= candidate.taper <= spec.taper[1]
    warm = candidate.temperature(spec)
    assert spec.temperature_k[0] <= warm <= spec.temperature_k[1]
    n += (spec.taper[0] < spec.taper[1]) + (spec.temperature_k[0] < spec.temperature_k[1])
    assert space.n_feature == features.size == n
    fractions = dict(zip(space.spec.allowed, features, strict=False))
    assert {s: x for s, x in fractions.items() if x} == candidate.composition


def check_batches(spec, space):
    n = min(4, space.n_candidate)
    state, first = ask(DesignState(spec=spec), n, SobolProposer())
    more = min(3, n_free_candidates(state))
    proposals = first
    if more:
        state, second = ask(state, more, RandomProposer())
        proposals = (*first, *second)
    keys = {p.candidate.key for p in proposals}
    assert len(keys) == len(proposals) == n + more
    for proposal in proposals:
        check_candidate(spec, proposal.candidate)


@given(specifications())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_hundred_generated_spaces_keep_what_they_promise(raw):
    space_holds(raw)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # a minute of CPU time, on whatever else the machine does
@given(specifications())
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_thousand_generated_spaces_keep_what_they_promise(raw):
    space_holds(raw)


def one_point(**change):
    asked = {
        "target_g0": 1.0,
        "elements": ("Na", "K"),
        "fractions": {"Na": FractionLimits(least=0.1, most=0.1)},
        "neck_length": (3, 3),
        "neck_width": (2, 2),
        "elongation_angstrom": (1.5, 1.5),
    }
    return DesignSpec(**asked | change)


def test_a_space_with_a_single_point_gives_that_point():
    state = DesignState(spec=one_point())

    state, (proposal,) = ask(state, 1)

    assert state.space.n_candidate == 1
    assert proposal.candidate == Candidate(
        composition={"Na": 0.1, "K": 0.9}, neck_length=3, neck_width=2, elongation_angstrom=1.5
    )
    with pytest.raises(InvalidInputError, match=r"must hold 1 candidates .*, but 0 were found"):
        ask(state, 1)


def test_a_cardinality_may_leave_only_faces():
    spec = DesignSpec(
        target_g0=1.0,
        max_species=2,
        fractions={s: FractionLimits(most=0.5) for s in ("Na", "K", "Rb", "Cs")},
        elongation_angstrom=(1.0, 1.0),
    )
    space = DesignState(spec=spec).space

    found = {tuple(c.composition.items()) for c in space.sample(np.random.default_rng(0), 200)}

    # No pure metal, and each of six pairs half and half.
    assert len(found) == 6
    assert all(set(dict(pair).values()) == {0.5} for pair in found)
    assert space.n_candidate == 6 * 5 * 5


def test_the_number_of_candidates_is_that_of_those_that_can_be_gone_through():
    spec = DesignSpec(
        target_g0=1.0,
        elements=("Na", "K", "Rb"),
        max_species=3,
        fractions={
            "Na": FractionLimits(least=0.995),
            "K": FractionLimits(least_if_present=0.004),
        },
        neck_length=(2, 3),
        elongation_angstrom=(1.0, 1.0),
    )
    space = DesignState(spec=spec).space

    every = list(space.candidates())

    assert len({c.key for c in every}) == len(every) == space.n_candidate
    for candidate in every:
        check_candidate(spec, candidate)
    drawn = {c.key for c in space.sample(np.random.default_rng(0), 500)}
    assert drawn <= {c.key for c in every}


def test_without_bounds_the_simplex_is_counted_as_mathematics_says():
    # Positive integers that sum to 1024: of one 1, of two 1023, of three 1023 * 1022 / 2.
    spec = DesignSpec(
        target_g0=1.0,
        elements=("Na", "K", "Rb"),
        max_species=3,
        neck_length=(2, 2),
        neck_width=(1, 1),
        elongation_angstrom=(0.0, 0.001),
    )

    n_mixed = 3 * 1 + 3 * (RESOLUTION - 1) + (RESOLUTION - 1) * (RESOLUTION - 2) // 2
    assert DesignState(spec=spec).space.n_candidate == 2 * n_mixed


@pytest.mark.parametrize(
    ("composition", "message"),
    [
        ({"K": 1.0}, r"the fraction of Na must be within 0\.1 to 0\.1, but is 0; change it"),
        ({"K": 0.8, "Na": 0.2}, r"the fraction of Na must be within 0\.1 to 0\.1, but is 0\.2"),
    ],
)
def test_a_composition_out_of_bounds_is_refused(composition, message):
    outside = Candidate(
        composition=composition, neck_length=3, neck_width=2, elongation_angstrom=1.5
    )

    with pytest.raises(InvalidInputError, match=message):
        DesignState(spec=one_point()).space.check(outside)


def test_a_measured_composition_that_was_rounded_is_taken():
    near = Candidate(
        composition={"K": 0.8998, "Na": 0.1002},
        neck_length=3,
        neck_width=2,
        elongation_angstrom=1.5,
    )
    space = DesignState(spec=one_point()).space

    space.check(near)

    assert space.decode(space.encode(near)).composition == {"Na": 0.1, "K": 0.9}
