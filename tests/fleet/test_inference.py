from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from sekkei.campaign.context import open_context
from sekkei.campaign.inference import run_inference
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family
from sekkei.errors import AtomOverlapError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.structure.junction import Junction
from sekkei.testing.chain_dynamics import chain_dynamics


@dataclass(frozen=True)
class Saying:
    """Predictions."""

    mean: np.ndarray
    sigma: np.ndarray


@dataclass
class LengthSurrogate:
    """Predicts the length of a chain; refuses overlaps; counts its calls."""

    identity: str = "length 1"
    n_call: int = 0

    def predict(self, junctions: Sequence[Junction]) -> Saying:
        self.n_call += 1
        for junction in junctions:
            if (np.diff(junction.positions[:, 2]) < 0.1).any():
                raise AtomOverlapError("atoms must be apart, but two are not")
        lengths = np.array([np.ptp(junction.positions[:, 2]) for junction in junctions])
        return Saying(mean=lengths, sigma=0.1 * np.ones_like(lengths))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake.create(tmp_path / "lake")
    spec = CampaignSpec(name="chains", experiments=[Family(count=2)], labels=None)
    run_campaign(spec, lake, SerialPool(), dynamics=chain_dynamics(n_snapshot=5))
    return lake.refreshed()


def test_every_snapshot_is_predicted_or_refused(lake: Lake) -> None:
    with open_context(lake, SerialPool()) as context:
        summary = run_inference(context, LengthSurrogate(), at_once=4)

    predictions = lake.refreshed().table("prediction")
    assert (summary.planned, summary.done, summary.refused) == (10, 8, 2)
    np.testing.assert_array_equal(predictions["conductance_g0"], 28.0)
    assert set(lake.refreshed().table("refusal")["kind"]) == {"AtomOverlapError"}
    assert lake.refreshed().verify() == []


def test_a_model_predicts_each_snapshot_once(lake: Lake) -> None:
    surrogate = LengthSurrogate()

    with open_context(lake, SerialPool()) as context:
        run_inference(context, surrogate)
        n_call = surrogate.n_call
        again = run_inference(context, surrogate)
        other = run_inference(context, LengthSurrogate(identity="length 2"))

    assert (again.done, again.present, surrogate.n_call) == (0, 10, n_call)
    assert other.done == 8


def test_only_the_snapshots_asked_for_are_predicted(lake: Lake) -> None:
    some = sorted(lake.keys("snapshot"))[:3]

    with open_context(lake, SerialPool()) as context:
        summary = run_inference(context, LengthSurrogate(), some)

    found = lake.refreshed().table("prediction")["snapshot"].tolist()
    refused = lake.refreshed().table("refusal")["subject"].tolist()
    assert summary.planned == 3
    assert sorted(found + refused) == some
