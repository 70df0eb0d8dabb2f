"""A campaign goes on from a copy, and never writes to a lake of an older schema."""

from pathlib import Path

import icechunk
import pytest
import zarr

from sekkei.campaign.context import open_context
from sekkei.campaign.inference import run_inference
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.errors import InvalidInputError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.model.domain import TrainingDomain
from sekkei.model.electrode_channels import ChannelTable
from sekkei.testing.area_predictor import AreaPredictor
from sekkei.testing.chain_dynamics import chain_dynamics

PLAN = LabelPlan(labeler="chain", options={"onsite": 0.7}, per_experiment=3)
SPEC = CampaignSpec(name="chains", experiments=[Family(count=4)], labels=PLAN)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake.create(tmp_path / "lake")
    run_campaign(SPEC, made, SerialPool(), dynamics=chain_dynamics())
    return made.refreshed()


@pytest.mark.parametrize("is_labelled", [False, True], ids=["all", "labelled"])
def test_a_campaign_finds_all_its_work_in_a_copy(
    lake: Lake, tmp_path: Path, is_labelled: bool
) -> None:
    copy = lake.copy(tmp_path / "copy", is_labelled=is_labelled)

    again = run_campaign(SPEC, copy, SerialPool(), dynamics=chain_dynamics())

    assert len(copy.keys("snapshot")) == (12 if is_labelled else 24)
    assert (again.done, again.refused) == (0, 0)
    assert again.state_id == copy.state_id


def test_a_larger_campaign_goes_on_in_a_copy(lake: Lake, tmp_path: Path) -> None:
    copy = lake.copy(tmp_path / "copy", is_labelled=True)
    larger = SPEC.model_copy(update={"experiments": [Family(count=5)]})

    summary = run_campaign(larger, copy, SerialPool(), dynamics=chain_dynamics())

    assert [stage.present for stage in summary.stages] == [4, 12]
    assert len(copy.refreshed().keys("experiment")) == 5
    assert len(copy.refreshed().keys("label") | copy.refreshed().keys("refusal")) == 15
    assert copy.refreshed().verify() == []


def test_a_campaign_does_not_write_to_a_lake_of_an_older_schema(lake: Lake) -> None:
    storage = icechunk.local_filesystem_storage(str(lake.path / "repo"))
    session = icechunk.Repository.open(storage).writable_session("main")
    root = zarr.open_group(session.store, mode="r+")
    root.attrs["sekkei_lake"] = {"schema_version": 1}
    session.commit("as if it were old")

    with pytest.raises(InvalidInputError, match="run sekkei lake migrate --lake"):
        run_campaign(SPEC, lake.refreshed(), SerialPool(), dynamics=chain_dynamics())


def test_a_prediction_says_where_and_when_it_was_made(lake: Lake) -> None:
    predictor = AreaPredictor(TrainingDomain((19,), ChannelTable((), ())))

    with open_context(lake, SerialPool()) as context:
        run_inference(context, predictor)

    table = lake.refreshed().table("prediction")
    assert (table["node"] != "").all()
    assert (table["code_version"] != "").all()
    assert (table["started_unix_s"] <= table["finished_unix_s"]).all()
