"""A small campaign as a program of its own, to be killed: lake, then ``serial`` or ``ray``."""

import sys
from pathlib import Path

from sekkei.fleet.campaign import run_campaign
from sekkei.fleet.campaign_spec import CampaignSpec, Family, LabelPlan
from sekkei.fleet.pool import RayPool
from sekkei.fleet.serial import SerialPool
from sekkei.fleet.workshop import CommitPolicy
from sekkei.lake import Lake
from sekkei.testing.chain_dynamics import chain_dynamics

SPEC = CampaignSpec(
    name="chains",
    experiments=[Family(count=12)],
    labels=LabelPlan(labeler="chain", options={"onsite": 0.7}, per_experiment=6),
)


def main(lake: str, pool: str) -> None:
    """Run what is missing."""
    dynamics = chain_dynamics(seconds=0.03)
    policy = CommitPolicy(n_result=2)
    opened = Lake.open_or_create(Path(lake))
    if pool == "serial":
        run_campaign(SPEC, opened, SerialPool(), policy=policy, dynamics=dynamics)
    else:
        with RayPool(2) as fleet:
            run_campaign(SPEC, opened, fleet, policy=policy, dynamics=dynamics)


if __name__ == "__main__":
    main(*sys.argv[1:])
