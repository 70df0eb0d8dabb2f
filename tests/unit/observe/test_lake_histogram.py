"""What the histogram of a lake says, to the command line and to a service alike."""

from pathlib import Path

import numpy as np
import pytest

from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec
from sekkei.errors import InvalidInputError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Batch, Lake, PredictionRow, prediction_key
from sekkei.observe import (
    Narrowing,
    TraceSelection,
    labels_or_predictions,
    observe_histogram,
    predictions_of,
    sources_by_potential,
)
from sekkei.specification import parse_specification
from sekkei.testing.chain_dynamics import chain_dynamics


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Four pure potassium contacts, labelled, and predicted by a model that says 1 G0 of all."""
    lake = Lake.create(Path(tmp_path_factory.mktemp("observed") / "lake"))
    chain = {"labeler": "chain", "options": {"onsite": 0.7}, "per_experiment": 3}
    plain = {"name": "x", "experiments": [{"count": 4}], "labels": chain}
    spec = parse_specification(plain, CampaignSpec)
    run_campaign(spec, lake, SerialPool(), dynamics=chain_dynamics())
    rows = tuple(
        PredictionRow(prediction_key(key, "one"), key, "one", 1.0, 0.1)
        for key in sorted(lake.refreshed().keys("snapshot"))
    )
    with lake.committer() as committer:
        committer.commit(Batch(predictions=rows), "predictions")
    return lake.refreshed()


def test_the_numbers_of_a_histogram_come_with_their_state(lake: Lake) -> None:
    found = observe_histogram(lake, TraceSelection())

    assert found.selection == TraceSelection(element="K")  # all experiments are of one
    assert found.state_id == lake.state_id
    assert found.histogram.edges.size == found.histogram.counts.size + 1
    assert len(found.histogram.experiments) == 4
    assert found.n_channel == set(lake.table("label")["n_channel"]).pop()
    assert [row.nominal for row in found.comparison] == [1, 2, 3, 4, 5, 6]
    assert found.summary.startswith("Too few data")


def test_predictions_are_counted_instead_of_labels(lake: Lake) -> None:
    found = observe_histogram(lake, TraceSelection(model="one"))

    counts = found.histogram.counts
    assert (
        found.histogram.n_snapshot > observe_histogram(lake, TraceSelection()).histogram.n_snapshot
    )
    assert np.flatnonzero(counts).tolist() in ([19], [20])  # the bins that meet at 1 G0
    assert [round(peak.position, 1) for peak in found.peaks] == [1.0]


def _sparse(path: Path, models: tuple[str, ...]) -> Lake:
    """Three contacts with a label each, which covers nothing, and predictions of some models."""
    sparse = Lake.create(path)
    chain = {"labeler": "chain", "options": {"onsite": 0.7}, "per_experiment": 1}
    plain = {"name": "x", "experiments": [{"count": 3}], "labels": chain}
    spec = parse_specification(plain, CampaignSpec)
    run_campaign(spec, sparse, SerialPool(), dynamics=chain_dynamics())
    rows = tuple(
        PredictionRow(prediction_key(key, model), key, model, 1.0, 0.1)
        for key in sorted(sparse.refreshed().keys("snapshot"))
        for model in models
    )
    with sparse.committer() as committer:
        committer.commit(Batch(predictions=rows), "predictions")
    return sparse.refreshed()


def test_labels_that_make_a_trace_are_preferred_to_predictions(lake: Lake) -> None:
    assert labels_or_predictions(lake, TraceSelection()) == TraceSelection()


def test_predictions_stand_in_for_labels_that_cover_nothing(tmp_path: Path) -> None:
    sparse = _sparse(tmp_path / "lake", ("one",))

    assert labels_or_predictions(sparse, TraceSelection(element="K")).model == "one"
    with pytest.raises(InvalidInputError, match="needs a pull with snapshots at two displacements"):
        observe_histogram(sparse, TraceSelection())


def test_predictions_of_several_models_are_refused_by_name(tmp_path: Path) -> None:
    sparse = _sparse(tmp_path / "lake", ("one", "two"))

    with pytest.raises(InvalidInputError, match="of 2 fit: model one, model two; name one"):
        labels_or_predictions(sparse, TraceSelection(), named=lambda one: f"model {one}")


def test_the_same_seed_gives_the_same_intervals(lake: Lake) -> None:
    first, again = (observe_histogram(lake, TraceSelection(), seed=3) for _ in range(2))

    assert first.peaks == again.peaks
    assert first.comparison == again.comparison


def test_an_identity_is_taken_as_it_is_and_a_name_is_looked_up(lake: Lake) -> None:
    asked: list[str] = []

    def find(name: str) -> str:
        asked.append(name)
        return "one"

    assert predictions_of(lake, "one", find) == "one"
    assert predictions_of(lake, "surrogate:2", find) == "one"
    assert asked == ["surrogate:2"]


def test_contacts_that_the_lake_does_not_hold_are_told(lake: Lake) -> None:
    with pytest.raises(InvalidInputError, match="but the lake holds none; label or predict first"):
        observe_histogram(lake, TraceSelection(element="Cs"))


def test_predictions_are_not_called_what_they_are_not(lake: Lake) -> None:
    with pytest.raises(InvalidInputError, match="found quantity 'window_conductance_g0' beside"):
        observe_histogram(lake, TraceSelection(model="one", quantity="window_conductance_g0"))


def test_an_element_that_is_none_is_told(lake: Lake) -> None:
    with pytest.raises(InvalidInputError, match="must be a chemical symbol, but found 'Xx'"):
        observe_histogram(lake, TraceSelection(element="Xx"))


def test_an_electrode_that_the_lake_does_not_know_is_told_with_those_it_knows(lake: Lake) -> None:
    with pytest.raises(InvalidInputError, match=r"those in the lake, bcc.*but found 'nope'"):
        observe_histogram(lake, TraceSelection(electrode="nope"))


def test_labels_of_two_methods_are_not_counted_together(lake: Lake, tmp_path: Path) -> None:
    both = lake.copy(tmp_path / "both")
    chain = {"labeler": "chain", "options": {"onsite": 2.0}, "per_experiment": 3}
    spec = parse_specification(
        {"name": "x", "experiments": [{"count": 4}], "labels": chain}, CampaignSpec
    )
    run_campaign(spec, both, SerialPool(), dynamics=chain_dynamics())
    both = both.refreshed()
    first = lake.table("label")["recipe"][0]

    for read in (
        lambda: observe_histogram(both, TraceSelection()),
        lambda: sources_by_potential(both, TraceSelection()),
    ):
        with pytest.raises(InvalidInputError, match=r"must be of one method, but found .* labels"):
            read()
    named = observe_histogram(both, TraceSelection(), narrowed=Narrowing(recipe=first))

    alone = observe_histogram(lake, TraceSelection())
    np.testing.assert_array_equal(named.histogram.counts, alone.histogram.counts)
    assert named.n_channel == alone.n_channel
    # Predictions are of one model each, whatever else was labelled.
    assert observe_histogram(both, TraceSelection(model="one")).histogram.n_snapshot
