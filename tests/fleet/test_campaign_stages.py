from pathlib import Path

import numpy as np
import pytest

from sekkei.campaign.context import CommitPolicy
from sekkei.campaign.forecast import count_stages, plan_campaign
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec
from sekkei.errors import InvalidInputError
from sekkei.fleet.event import Event
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.specification import parse_specification, read_specification
from sekkei.structure.experiment import ExperimentSpec
from sekkei.structure.extxyz import write_junctions
from sekkei.testing.chain_dynamics import ChainExperimentWorker, chain_dynamics

CHAIN = {"labeler": "chain", "options": {"onsite": 0.7}, "per_experiment": 3}
OTHER = {**CHAIN, "options": {"onsite": 0.2}}
QUICKLY = {"assembly": "series", "epochs": 5}
BREAK = {"name": "break", "experiments": [{"count": 4}]}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def _spec(*stages: dict) -> CampaignSpec:
    return parse_specification({"name": "x", "stages": list(stages)}, CampaignSpec)


def _run(spec: CampaignSpec, lake: Lake, **options):
    return run_campaign(spec, lake, SerialPool(), dynamics=chain_dynamics(), **options)


def test_labels_start_before_the_experiments_end(lake: Lake) -> None:
    events: list[Event] = []
    spec = _spec(BREAK, {"name": "label", "of": ["break"], "labels": CHAIN})

    _run(spec, lake, watch=events.append, policy=CommitPolicy(n_result=1))

    given = [event.stage for event in events if event.name == "given"]
    assert given.index("label") < len(given) - 1 - given[::-1].index("break")
    assert sorted(given) == ["break"] * 4 + ["label"] * 12


@pytest.mark.parametrize("n_result", [1, 3, 100])
def test_what_is_labelled_does_not_depend_on_how_stages_overlap(
    lake: Lake, tmp_path: Path, n_result: int
) -> None:
    label = {"name": "label", "of": ["break"], "labels": CHAIN}
    _run(_spec(BREAK, label), lake, policy=CommitPolicy(n_result=n_result))

    apart = Lake.create(tmp_path / "apart")
    _run(_spec(BREAK), apart)
    _run(_spec(BREAK, label), apart.refreshed())

    for table in ("label", "refusal", "snapshot"):
        assert lake.refreshed().keys(table) == apart.refreshed().keys(table)
    assert lake.refreshed().verify() == []


def test_two_stages_that_ask_for_one_label_make_it_once(lake: Lake) -> None:
    stages = [{"name": name, "of": ["break"], "labels": CHAIN} for name in ("a", "b")]

    summary = _run(_spec(BREAK, *stages), lake)

    done = {stage.stage: stage.done + stage.refused for stage in summary.stages}
    assert sorted(done.values()) == [0, 4, 12]
    assert [stage.planned for stage in summary.stages] == [4, 12, 12]


def test_structures_of_labels_that_fit_a_filter_are_labelled(lake: Lake) -> None:
    _run(_spec(BREAK, {"name": "label", "of": ["break"], "labels": CHAIN}), lake)
    first = lake.refreshed().query("label")
    middle = first["displacement_angstrom"].median()
    where = [f"displacement_angstrom > {middle}"]

    spec = _spec({"name": "again", "labels": {**OTHER, "where": where}})
    (stage,) = _run(spec, lake.refreshed()).stages

    wanted = set(
        first[first["displacement_angstrom"] > first["displacement_angstrom"].median()].snapshot
    )
    labels = lake.refreshed().query("label")
    found = set(labels[~labels["key"].isin(first["key"])].snapshot)
    assert found == wanted
    assert stage.done == len(wanted)


