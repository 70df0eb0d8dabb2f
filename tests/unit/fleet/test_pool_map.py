"""A function over arguments, by a pool."""

from functools import partial

import pytest

from sekkei.errors import LabelError
from sekkei.fleet.pool import RayPool
from sekkei.fleet.pool_map import map_with_pool
from sekkei.fleet.serial import SerialPool


def fail(argument: int) -> int:
    raise LabelError(f"{argument} is no junction")


def test_every_argument_is_called_once() -> None:
    assert list(map_with_pool(SerialPool(), partial(max, 2), [1, 2, 3])) == [2, 2, 3]


def test_a_call_that_is_refused_says_which() -> None:
    with pytest.raises(LabelError, match="splits 0: 7 is no junction"):
        list(map_with_pool(SerialPool(), fail, [7], "splits"))


@pytest.mark.ray
@pytest.mark.slow
def test_many_workers_call_alike() -> None:
    with RayPool(2) as pool:
        assert sorted(map_with_pool(pool, partial(max, 2), [1, 2, 3])) == [2, 2, 3]
