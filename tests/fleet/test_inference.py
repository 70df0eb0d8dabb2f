from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sekkei.campaign.context import open_context
from sekkei.campaign.inference import blocks, run_inference
from sekkei.errors import AtomOverlapError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.model import Predictions, Quantity
from sekkei.model.predictor import pieces_of
from sekkei.structure.junction import Junction


@dataclass
class LengthPredictor:
    """Predicts the length of a chain; refuses overlaps; counts its calls."""

    identity: str = "length 1"
    family: str = "length"
    quantity: Quantity = "conductance_g0"
    label_recipe: str = "ruler"
    n_call: int = 0

    @property
    def description(self) -> Mapping[str, object]:
        return {}

    def save(self, folder: Path, /) -> None:
        raise NotImplementedError

    def predict(self, junctions: Sequence[Junction], /) -> Predictions:
        self.n_call += 1
        for junction in junctions:
            if (np.diff(junction.positions[:, 2]) < 0.1).any():
                raise AtomOverlapError("atoms must be apart, but two are not")
        lengths = np.array([np.ptp(junction.positions[:, 2]) for junction in junctions])
        most = np.full(lengths.shape, 30)
        # The first of every call is unlike the others.
        reasons = ["first", *[""] * (len(lengths) - 1)]
        return Predictions.bounded(lengths, 0.1 * most, most, most > 0, reasons)


def test_every_snapshot_is_predicted_or_refused(lake: Lake) -> None:
    with open_context(lake, SerialPool()) as context:
        summary = run_inference(context, LengthPredictor(), at_once=4)

    predictions = lake.refreshed().table("prediction")
    assert (summary.stage.planned, summary.stage.done, summary.stage.refused) == (10, 8, 2)
    np.testing.assert_array_equal(predictions["conductance_g0"], 28.0)
    assert set(lake.refreshed().table("refusal")["kind"]) == {"AtomOverlapError"}
    assert lake.refreshed().verify() == []


def test_what_is_unlike_the_training_set_is_counted(lake: Lake) -> None:
    with open_context(lake, SerialPool()) as context:
        summary = run_inference(context, LengthPredictor(), at_once=1)

    # It calls the first of every call unlike the others, and each comes alone.
    assert summary.n_outside == summary.stage.done == 8


@dataclass
class UnhurriedLength(LengthPredictor):
    at_once: int = 1


def test_of_a_slow_model_few_are_a_piece_of_work(lake: Lake) -> None:
    with open_context(lake, SerialPool()) as context:
        summary = run_inference(context, UnhurriedLength())

    assert summary.n_outside == summary.stage.done == 8  # the first of each call is called so
    assert pieces_of(UnhurriedLength(at_once=7)) == 7
    assert pieces_of(LengthPredictor()) > 100


def test_a_model_predicts_each_snapshot_once(lake: Lake) -> None:
    predictor = LengthPredictor()

    with open_context(lake, SerialPool()) as context:
        run_inference(context, predictor)
        n_call = predictor.n_call
        again = run_inference(context, predictor)
        other = run_inference(context, LengthPredictor(identity="length 2"))

    assert (again.stage.done, again.stage.present, predictor.n_call) == (0, 10, n_call)
    assert other.stage.done == 8


def test_only_the_snapshots_asked_for_are_predicted(lake: Lake) -> None:
    some = sorted(lake.keys("snapshot"))[:3]

    with open_context(lake, SerialPool()) as context:
        summary = run_inference(context, LengthPredictor(), some)

    found = lake.refreshed().table("prediction")["snapshot"].tolist()
    refused = lake.refreshed().table("refusal")["subject"].tolist()
    assert summary.stage.planned == 3
    assert sorted(found + refused) == some


def test_blocks_are_neighbours_in_the_lake_in_another_order_than_the_lake_has(lake: Lake) -> None:
    rows = lake.table("snapshot")["key"].tolist()
    asked = sorted(rows)

    found = [some for _, some in blocks(lake, asked, "length 1", 2)]
    other = [some for _, some in blocks(lake, asked, "length 2", 2)]

    assert sorted(found) == sorted(
        (one, two) for one, two in zip(rows[::2], rows[1::2], strict=True)
    )
    assert found != sorted(found, key=lambda some: rows.index(some[0]))
    assert found != other
    assert sorted(found) == sorted(other)
