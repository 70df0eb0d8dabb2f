"""A dry run counts what it does not list, and counts the same."""

import tracemalloc

import pytest

from sekkei.campaign.context import Dynamics, open_context
from sekkei.campaign.counting import PackedKeys, count_experiments, different_members, member_keys
from sekkei.campaign.family import Family, members
from sekkei.campaign.stages import experiment_tasks, experiment_work
from sekkei.errors import InvalidInputError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
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


def test_members_come_in_the_order_of_their_list() -> None:
    families = [*FAMILIES, _family(count=10)]
    listed = experiment_tasks(members(families), DYNAMICS)

    found = list(different_members(families, DYNAMICS))

    made = [member.task() for member in found]
    assert [(t.key, t.recipe, t.payload) for t in made] == [
        (t.key, t.recipe, t.payload) for t in listed
    ]
    assert list(PackedKeys(b"".join(member.key for member in found))) == [t.key for t in listed]


def test_a_run_of_many_experiments_does_not_list_them(tmp_path) -> None:
    families = [_family(count=20_000), _family(template={"seed": 10**9})]
    lake = Lake.create(tmp_path / "lake")
    with open_context(lake, SerialPool(), None, dynamics=DYNAMICS) as context:
        tracemalloc.start()
        work = experiment_work(context, families)
        first = [work.take() for _ in range(3)]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert (work.planned, work.missing) == (20_007, 20_007)
    assert [task.payload.seed for task in first if task is not None] == [0, 1, 2]
    assert peak < 8e6  # as a list, they took 3.6 kB each


def test_more_combinations_than_can_be_checked_are_refused() -> None:
    many = {"neck_width": [1] * 2000, "neck_length": [1] * 2000}

    with pytest.raises(InvalidInputError, match="vary has 4,000,000 combinations"):
        _family(count=1_000_000, vary=many)


def test_a_few_of_many_combinations_are_taken() -> None:
    many = {"neck_width": [1] * 2000, "neck_length": [1] * 2000}

    assert _family(count=3, vary=many).n_kind == 3
