from collections.abc import Iterator

import pytest

from sekkei.fleet.pool import RayPool


@pytest.fixture(scope="session")
def ray_pool() -> Iterator[RayPool]:
    """Two workers on a private Ray that all tests share; starting one takes seconds."""
    with RayPool(2) as pool:
        yield pool
