"""An alias of trust moves by what was measured, in a real registry of MLflow."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError, NotPromotedError
from sekkei.model import Training, load_model, promote, train_direct
from sekkei.testing.registry_laws import QUICK, small_dataset
from sekkei.tracking import MlflowRegistry, list_versions, open_version


@pytest.fixture(scope="module")
def trained() -> Training:
    return train_direct(small_dataset(n_experiment=5), QUICK, seed=0)


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('registry')}/mlflow.db"


def judged(training: Training, mae: float, baseline: float = 0.2, shift: float = 0.0) -> Training:
    """Make it as good as wanted; a shift of the held-out labels makes it another test."""
    report = training.report
    rows = tuple(
        replace(row, mae=mae if row.model == "direct" else baseline)
        for row in report.rows
        if row.split == "test"
    )
    test = replace(report.test, truth=np.asarray(report.test.truth) + shift)
    return replace(training, report=replace(report, rows=rows, test=test))


def registered(registry: MlflowRegistry, name: str, *trainings: Training) -> None:
    for training in trainings:
        registry.register(name, registry.log_training(training, "STATE", {}))


def test_the_first_holder_must_beat_every_baseline(uri: str, trained: Training) -> None:
    registry = MlflowRegistry(uri)
    registered(registry, "first", judged(trained, 0.25), judged(trained, 0.1))

    with pytest.raises(NotPromotedError, match=r"0\.250 G0 on 4 labels .* not below the 0\.200 G0"):
        promote(registry, "first:1")
    done = promote(registry, "first:2")

    assert (done.row.version, done.before) == (2, None)
    assert load_model(registry, "first:best")[0].version == 2
    (row,) = [row for row in list_versions(uri) if "best" in row.aliases]
    assert "MAE 0.100 G0" in row.promotions[0]


def test_a_worse_version_does_not_take_over(uri: str, trained: Training) -> None:
    registry = MlflowRegistry(uri)
    registered(registry, "worse", judged(trained, 0.1), judged(trained, 0.12), judged(trained, 0.1))
    promote(registry, "worse:1")

    with pytest.raises(NotPromotedError, match=r"0\.120 G0 .* above the 0\.100 G0 of worse:1.*--f"):
        promote(registry, "worse:2")
    done = promote(registry, "worse:3")

    assert (done.before, load_model(registry, "worse:best")[0].version) == (1, 3)
    assert promote(registry, "worse:3").reason == "it was best already"


def test_other_labels_prove_nothing_unless_it_is_forced(uri: str, trained: Training) -> None:
    registry = MlflowRegistry(uri)
    registered(registry, "other", judged(trained, 0.1), judged(trained, 0.05, shift=0.5))
    promote(registry, "other:1")

    with pytest.raises(NotPromotedError, match=r"cannot be compared with other:1 \(0\.100 G0 on"):
        promote(registry, "other:2")
    done = promote(registry, "other:2", forced_because="more labels")

    (row,) = [row for row in list_versions(uri) if (row.name, row.version) == ("other", 2)]
    assert row.aliases == ("best",)
    assert done.reason.startswith("forced: more labels (against it: its MAE 0.050 G0")
    assert row.promotions[0].endswith(done.reason)


def test_a_version_without_an_evaluation_is_not_promoted(uri: str, trained: Training) -> None:
    registry = MlflowRegistry(uri)
    blind = replace(trained, report=replace(trained.report, rows=()))
    registered(registry, "blind", blind)

    with pytest.raises(NotPromotedError, match="blind:1 has no stored evaluation"):
        promote(registry, "blind:1")


def test_the_alias_of_every_training_is_not_moved_by_hand(uri: str, trained: Training) -> None:
    registry = MlflowRegistry(uri)
    registered(registry, "mine", judged(trained, 0.1))

    with pytest.raises(InvalidInputError, match="'newest' follows every training"):
        promote(registry, "mine:1", alias="newest")


def test_a_version_opens_without_mlflow(uri: str, trained: Training) -> None:
    registry = MlflowRegistry(uri)
    registered(registry, "quick", trained)
    folder = Path(uri.removeprefix("sqlite:///")).parent

    row, predictor = open_version(uri, "quick:1")
    (folder / "artifacts").rename(folder / "moved")  # nothing else may have been read

    assert (row.identity, predictor.identity) == (trained.predictor.identity,) * 2
    (folder / "moved").rename(folder / "artifacts")