def test_structures_of_files_are_labelled_once(lake: Lake, tmp_path: Path) -> None:
    snapshots = ChainExperimentWorker(n_snapshot=4).work(ExperimentSpec()).snapshots
    write_junctions(tmp_path / "mine.extxyz", [snapshot.junction for snapshot in snapshots])
    spec = _spec({"name": "mine", "labels": {**CHAIN, "files": [tmp_path / "mine.extxyz"]}})

    plan = plan_campaign(spec, lake, dynamics=chain_dynamics())
    first = _run(spec, lake)
    second = _run(spec, lake.refreshed())

    assert plan.labels_missing == 4
    assert (first.done, first.refused, second.done, second.refused) == (3, 1, 0, 0)
    assert lake.refreshed().verify() == []


def test_what_was_refused_is_counted_beside_what_is_stored(lake: Lake) -> None:
    spec = _spec(BREAK, {"name": "label", "of": ["break"], "labels": CHAIN})
    before = count_stages(spec, lake, dynamics=chain_dynamics())
    _run(spec, lake)
    after = count_stages(spec, lake.refreshed(), dynamics=chain_dynamics())

    assert [(stage.stored, stage.refused, stage.missing) for stage in before] == [
        (0, 0, 4),
        (0, 0, 0),
    ]
    n_refused = len(lake.refreshed().keys("refusal"))
    assert n_refused > 0
    assert [stage.planned for stage in after] == [4, 12]
    assert (after[1].stored, after[1].refused, after[1].missing) == (12 - n_refused, n_refused, 0)


def test_a_plan_says_what_it_costs_and_where_that_is_from(lake: Lake) -> None:
    label = {"name": "label", "of": ["break"], "labels": CHAIN}
    before = plan_campaign(_spec(BREAK, label), lake, dynamics=chain_dynamics())
    _run(_spec(BREAK, label), lake)
    more = {"name": "break", "experiments": [{"count": 6}]}
    after = plan_campaign(_spec(more, label), lake.refreshed(), dynamics=chain_dynamics())

    assert [s.cost_basis for s in before.stages] == ["a stated default: none in the lake"] * 2
    assert before.cpu_hours == pytest.approx((4 * 12.0 + 12 * 1.0) / 3600)
    assert [stage.missing + stage.expected for stage in after.stages] == [2, 6]
    spent = lake.refreshed().table("label")["cpu_seconds"]
    assert after.stages[1].cpu_seconds_each == pytest.approx(spent.mean())
    assert after.stages[1].cost_basis == f"mean of {len(spent)} of its method in the lake"


