"""A store that refuses writes during a campaign, or gives them to another: it goes on later."""

import json
import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from sekkei.campaign.context import CommitPolicy
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.errors import LakeConflictError
from sekkei.fleet.event import Event
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake, LakeWriteError, lease
from sekkei.testing.chain_dynamics import chain_dynamics

PLAN = LabelPlan(labeler="chain", options={"onsite": 0.7}, per_experiment=6)
SPEC = CampaignSpec(name="chains", experiments=[Family(count=2)], labels=PLAN)
OFTEN = CommitPolicy(n_result=3, share=1.0)
DENY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::campaigns/*",
        }
    ],
}
# After the second commit no file may grow: the kernel answers as it does on a full disk.
_FULL_DISK = """
import resource, sys
from pathlib import Path
from sekkei.cli.outcome import exit_code
from sekkei.campaign.run import run_campaign
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake, LakeWriteError
from sekkei.testing.chain_dynamics import chain_dynamics
sys.path.insert(0, sys.argv[2])
from test_campaign_refused import OFTEN, SPEC

n_commit = 0
def watch(event):
    global n_commit
    n_commit += event.name == "committed"
    if n_commit == 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))

lake = Lake.open(Path(sys.argv[1]))
try:
    run_campaign(SPEC, lake, SerialPool(), dynamics=chain_dynamics(), policy=OFTEN, watch=watch)
except LakeWriteError as error:
    print(error.message)
    sys.exit(exit_code(error))
"""


def _run(lake: Lake, **options: Any) -> Any:
    return run_campaign(
        SPEC, lake, SerialPool(), dynamics=chain_dynamics(), policy=OFTEN, **options
    )


def _n_row(lake: Lake) -> int:
    newest = lake.refreshed()
    return sum(len(newest.keys(table)) for table in ("experiment", "label", "refusal"))


def _check_complete(lake: Lake) -> None:
    filled = lake.refreshed()
    assert filled.verify() == []
    keys = {t: list(filled.table(t)["key"]) for t in ("experiment", "snapshot", "label", "refusal")}
    assert {table: len(found) for table, found in keys.items()} == {
        "experiment": 2,
        "snapshot": 12,
        "label": 10,
        "refusal": 2,
    }
    assert all(max(Counter(found).values()) == 1 for found in keys.values())


def test_a_disk_that_fills_up_stops_a_campaign_in_one_line_and_it_goes_on_later(
    tmp_path: Path,
) -> None:
    lake = Lake.create(tmp_path / "lake")

    ended = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(lake.path), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    n_kept = _n_row(lake)
    clean = lake.refreshed().verify()
    later = _run(lake.refreshed())

    assert ended.returncode == 1, ended.stderr
    (line,) = ended.stdout.splitlines()
    assert "must take what is written, but its store refused: " in line
    assert "file size limit is reached (ulimit -f)" in line
    assert line.endswith("raise the limit, and run it again")
    assert 0 < n_kept < 14
    assert clean == []
    assert later.done + later.refused == 14 - n_kept
    _check_complete(lake)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    server = "http://{}:{}".format(*running.get_host_and_port())
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=server)
    client.create_bucket(Bucket="campaigns")
    yield client
    running.stop()


def test_a_bucket_that_refuses_writes_stops_a_campaign_and_it_goes_on_later(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A lease that cannot be given back runs out: here at once, otherwise after a minute.
    monkeypatch.setattr(lease, "SECONDS", 0.0)
    lake = Lake.create(Path("s3://campaigns/lake"))
    n_commit = 0

    def deny(event: Event) -> None:
        nonlocal n_commit
        n_commit += event.name == "committed"
        if event.name == "committed" and n_commit == 2:
            bucket.put_bucket_policy(Bucket="campaigns", Policy=json.dumps(DENY))

    with pytest.raises(LakeWriteError, match="but its store refused: ") as caught:
        _run(lake, watch=deny)
    bucket.delete_bucket_policy(Bucket="campaigns")
    n_kept = _n_row(lake)
    clean = lake.refreshed().verify()
    later = _run(lake.refreshed())

    assert clean == []
    assert "\n" not in caught.value.message
    assert 0 < n_kept < 14
    assert later.done + later.refused == 14 - n_kept
    _check_complete(lake)


def test_late_results_of_a_campaign_whose_lease_ran_out_are_stored_once(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "SECONDS", -1.0)  # runs out at once
    lake = Lake.create(Path("s3://campaigns/late"))
    others: list[Any] = []

    def overtake(event: Event) -> None:
        # While the first campaign still works on its labels, another one does all of them.
        if event.name == "done" and event.stage == "labels" and not others:
            others.append(None)
            others[0] = _run(Lake.open(lake.path))

    with pytest.raises(LakeConflictError, match=r"one committer at a time|somebody else did"):
        _run(lake, watch=overtake)
    (other,) = others
    third = _run(lake.refreshed())

    assert other.done + other.refused > 0
    assert (third.done, third.refused) == (0, 0)
    _check_complete(lake)
