"""A model against labels that were made after its training."""

from pathlib import Path

import numpy as np
import pytest

from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.errors import InvalidInputError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.model import Dataset, evaluate_model
from sekkei.model.domain import TrainingDomain
from sekkei.testing.area_predictor import AreaPredictor
from sekkei.testing.chain_dynamics import chain_dynamics

PLAN = LabelPlan(labeler="chain", options={"onsite": 0.7}, per_experiment=3)
BASELINES = {"sharvin", "sharvin-scaled", "bessel", "bessel-scaled"}


def grown(lake: Lake, count: int) -> Lake:
    spec = CampaignSpec(name="chains", experiments=[Family(count=count)], labels=PLAN)
    run_campaign(spec, lake, SerialPool(), dynamics=chain_dynamics())
    return lake.refreshed()


@pytest.fixture
def before(tmp_path: Path) -> Lake:
    return grown(Lake.create(tmp_path / "lake"), 3)


@pytest.fixture
def predictor(before: Lake) -> AreaPredictor:
    data = Dataset.from_lake(before, quantity="conductance_g0")
    domain = TrainingDomain.from_labels(data.junctions, data.n_channel)
    return AreaPredictor(domain, data.label_recipe)


def test_labels_made_after_the_training_stand_apart_beside_baselines(
    before: Lake, predictor: AreaPredictor
) -> None:
    now = grown(before, 5)

    fresh, seen = evaluate_model(now, before.state_id, predictor)

    assert (fresh.split, fresh.model.n_experiment) == ("fresh", 2)
    assert (seen.split, seen.model.n_experiment) == ("known at training", 3)
    assert {row.model for row in fresh.baselines} == BASELINES
    assert (fresh.n_outside, seen.n_outside) == (0, 0)
    assert 0.0 <= fresh.within_sigma <= 1.0
    assert np.isfinite(fresh.model.mae)


def test_what_the_model_was_not_trained_on_is_counted(
    before: Lake, predictor: AreaPredictor
) -> None:
    stranger = AreaPredictor(
        TrainingDomain((55,), predictor.domain.channels), predictor.label_recipe
    )

    (seen,) = evaluate_model(before, before.state_id, stranger)

    assert seen.n_outside == seen.model.n
    assert seen.within_sigma == 1.0


def test_a_model_of_other_labels_is_refused(before: Lake, predictor: AreaPredictor) -> None:
    other = AreaPredictor(predictor.domain, "another method")

    with pytest.raises(InvalidInputError, match="'another method' asked for"):
        evaluate_model(before, before.state_id, other)