def test_stages_in_a_circle_are_told_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(
        "name: x\nstages:\n"
        "  - {name: a, of: [b], labels: {labeler: chain}}\n"
        "  - {name: b, of: [a], labels: {labeler: chain}}\n"
    )

    with pytest.raises(InvalidInputError, match="must not await each other in a circle") as caught:
        read_specification(file, CampaignSpec)

    assert "a -> b -> a" in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        ({"of": ["brake"], "labels": CHAIN}, "awaits 'brake', which is none; did you mean 'break'"),
        ({"labells": CHAIN}, "unknown key 'stages.1.labells'; did you mean 'labels'?"),
        ({"of": ["break"]}, "must be exactly one of experiments, labels, inference"),
        ({"labels": CHAIN}, "but 'two' has neither"),
        ({"of": ["break"], "labels": {**CHAIN, "where": ["x = 1"]}}, "but 'two' has both"),
        ({"of": ["break"], "inference": {}}, "one origin: give model or learn_from"),
        ({"of": ["break"], "experiments": [{"count": 1}]}, "experiments must stand alone"),
    ],
    ids=["unknown", "misspelt", "nothing", "no-source", "two-sources", "no-model", "after"],
)
def test_a_stage_that_cannot_be_is_told_in_one_line(stage: dict, told: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^\S") as caught:
        _spec(BREAK, {"name": "two", **stage})

    assert told in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        ({"labels": {**CHAIN, "files": ["none.extxyz"]}}, "must be a file, but none.extxyz is not"),
        ({"labels": {**CHAIN, "where": ["(("]}}, "filter"),
        ({"of": ["break"], "inference": {"learn_from": "break"}}, "must be a stage of labels"),
        ({"of": ["break"], "inference": {"model": "m", "training": {"epoch": 1}}}, "'epochs'"),
    ],
    ids=["file", "filter", "no-labels", "training"],
)
def test_what_cannot_run_is_told_before_anything_runs(lake: Lake, stage: dict, told: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        _run(_spec(BREAK, {"name": "two", **stage}), lake)

    assert told in caught.value.message
    assert lake.refreshed().keys("experiment") == frozenset()


def test_a_model_that_nobody_can_find_is_told(lake: Lake) -> None:
    spec = _spec(BREAK, {"name": "guess", "of": ["break"], "inference": {"model": "m"}})

    with pytest.raises(InvalidInputError, match="a model must be in a registry, but none"):
        _run(spec, lake)


def test_the_widest_intervals_are_chosen_a_few_of_each_experiment() -> None:
    from sekkei.campaign.learning import widest
    from sekkei.campaign.stage_spec import ActiveLearningPlan

    plan = ActiveLearningPlan(labeler="chain", batch=3, most_per_experiment=2)
    sigma = np.array([0.1, 0.9, 0.8, 0.7, 0.2]).tolist()

    chosen = widest("abcde", sigma, dict(zip("abcde", "xxxxy", strict=True)), plan)

    assert chosen == ("b", "c", "e")


@pytest.mark.slow
def test_active_learning_labels_what_it_chose_and_chooses_the_same_again(lake: Lake) -> None:
    contact = {"electrode": "staggered-3", "neck_width": 1}
    wires = [{"count": 4, "template": {"contact": contact, "cycles": 1}}]
    learning = {
        "labeler": "tight-binding",
        "rounds": 2,
        "batch": 3,
        "training": QUICKLY,
    }
    spec = _spec(
        {"name": "break", "experiments": wires},
        {"name": "learn", "of": ["break"], "active_learning": learning},
        {
            "name": "guess",
            "of": ["break"],
            "inference": {"learn_from": "learn", "training": QUICKLY},
        },
    )

    first = run_campaign(spec, lake, SerialPool())
    again = run_campaign(spec, lake.refreshed(), SerialPool())

    made = {stage.stage: stage.done + stage.refused for stage in first.stages}
    assert [made[f"learn, {part}"] for part in ("first labels", "round 1", "round 2")] == [8, 3, 3]
    assert made["guess"] == len(lake.refreshed().keys("snapshot"))
    assert (again.done, again.refused) == (0, 0)
    assert lake.refreshed().verify() == []


@pytest.mark.slow
def test_a_stage_of_design_finds_its_labels_again(lake: Lake, tmp_path: Path) -> None:
    contact = {"electrode": "staggered-3", "neck_width": 1}
    wires = [{"count": 3, "template": {"contact": contact, "cycles": 1}}]
    (tmp_path / "design.yaml").write_text(
        "{target_g0: 0.5, elements: [K], potential: meam, max_species: 1, electrode: staggered-3,"
        " neck_width: [1, 3], initial: 2, rounds: 1, finalists: 1, fresh_seeds: 1}"
    )
    plan = {
        "labeler": "tight-binding",
        "learn_from": "label",
        "training": QUICKLY,
    }
    spec = _spec(
        {"name": "break", "experiments": wires},
        {"name": "label", "of": ["break"], "labels": {"labeler": "tight-binding"}},
        {"name": "design", "design": {**plan, "file": str(tmp_path / "design.yaml")}},
    )

    first = run_campaign(spec, lake, SerialPool())
    labels = lake.refreshed().keys("label")
    again = run_campaign(spec, lake.refreshed(), SerialPool())

    assert first.stages[-1].stage == "design"
    assert again.stages[-1].done == first.stages[-1].done == 1
    assert lake.refreshed().keys("label") == labels
    assert set(lake.refreshed().table("proposal")["round"]) == {0, 1}
