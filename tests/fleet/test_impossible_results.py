"""What a plug-in computes and cannot be: a refusal with its reason, and nothing else is lost."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sekkei.campaign.context import CommitPolicy, open_context
from sekkei.campaign.inference import run_inference
from sekkei.campaign.production import produce_together
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family
from sekkei.campaign.stage_work import StageWork
from sekkei.campaign.stages import label_rows, label_tasks
from sekkei.fleet.port import Result, Task
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake, label_key
from sekkei.model import Predictions, Quantity
from sekkei.provenance import Provenance
from sekkei.structure.experiment import Experiment, ExperimentSpec
from sekkei.structure.junction import Junction
from sekkei.testing.chain_dynamics import ChainExperimentWorker, chain_dynamics
from sekkei.transport.chain import ChainLabeler
from sekkei.transport.labeler import Label

# By turns, as a plug-in with a mistake in it might.
MISTAKES: Sequence[Mapping[str, object]] = (
    {},
    {"conductance": np.nan},
    {"conductance": -5.0},
    {"transmission": np.full(101, np.inf)},
    {"n_channel": "six"},
)


class CarelessWorker:
    """Labels as a chain does, and spoils all but every fifth label."""

    def __init__(self) -> None:
        self._labeler = ChainLabeler(onsite=0.7)
        self._n_done = 0

    def work(self, junction: Junction, /) -> Label:
        self._n_done += 1
        label = self._labeler.label(junction)
        found = copy.copy(label)  # unlike `replace`, nobody checks the types, as in production
        for name, value in MISTAKES[self._n_done % len(MISTAKES)].items():
            object.__setattr__(found, name, value)
        return found


def test_a_result_that_cannot_be_is_refused_and_costs_the_others_nothing(lake: Lake) -> None:
    recipe = ChainLabeler(onsite=0.7).recipe
    keys = sorted(lake.query("snapshot", ["frame < 4"])["key"])  # the last of each has an overlap

    with open_context(lake, SerialPool(), policy=CommitPolicy(n_result=4)) as context:
        work = StageWork(
            stage="labels",
            planned=len(keys),
            missing=len(keys),
            tasks=label_tasks(lake, keys, recipe, share=0.0),
            make_worker=CarelessWorker,
            to_batch=label_rows,
        )
        (summary,) = produce_together(context, [work])

    found = lake.refreshed()
    messages = found.table("refusal")["message"].tolist()
    assert (summary.done, summary.refused) == (1, 7)
    assert set(found.table("refusal")["kind"]) == {"ImpossibleResultError"}
    assert "label: conductance_g0 must be finite, but is nan" in messages
    assert "label: conductance_g0 must be at least -0.001, but is -5.0" in messages
    assert len(set(messages)) == 4
    assert found.verify() == []


def test_what_is_no_label_at_all_is_refused() -> None:
    junction = ChainExperimentWorker().work(ExperimentSpec()).snapshots[0].junction
    task = Task(key=label_key("ab" * 16, "r"), subject="ab" * 16, recipe="r", payload=junction)

    batch = label_rows(Result(task, None, Provenance("n", 0.0, 1.0, 1.0, "0")))

    (row,) = batch.refusals
    assert row.refusal.kind == "ImpossibleResultError"
    assert row.refusal.message == "a labeler must return a Label, but returned a NoneType"


@dataclass
class BlindPredictor:
    """Knows the first of what it is asked, and says NaN of the others."""

    identity: str = "blind 1"
    family: str = "blind"
    quantity: Quantity = "conductance_g0"
    label_recipe: str = "none"

    @property
    def description(self) -> Mapping[str, object]:
        return {}

    def save(self, folder: Path, /) -> None:
        raise NotImplementedError

    def predict(self, junctions: Sequence[Junction], /) -> Predictions:
        mean = np.full(len(junctions), np.nan)
        mean[0] = 1.0
        most = np.full(mean.size, 30)
        return Predictions.bounded(mean, np.full_like(mean, 0.1), most, most > 0, [""] * mean.size)


def test_predictions_that_cannot_be_are_refused_one_by_one(lake: Lake) -> None:
    with open_context(lake, SerialPool()) as context:
        summary = run_inference(context, BlindPredictor(), at_once=5).stage
        again = run_inference(context, BlindPredictor(), at_once=5).stage

    assert (summary.done, summary.refused) == (2, 8)
    assert (again.done, again.present) == (0, 10)
    assert lake.refreshed().table("prediction")["conductance_g0"].tolist() == [1.0, 1.0]
    assert lake.refreshed().verify() == []


class ExplodingDynamics:
    """Runs chains; the last frame of those with an odd seed has an atom at NaN."""

    def work(self, spec: ExperimentSpec, /) -> Experiment:
        found = ChainExperimentWorker().work(spec)
        if spec.seed % 2 == 0:
            return found
        last = found.snapshots[-1]
        positions = last.junction.positions.copy()
        positions[3] = np.nan
        bad = replace(last, junction=replace(last.junction, positions=positions))
        return replace(found, snapshots=(*found.snapshots[:-1], bad))


def test_an_experiment_with_a_bad_snapshot_is_refused_whole(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    chain = {"labeler": "chain", "options": {"onsite": 0.7}, "per_experiment": 2}
    spec = CampaignSpec(name="chains", experiments=[Family(count=4)], labels=chain)
    dynamics = replace(chain_dynamics(), make_worker=ExplodingDynamics)

    summary = run_campaign(spec, lake, SerialPool(), dynamics=dynamics)

    found = lake.refreshed()
    refused = found.query("refusal", ['stage = "experiment"'])
    assert (summary.stages[0].done, summary.stages[0].refused) == (2, 2)
    assert set(refused["kind"]) == {"ImpossibleResultError"}
    assert all(refused["message"].str.startswith("snapshot: must have finite positions within"))
    assert found.info()["rows"]["experiment"] == 2
    assert not found.query("label").empty
    assert found.verify() == []
