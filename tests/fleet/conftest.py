from collections.abc import Iterator
from pathlib import Path

import pytest

from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family
from sekkei.fleet.pool import RayPool
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.testing.chain_dynamics import chain_dynamics


@pytest.fixture(scope="session")
def ray_pool() -> Iterator[RayPool]:
    """Two workers on a private Ray that all tests share; starting one takes seconds."""
    with RayPool(2) as pool:
        yield pool


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Two chains of five snapshots each, without labels."""
    lake = Lake.create(tmp_path / "lake")
    spec = CampaignSpec(name="chains", experiments=[Family(count=2)], labels=None)
    run_campaign(spec, lake, SerialPool(), dynamics=chain_dynamics(n_snapshot=5))
    return lake.refreshed()
