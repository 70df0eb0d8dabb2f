"""A dry run counts what it does not list, and counts the same."""

import pytest

from sekkei.campaign.context import Dynamics
from sekkei.campaign.counting import count_experiments, member_keys
from sekkei.campaign.family import Family, members
from sekkei.campaign.stages import experiment_tasks
from sekkei.errors import InvalidInputError
from sekkei.specification import parse_specification
from sekkei.structure.experiment import experiment_key

ENGINE = "an engine"
DYNAMICS = Dynamics(engine_of=lambda potential: f"an engine of {potential}")


def _family(**given: object) -> Family:
    return parse_specification({"count": 7, **given}, Family)


FAMILIES = [
    _family(),
    _family(template={"seed": 9, "contact": {"seed": 98}}),
    _family(count=12, vary={"neck_width": [3, 4, 4], "neck_length": [2, 4]}),
    _family(
        template={"potential": "gupta"}, vary={"composition": [{"K": 1.0}, {"K": 0.5, "Na": 0.5}]}
    ),
]


@pytest.mark.parametrize("family", FAMILIES, ids=["plain", "seeds", "varied", "alloys"])
def test_keys_are_those_of_the_members(family: Family) -> None:
    found = dict(member_keys(family, ENGINE))

    expected = [experiment_key(spec, ENGINE) for spec in members([family])]
    assert [found[i].hex() for i in range(family.count)] == expected


def test_what_is_counted_is_what_is_listed() -> None:
    families = [*FAMILIES, _family(count=10)]  # seven of them are those of the first
    listed = experiment_tasks(members(families), DYNAMICS)
    keys = [task.key for task in listed[::5]]

    found = count_experiments(families, DYNAMICS, [*keys, "0" * 32])

    assert found.planned == len(listed)
    assert {task.key for task in found.asked} == set(keys)
    payloads = {task.key: task.payload for task in listed}
    assert all(payloads[task.key] == task.payload for task in found.asked)
    assert found.engines == {task.recipe for task in listed}


def test_more_combinations_than_can_be_checked_are_refused() -> None:
    many = {"neck_width": [1] * 2000, "neck_length": [1] * 2000}

    with pytest.raises(InvalidInputError, match="vary has 4,000,000 combinations"):
        _family(count=1_000_000, vary=many)


def test_a_few_of_many_combinations_are_taken() -> None:
    many = {"neck_width": [1] * 2000, "neck_length": [1] * 2000}

    assert _family(count=3, vary=many).n_kind == 3
