"""Training, judging, saving."""

import json
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError, LabelError
from sekkei.model import DirectModel, PredictorLabeler, Training, TrainingOptions, train_direct
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import Junction
from sekkei.testing.registry_laws import QUICK, shaken, small_dataset
from sekkei.transport.labeler import Labeler

CONTACT = build_contact(ContactSpec())


@pytest.fixture(scope="module")
def training() -> Training:
    return train_direct(small_dataset(n_experiment=5), QUICK, seed=0)


def test_equal_seeds_give_equal_surrogates_and_other_seeds_do_not(training: Training) -> None:
    dataset = small_dataset(n_experiment=5)

    again, other = (train_direct(dataset, QUICK, seed=seed) for seed in (0, 1))

    assert again.predictor.identity == training.predictor.identity
    assert other.predictor.identity != training.predictor.identity


def test_every_baseline_stands_beside_the_surrogate_on_every_split(training: Training) -> None:
    frame = training.report.to_frame()

    table = frame.pivot_table(index="model", columns="split", values="n")

    assert set(table.columns) == {"train", "cross-validation", "test"}
    assert set(table.index) == {
        "direct", "max-pooled", "ridge",
        "sharvin", "sharvin-scaled", "bessel", "bessel-scaled",
    }  # fmt: skip
    assert (table["train"] + table["test"] == 20).all()
    assert table.notna().all().all()


def test_the_report_shows_the_held_out_experiments_with_their_uncertainty(
    training: Training,
) -> None:
    test = training.report.test

    assert len(test.truth) == len(test.predicted) == len(test.snapshot_keys)
    assert (test.sigma > 0.0).all()
    assert set(test.snapshot_keys).isdisjoint(training.report.out_of_fold.snapshot_keys)
    assert {found.split for found in training.report.coverage} == {"test"}


def test_progress_counts_every_fit() -> None:
    seen: list[tuple[int, int]] = []

    train_direct(
        small_dataset(n_experiment=3), QUICK, 0, lambda done, total: seen.append((done, total))
    )

    assert seen == [(i, 14) for i in range(1, 15)]  # 7 models, 2 folds


def test_an_unknown_electrode_cannot_be_held_out() -> None:
    options = TrainingOptions(held_out_electrodes=("bcc100-9+4",))

    with pytest.raises(InvalidInputError, match=r"bcc100-9\+4 are not; there are bcc100-5\+4"):
        train_direct(small_dataset(n_experiment=3), options, 0)


def test_a_surrogate_comes_back_from_its_folder_without_pickle(
    training: Training, tmp_path: Path
) -> None:
    training.predictor.save(tmp_path / "s")

    found = DirectModel.load(tmp_path / "s")

    assert found.identity == training.predictor.identity
    np.testing.assert_array_equal(
        found.predict([CONTACT]).mean, training.predictor.predict([CONTACT]).mean
    )


def test_a_folder_that_was_changed_is_refused(training: Training, tmp_path: Path) -> None:
    training.predictor.save(tmp_path)
    meta = json.loads((tmp_path / "surrogate.json").read_text())
    meta["error_scale"]["intercept"] += 1.0
    (tmp_path / "surrogate.json").write_text(json.dumps(meta))

    with pytest.raises(InvalidInputError, match="one of its files was changed"):
        DirectModel.load(tmp_path)


def test_a_folder_of_an_older_format_is_refused(training: Training, tmp_path: Path) -> None:
    training.predictor.save(tmp_path)
    meta = json.loads((tmp_path / "surrogate.json").read_text())
    meta["format"] = 2
    (tmp_path / "surrogate.json").write_text(json.dumps(meta))

    with pytest.raises(InvalidInputError, match=r"format 5, but .* has 2; train it again"):
        DirectModel.load(tmp_path)


def test_predictions_do_not_depend_on_the_company(training: Training) -> None:
    rng = np.random.default_rng(1)
    others = [build_contact(ContactSpec(neck_width=w, device_periods=7)) for w in (1, 3)]
    junctions = [shaken(CONTACT, rng), *others]

    together = training.predictor.predict(junctions)
    alone = [training.predictor.predict([junction]).mean[0] for junction in junctions]

    np.testing.assert_allclose(together.mean, alone, rtol=1e-5)


def test_nothing_predicts_nothing(training: Training) -> None:
    assert training.predictor.predict([]).mean.shape == (0,)


def test_a_surrogate_labels_within_the_channels_of_its_lead(training: Training) -> None:
    labeler = PredictorLabeler(training.predictor)

    label = labeler.label(CONTACT)

    assert isinstance(labeler, Labeler)
    assert label.recipe == labeler.recipe
    assert label.energies.tolist() == [0.0]
    assert 0.0 <= label.conductance == label.transmission[0] <= label.n_channel


def test_a_metal_that_no_surrogate_knows_is_refused(training: Training) -> None:
    gold = Junction.from_sequences(
        np.full(CONTACT.n_atom, 79), CONTACT.positions, CONTACT.regions, CONTACT.electrode_period
    )

    with pytest.raises(LabelError, match=r"found atomic numbers \[79\]"):
        PredictorLabeler(training.predictor).label(gold)
