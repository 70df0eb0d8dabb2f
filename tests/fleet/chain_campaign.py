"""A small campaign as a program of its own, to be killed.

Arguments: lake; ``serial``, ``ray`` or the address of a Ray; number of experiments; log.
"""

import sys
from pathlib import Path

from sekkei.campaign.context import CommitPolicy
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.fleet.log import open_log
from sekkei.fleet.pool import RayPool
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.testing.chain_dynamics import chain_dynamics


def main(lake: str, pool: str, count: str = "12", log: str = "/dev/null") -> None:
    """Run what is missing."""
    spec = CampaignSpec(
        name="chains",
        experiments=[Family(count=int(count))],
        labels=LabelPlan(labeler="chain", options={"onsite": 0.7}, per_experiment=6),
    )
    parts = {
        "policy": CommitPolicy(n_result=2, share=1.0),
        "dynamics": chain_dynamics(seconds=0.03),
    }
    opened = Lake.open_or_create(Path(lake))
    with open_log(Path(log), spec.name) as watch:
        if pool == "serial":
            run_campaign(spec, opened, SerialPool(), watch=watch, **parts)
            return
        with RayPool(2, address=None if pool == "ray" else pool) as fleet:
            run_campaign(spec, opened, fleet, watch=watch, **parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
