import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from sekkei.campaign.context import CommitPolicy, open_context
from sekkei.campaign.forecast import plan_campaign
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.campaign.stages import label_snapshots
from sekkei.errors import InvalidInputError, LakeConflictError
from sekkei.fleet.pool import RayPool
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake, SnapshotRow
from sekkei.structure.experiment import ContactSpec, ExperimentSpec, snapshot_key
from sekkei.testing.chain_dynamics import ChainExperimentWorker, chain_dynamics
from sekkei.transport.chain import ChainLabeler
from sekkei.transport.labeler import Label, Refusal

ROOT = Path(__file__).parents[2]
PLAN = LabelPlan(labeler="chain", options={"onsite": 0.7}, per_experiment=6)
SPEC = CampaignSpec(name="chains", experiments=[Family(count=4)], labels=PLAN)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def test_a_campaign_fills_the_lake(lake: Lake) -> None:
    summary = run_campaign(SPEC, lake, SerialPool(), dynamics=chain_dynamics())

    filled = lake.refreshed()
    rows = {name: len(filled.keys(name)) for name in ("experiment", "snapshot", "label", "refusal")}
    assert rows == {"experiment": 4, "snapshot": 24, "label": 20, "refusal": 4}
    assert (summary.done, summary.refused, summary.state_id) == (24, 4, filled.state_id)
    assert filled.verify() == []


def test_a_second_run_finds_nothing_to_do(lake: Lake) -> None:
    first = run_campaign(SPEC, lake, SerialPool(), dynamics=chain_dynamics())

    second = run_campaign(SPEC, lake, SerialPool(), dynamics=chain_dynamics())

    assert (second.done, second.refused) == (0, 0)
    assert [stage.present for stage in second.stages] == [4, 24]
    assert second.state_id == first.state_id


def test_a_larger_campaign_does_only_what_is_new(lake: Lake) -> None:
    run_campaign(SPEC, lake, SerialPool(), dynamics=chain_dynamics())
    larger = SPEC.model_copy(update={"experiments": [Family(count=6)]})

    plan = plan_campaign(larger, lake.refreshed(), dynamics=chain_dynamics())
    summary = run_campaign(larger, lake, SerialPool(), dynamics=chain_dynamics())

    assert (plan.experiments, plan.experiments_missing) == (6, 2)
    assert (plan.labels_missing, plan.labels_expected) == (0, 12)
    assert [stage.done + stage.refused for stage in summary.stages] == [2, 12]


def test_a_failed_experiment_is_a_row_and_is_not_tried_again(lake: Lake) -> None:
    dynamics = chain_dynamics(hopeless_seed=2)

    first = run_campaign(SPEC, lake, SerialPool(), dynamics=dynamics)
    second = run_campaign(SPEC, lake, SerialPool(), dynamics=dynamics)

    refusals = lake.refreshed().table("refusal")
    (message,) = refusals[refusals["stage"] == "experiment"]["message"]
    assert message == "a chain must break, but that of seed 2 did not"
    assert first.stages[0].refused == 1
    assert second.stages[0].present == 4


def test_equal_families_are_run_once(lake: Lake) -> None:
    twice = SPEC.model_copy(update={"experiments": [Family(count=2), Family(count=3)]})

    plan = plan_campaign(twice, lake, dynamics=chain_dynamics())

    assert plan.experiments == 3


def test_a_contact_that_cannot_be_built_is_told_before_anything_runs(lake: Lake) -> None:
    long = ExperimentSpec(contact=ContactSpec(neck_length=12, device_periods=2))
    spec = SPEC.model_copy(
        update={"experiments": [Family(count=1), Family(count=1, template=long)]}
    )

    with pytest.raises(InvalidInputError, match=r"^experiments\.1: .*neck"):
        run_campaign(spec, lake, SerialPool(), dynamics=chain_dynamics())

    assert lake.refreshed().keys("experiment") == frozenset()


def test_an_unknown_option_of_the_labeler_is_told_before_anything_runs(lake: Lake) -> None:
    spec = SPEC.model_copy(update={"labels": LabelPlan(labeler="chain", options={"on_site": 1.0})})

    with pytest.raises(InvalidInputError, match="labeler chain does not take these options"):
        run_campaign(spec, lake, SerialPool(), dynamics=chain_dynamics())

    assert lake.refreshed().keys("experiment") == frozenset()


