"""A few labels correct a trained model, and cautiously."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.model import CorrectedModel, Dataset, Predictor, correct_model, load_predictor
from sekkei.model.domain import TrainingDomain
from sekkei.model.families import SHIPPED
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.testing.area_predictor import AreaPredictor
from sekkei.testing.registry_laws import small_dataset


@pytest.fixture(scope="module")
def data() -> Dataset:
    return small_dataset(n_experiment=6)


@pytest.fixture(scope="module")
def base(data: Dataset) -> Predictor:
    return AreaPredictor(TrainingDomain.from_labels(data.junctions, data.n_channel))


def labelled(data: Dataset, base: Predictor, errors: np.ndarray) -> Dataset:
    return replace(data, conductance_g0=base.predict(data.junctions).mean + errors)


def test_a_bias_becomes_smaller(data: Dataset, base: Predictor) -> None:
    rng = np.random.default_rng(0)
    biased = labelled(data, base, 0.2 + rng.normal(0.0, 0.05, len(data)))

    found = correct_model(base, biased)

    rows = {row.model: row for row in found.report.rows}
    assert rows["area"].mae == pytest.approx(0.2, abs=0.05)
    assert rows["corrected"].mae < 0.9 * rows["area"].mae
    moved = found.predictor.predict(data.junctions).mean - base.predict(data.junctions).mean
    assert 0.02 < np.median(moved) < 0.22


def test_where_labels_teach_nothing_predictions_hardly_move_and_intervals_widen(
    data: Dataset, base: Predictor
) -> None:
    # Half of the experiments are off to one side, half to the other: none tells of another.
    sides = np.array([(-1) ** int(group.split()[1]) for group in data.groups])
    wild = labelled(data, base, 1.5 * sides)

    found = correct_model(base, wild)

    before, after = base.predict(data.junctions), found.predictor.predict(data.junctions)
    np.testing.assert_allclose(after.mean, before.mean, atol=0.05)
    assert (after.sigma >= before.sigma).all()
    assert (after.sigma > before.sigma).any()


def test_the_model_as_it_was_and_the_baselines_stand_beside_it(
    data: Dataset, base: Predictor
) -> None:
    found = correct_model(base, data)

    names = [row.model for row in found.report.rows]
    assert names == ["corrected", "area", "sharvin", "sharvin-scaled", "bessel", "bessel-scaled"]
    assert {row.split for row in found.report.rows} == {"test"}
    assert found.report.out_of_fold.split == "as it was"
    assert 0.0 <= found.report.out_of_fold.within_sigma <= 1.0


def test_no_label_says_how_its_own_experiment_is_corrected(data: Dataset, base: Predictor) -> None:
    # One experiment is off by 2 G0: others do not know of it, so its own error stays.
    errors = np.where(np.array(data.groups) == "experiment 0", 2.0, 0.0)

    found = correct_model(base, labelled(data, base, errors))

    table = found.report.test
    assert (table.truth - table.predicted)[errors > 0.0].mean() > 1.8


def test_it_comes_back_from_its_folder(
    data: Dataset, base: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "sekkei.model.families.SHIPPED",
        {**SHIPPED, "area": "sekkei.testing.area_predictor:AreaPredictor.load"},
    )
    model = correct_model(base, labelled(data, base, np.full(len(data), 0.4))).predictor
    contact = build_contact(ContactSpec(neck_width=4))

    model.save(tmp_path / "model")
    found = load_predictor(tmp_path / "model")

    assert isinstance(found, CorrectedModel)
    assert (found.identity, found.base.identity) == (model.identity, base.identity)
    np.testing.assert_array_equal(found.predict([contact]).mean, model.predict([contact]).mean)


def test_labels_of_two_experiments_are_too_few(data: Dataset, base: Predictor) -> None:
    with pytest.raises(InvalidInputError, match="at least 3 experiments, but found 2"):
        correct_model(base, data.rows(np.arange(8)))
