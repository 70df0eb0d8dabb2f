"""Fitting and judging error bars, on errors whose scale is known."""

import json
from pathlib import Path

import numpy as np
import pytest

from sekkei.bench.label_error_fit import (
    LEVELS,
    LabelledTwice,
    coverage_rows,
    fit_error_model,
    left_out_widths,
)
from sekkei.errors import InvalidInputError
from sekkei.lake import Lake, label_key
from sekkei.transport.error_bar import FITTED, ErrorSigns, error_scale

DATA = Path(__file__).parents[3] / "data"


def made(n_group: int, seed: int = 0, n_energy: int = 5) -> list[LabelledTwice]:
    """Laplace-distributed errors of scale 0.1 times the noise; the spread says nothing."""
    rng = np.random.default_rng(seed)
    pairs = []
    for group in range(n_group):
        for energy in np.linspace(-0.02, 0.02, n_energy):
            signs = ErrorSigns(3.0, rng.uniform(0.0, 0.2), rng.uniform(0.05, 1.0))
            error = rng.laplace(0.0, 0.1 * signs.noise)
            pairs.append(LabelledTwice("K", f"{group}", float(energy), signs, 3.0 + error))
    return pairs


def test_the_weight_of_a_sign_that_makes_errors_is_found() -> None:
    model = fit_error_model(made(200))

    assert model.noise == pytest.approx(0.1, rel=0.1)
    assert model.spread < 0.05
    # Quantiles of a Laplace distribution of unit scale: -ln(1 - p).
    assert model.likely == pytest.approx(-np.log(0.32), rel=0.2)
    assert model.wide == pytest.approx(-np.log(0.1), rel=0.2)


def test_bars_of_contacts_left_out_hold_what_they_promise_and_are_sharper_than_one_width() -> None:
    rows = [row for row in coverage_rows(made(200)) if row["table"] == "at E_F"]

    assert [row["n"] for row in rows] == [200] * 3
    for row, level in zip(rows, LEVELS, strict=True):
        # Three standard deviations of a share of 200.
        assert row["held"] == pytest.approx(level, abs=3.0 * np.sqrt(level * (1 - level) / 200))
    assert rows[2]["width_g0"] < 0.95 * rows[2]["constant_g0"]
    assert rows[2]["rank_correlation"] > 0.3


def test_a_bar_is_not_of_a_model_that_saw_its_experiment() -> None:
    pairs = made(12)
    wild = [pair for pair in pairs if pair.group == "3"]
    tame = [
        LabelledTwice(pair.name, pair.group, pair.energy, pair.signs, pair.signs.conductance + 0.01)
        for pair in pairs
        if pair.group != "3"
    ]

    widths, constants = left_out_widths([*tame, *wild])

    # All errors that other experiments have are 0.01, so that their bars are hardly wider.
    assert widths[2, -len(wild) :].max() < 0.1
    np.testing.assert_allclose(constants[:, -len(wild) :], 0.01)


def test_equal_contacts_give_equal_models() -> None:
    assert fit_error_model(made(20)) == fit_error_model(made(20))


def test_where_nothing_conducts_a_scale_is_not_zero() -> None:
    closed = [LabelledTwice("K", f"{i}", 0.0, ErrorSigns(0.0, 0.0, 0.0), 0.0) for i in range(4)]

    model = fit_error_model([*made(8), *closed])

    assert np.isfinite(error_scale(closed[0].signs, model))
    assert np.isfinite([model.likely, model.wide]).all()


def test_one_experiment_is_too_few() -> None:
    with pytest.raises(InvalidInputError, match="at least 2 experiments, but found 1"):
        left_out_widths(made(1))


def test_every_contact_drawn_has_a_label_of_the_method_the_bars_are_for() -> None:
    drawn = json.loads((DATA / "labelled-twice" / "drawn.json").read_text("utf-8"))["snapshots"]

    keys = Lake.open(DATA / "contacts").keys("label")

    assert len(set(drawn)) == len(drawn) == 66
    assert {label_key(snapshot, FITTED.recipe) for snapshot in drawn} <= keys


def test_spectra_that_are_shipped_are_those_of_the_shipped_labels() -> None:
    twice = json.loads((DATA / "labelled-twice" / "reference.json").read_text("utf-8"))
    drawn = json.loads((DATA / "labelled-twice" / "drawn.json").read_text("utf-8"))["snapshots"]
    middle = twice["energies_ev"].index(0.0)

    lake = Lake.open(DATA / "contacts")
    known = lake.query("label", (), ("snapshot", "conductance_g0")).set_index("snapshot")

    assert list(twice["labels"]) == drawn[: len(twice["labels"])]
    for snapshot, label in twice["labels"].items():
        assert label["recipe"][middle] == pytest.approx(
            known.loc[snapshot, "conductance_g0"], abs=2e-4
        )
        # A reference that moved a contact by more would be another contact.
        assert abs(label["reference"][middle] - label["recipe"][middle]) < 0.2
