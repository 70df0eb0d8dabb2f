"""A target, and as little as possible of an element beside it."""

import pytest

from sekkei.design.botorch_proposer import BotorchProposer
from sekkei.design.candidate import Candidate, Proposal
from sekkei.design.loop import run_design
from sekkei.design.ranking import finalists_of
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.errors import InvalidInputError
from sekkei.specification import parse_specification
from sekkei.testing.proposer_laws import SmoothProblem

SPEC = DesignSpec(
    target_g0=1.5, elements=("K", "Cs"), sparing="Cs", fractions={"Cs": {"least": 0.1}},
    initial=10, batch=4, rounds=3, round_seeds=2, finalists=3, seed=1,
)  # fmt: skip
STEADY = SmoothProblem(scatter_g0=0.02, surrogate_sigma_g0=0.02)


def proposed(chance, caesium):
    composition = {"K": 1.0 - caesium, "Cs": caesium}
    candidate = Candidate(
        composition=composition, neck_length=3, neck_width=3, elongation_angstrom=1.0
    )
    return Proposal(id=f"{chance}", candidate=candidate, acquisition="test", chance=chance)


def chosen(*ranked, n=3):
    spec = SPEC.model_copy(update={"finalists": n})
    found = finalists_of(DesignState(spec=spec), [proposed(*one) for one in ranked])
    return [one.chance for one in found]


def test_finalists_have_less_of_the_element_than_all_that_are_likelier():
    found = chosen((0.9, 0.8), (0.8, 0.85), (0.7, 0.5), (0.6, 0.5), (0.5, 0.2))

    assert found == [0.9, 0.7, 0.5]


def test_what_is_unlikely_is_on_no_front_and_the_likeliest_fill_a_short_one():
    assert chosen((0.9, 0.8), (0.8, 0.85), (0.4, 0.2), (0.3, 0.1)) == [0.9, 0.8, 0.4]
    assert chosen((0.9, 0.8), (0.7, 0.5), (0.5, 0.2), n=2) == [0.7, 0.5]


def test_a_search_finds_hits_with_less_of_the_element():
    quick = BotorchProposer(n_pool=32, n_neighbour=12, n_sample=16)
    wasteful = SPEC.model_copy(update={"sparing": None})

    spared, plain = (run_design(spec, STEADY, proposer=quick) for spec in (SPEC, wasteful))

    least = [
        min(one.proposal.candidate.composition["Cs"] for one in found.declared)
        for found in (spared, plain)
    ]
    assert all(one.is_verified for one in spared.declared)
    assert least[0] < 0.2
    assert least[0] <= least[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sparing": "Li"}, "'Li' is not among others in K, Cs"),
        ({"elements": ["Cs"], "fractions": {}}, "'Cs' is not among others in Cs"),
        ({"target_g0": None, "at_least_g0": 1.0}, "nothing says how much conductance"),
    ],
)
def test_what_cannot_be_spared_is_refused(change, message):
    with pytest.raises(InvalidInputError, match=message):
        parse_specification(SPEC.described() | change, DesignSpec)


def test_a_design_that_spares_nothing_keeps_its_identity():
    assert "sparing" not in DesignSpec(target_g0=1.5).described()
