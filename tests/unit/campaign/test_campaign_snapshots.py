"""A dry run names the snapshots that the run then labels."""

from pathlib import Path

import pytest

from sekkei.campaign.forecast import plan_campaign
from sekkei.campaign.run import run_campaign
from sekkei.campaign.snapshots import StageSnapshots
from sekkei.campaign.specification import CampaignSpec
from sekkei.campaign.stage_spec import StageSpec
from sekkei.campaign.stages import recipe_of
from sekkei.errors import InvalidInputError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.specification import parse_specification
from sekkei.structure.experiment import ExperimentSpec
from sekkei.structure.extxyz import write_junctions
from sekkei.testing.chain_dynamics import ChainExperimentWorker, chain_dynamics


def _labels(onsite: float, **more) -> dict:
    """A plan with a recipe of its own, so that its labels are told from those of others."""
    return {"labeler": "chain", "options": {"onsite": onsite}, "per_experiment": 3, **more}


def _spec(*stages: dict) -> CampaignSpec:
    return parse_specification({"name": "x", "stages": list(stages)}, CampaignSpec)


BREAK = {"name": "break", "experiments": [{"count": 4}]}
FIRST = {"name": "first", "of": ["break"], "labels": _labels(0.1)}
MORE = {"name": "more", "experiments": [{"count": 2, "template": {"seed": 90}}]}


@pytest.fixture
def spec(tmp_path: Path) -> CampaignSpec:
    """Stages that take snapshots of experiments, of stages, of both, of filters and of files."""
    mine = tmp_path / "mine.extxyz"
    snapshots = ChainExperimentWorker(n_snapshot=4).work(ExperimentSpec(seed=7)).snapshots
    write_junctions(mine, [snapshot.junction for snapshot in snapshots])
    recipe = recipe_of(parse_specification(FIRST, StageSpec).labels)
    where = [f'recipe = "{recipe}"', "displacement_angstrom > 0.4"]
    return _spec(
        BREAK,
        FIRST,
        MORE,
        {"name": "one", "of": ["break"], "labels": _labels(0.2, per_experiment=2)},
        {"name": "again", "of": ["one", "first"], "labels": _labels(0.3)},
        {"name": "mixed", "of": ["again", "more"], "labels": _labels(0.4, per_experiment=1)},
        {"name": "fit", "labels": _labels(0.5, where=where)},
        {"name": "own", "labels": _labels(0.6, files=[mine], where=where)},
        {"name": "deep", "of": ["own", "fit", "mixed"], "labels": _labels(0.7)},
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake whose experiments have ended, some of them labelled by one method."""
    lake = Lake.create(tmp_path / "lake")
    _run(_spec(BREAK, FIRST, MORE), lake)
    return lake.refreshed()


def _run(spec: CampaignSpec, lake: Lake):
    return run_campaign(spec, lake, SerialPool(), dynamics=chain_dynamics())


def test_a_dry_run_counts_what_the_run_then_does(lake: Lake, spec: CampaignSpec) -> None:
    plan = plan_campaign(spec, lake, dynamics=chain_dynamics())
    summary = _run(spec, lake)

    planned = {stage.stage: (stage.planned, stage.missing) for stage in plan.stages}
    done = {s.stage: (s.planned, s.done + s.refused) for s in summary.stages}
    assert planned == done
    assert all(n_planned for n_planned, _ in planned.values())


def test_a_dry_run_names_what_the_run_labelled(lake: Lake, spec: CampaignSpec) -> None:
    _run(spec, lake)
    lake = lake.refreshed()

    plan = plan_campaign(spec, lake, dynamics=chain_dynamics())

    # Every stage has its own recipe: what is counted is all stored, and all that is stored.
    recipes = [*lake.table("label")["recipe"], *lake.table("refusal")["recipe"]]
    recipe_by_stage = {s.name: recipe_of(s.labels) for s in spec.in_order() if s.labels}
    for stage in plan.stages:
        assert (stage.missing, stage.expected) == (0, 0)
        if stage.stage in recipe_by_stage:
            assert stage.planned == recipes.count(recipe_by_stage[stage.stage])


def test_a_stage_of_predictions_is_about_what_it_takes(lake: Lake) -> None:
    snapshots = StageSnapshots()
    snapshots.experiments["break"] = tuple(sorted(lake.keys("experiment")))
    guess = {"name": "guess", "of": ["break"], "inference": {"model": "m"}}
    later = {"name": "later", "of": ["guess"], "labels": _labels(0.1)}

    taken = snapshots.settle(lake, parse_specification(guess, StageSpec))

    assert set(taken) == lake.keys("snapshot")
    assert snapshots.settle(lake, parse_specification(later, StageSpec)) == taken


def test_a_design_has_no_snapshots_to_take(tmp_path: Path) -> None:
    design = {"name": "wish", "design": {"file": tmp_path / "d.yaml", "model": "m"}}
    later = {"name": "later", "of": ["wish"], "labels": _labels(0.1)}

    with pytest.raises(InvalidInputError, match="but 'wish' is a design; select its structures"):
        _spec(design, later)