def test_only_one_campaign_fills_a_lake(lake: Lake) -> None:
    with lake.committer(), pytest.raises(LakeConflictError, match=f"{os.getpid()}"):
        run_campaign(SPEC, lake, SerialPool(), dynamics=chain_dynamics())


def test_what_a_killed_campaign_can_lose_is_bounded(lake: Lake) -> None:
    stored = []

    class Watcher:
        def started(self, stage: str, total: int) -> None: ...

        def advanced(self, stage: str, n: int = 1, note: str = "") -> None:
            stored.append(len(lake.refreshed().keys("experiment")))

        def said(self, message: str) -> None: ...

    structures = SPEC.model_copy(update={"labels": None})
    policy = CommitPolicy(n_result=3, seconds=3600.0, share=1.0)
    run_campaign(
        structures, lake, SerialPool(), Watcher(), policy=policy, dynamics=chain_dynamics()
    )

    assert stored == [0, 0, 3, 3]


def test_structures_of_a_design_are_labelled_once(lake: Lake) -> None:
    experiment = ChainExperimentWorker(n_snapshot=3).work(ExperimentSpec())
    rows = [
        SnapshotRow(key=snapshot_key("", s.frame, s.junction), experiment="", snapshot=s)
        for s in experiment.snapshots
    ]

    with open_context(lake, SerialPool()) as context:
        first = label_snapshots(context, rows, PLAN)
        tip = context.lake.state_id
        again = label_snapshots(context, rows[::-1], PLAN)

    truth = ChainLabeler(onsite=0.7).label(rows[1].snapshot.junction)
    assert [type(outcome) for outcome in first] == [Label, Label, Refusal]
    assert first[2].kind == "AtomOverlapError"
    assert (first[1].transmission == truth.transmission).all()
    assert [o.recipe for o in again] == [o.recipe for o in first]
    assert again[1].conductance == first[1].conductance
    assert lake.refreshed().state_id == tip


@pytest.mark.slow
def test_a_killed_driver_loses_and_doubles_nothing(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")

    for table, n_row in (("experiment", 3), ("label", 11), ("label", 37)):
        driver = _start_driver(lake.path, "serial")
        _wait_for(driver, lake, table, n_row)
        os.kill(driver.pid, signal.SIGKILL)
        driver.wait()
        assert lake.refreshed().verify() == []

    assert _start_driver(lake.path, "serial").wait(120.0) == 0
    _check_complete(lake.refreshed())


@pytest.mark.ray
@pytest.mark.slow
def test_a_killed_driver_takes_its_fleet_along_and_the_next_one_goes_on(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    driver = _start_driver(lake.path, "ray")
    _wait_for(driver, lake, "experiment", 4)
    family = psutil.Process(driver.pid).children(recursive=True)

    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    _, alive = psutil.wait_procs(family, timeout=90.0)
    finished = _start_driver(lake.path, "ray").wait(120.0)

    assert not alive
    assert finished == 0
    _check_complete(lake.refreshed())


@pytest.mark.ray
def test_a_campaign_on_ray_fills_the_lake_as_one_alone_does(
    lake: Lake, ray_pool: RayPool, tmp_path: Path
) -> None:
    run_campaign(SPEC, lake, ray_pool, dynamics=chain_dynamics())
    alone = Lake.create(tmp_path / "alone")
    run_campaign(SPEC, alone, SerialPool(), dynamics=chain_dynamics())

    for table in ("experiment", "snapshot", "label", "refusal"):
        assert lake.refreshed().keys(table) == alone.refreshed().keys(table)


def _start_driver(lake: Path, pool: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(Path(__file__).with_name("chain_campaign.py")), str(lake), pool]
    return subprocess.Popen(command, cwd=ROOT)


def _wait_for(driver: "subprocess.Popen[bytes]", lake: Lake, table: str, n_row: int) -> None:
    while len(lake.refreshed().keys(table)) < n_row:
        assert driver.poll() is None, f"the driver ended before it had {n_row} rows of {table}"
        time.sleep(0.01)


def _check_complete(lake: Lake) -> None:
    assert lake.verify() == []
    counts = {name: lake.table(name)["key"] for name in ("experiment", "snapshot", "label")}
    assert {name: len(keys) for name, keys in counts.items()} == {
        "experiment": 12,
        "snapshot": 72,
        "label": 60,
    }
    assert all(max(Counter(keys).values()) == 1 for keys in counts.values())
