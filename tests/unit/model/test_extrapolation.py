"""How much wider intervals are for what was not trained on."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.model.dataset import Dataset
from sekkei.model.direct.error_scale import ErrorScale
from sekkei.model.direct.extrapolation import LEAST_FACTOR, left_out_groups, outside_factor
from sekkei.model.domain import TrainingDomain
from sekkei.structure.junction import DEVICE, Junction
from sekkei.testing.registry_laws import small_dataset

STEADY = ErrorScale(
    elements=(),
    weights=(0.0,) * 6,
    intercept=np.log(0.1),
    least=(-1e9,) * 6,
    greatest=(1e9,) * 6,
    usual_spread_g0=0.0,
    factors={"0.6827": 1.0, "0.9": 2.0},
)


@pytest.fixture
def dataset() -> Dataset:
    # Of five experiments the last has sodium in its devices.
    plain = small_dataset(n_experiment=5)
    junctions = (*plain.junctions[:16], *map(_with_sodium, plain.junctions[16:]))
    return replace(plain, junctions=junctions)


def test_each_element_and_electrode_is_left_out_once_if_enough_others_are_left(
    dataset: Dataset,
) -> None:
    train = np.arange(20)

    groups = left_out_groups(dataset, train, _domain(dataset))

    # Without potassium, or without the only electrode, nothing would be left.
    assert [group.tolist() for group in groups] == [[16, 17, 18, 19]]


def test_what_is_within_a_group_is_not_left_out_again(dataset: Dataset) -> None:
    # Of the experiment with sodium the lead is sodium, too: an electrode of its own.
    last = [_all_of_sodium(junction) for junction in dataset.junctions[18:]]
    mixed = replace(dataset, junctions=(*dataset.junctions[:18], *last))

    groups = left_out_groups(mixed, np.arange(20), _domain(mixed))

    assert [group.tolist() for group in groups] == [[16, 17, 18, 19]]


def test_the_factor_is_that_which_would_have_held_the_group(dataset: Dataset) -> None:
    train = np.arange(20)
    groups = left_out_groups(dataset, train, _domain(dataset))
    trained_on = []

    def off_by_half(rest: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        trained_on.extend(rest.tolist())
        errors = np.array([-0.3, -0.1, -0.5, -0.2])
        # At a hundred times the distance errors are twice as large anyhow.
        return dataset.conductance_g0[rows] + errors, np.full(4, 100.0)

    factor = outside_factor(dataset, train, groups, STEADY, off_by_half)

    assert trained_on == list(range(16))
    # The fourth of four errors is the conformal quantile; intervals inside are 0.1 G0.
    assert factor == pytest.approx(2.5)


def test_luck_with_one_group_does_not_make_the_outside_as_sure_as_the_inside(
    dataset: Dataset,
) -> None:
    train = np.arange(20)
    groups = left_out_groups(dataset, train, _domain(dataset))

    factor = outside_factor(
        dataset, train, groups, STEADY, lambda _, rows: (dataset.conductance_g0[rows], np.ones(4))
    )

    assert factor == LEAST_FACTOR


def test_without_a_group_nothing_is_measured() -> None:
    plain = small_dataset(n_experiment=5)
    groups = left_out_groups(plain, np.arange(20), _domain(plain))

    assert groups == ()
    assert (
        outside_factor(plain, np.arange(20), groups, STEADY, lambda _, rows: (rows, rows)) is None
    )


def _domain(dataset: Dataset) -> TrainingDomain:
    return TrainingDomain.from_labels(dataset.junctions, dataset.n_channel)


def _with_sodium(junction: Junction) -> Junction:
    return Junction.from_sequences(
        np.where(junction.regions == DEVICE, 11, junction.numbers),
        junction.positions,
        junction.regions,
        junction.electrode_period,
    )


def _all_of_sodium(junction: Junction) -> Junction:
    return Junction.from_sequences(
        np.full(junction.n_atom, 11),
        junction.positions,
        junction.regions,
        junction.electrode_period,
    )
