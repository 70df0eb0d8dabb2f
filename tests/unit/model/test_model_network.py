"""Networks over slices: mini-batches, early stopping, attention."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sekkei.model import FeatureOptions, TrainingOptions, train_direct
from sekkei.model.direct.feature import describe_junctions
from sekkei.model.direct.fitting import Examples, fit_network, predict_batch
from sekkei.model.direct.member import make_batch
from sekkei.model.direct.network import AttentionNetwork, SeriesNetwork, build_network
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.lead import extend_leads
from sekkei.testing.registry_laws import QUICK, shaken, small_dataset

OPTIONS = TrainingOptions(n_hidden=6, n_embedding=2, epochs=30, patience=3, batch_size=5)


@pytest.fixture(scope="module")
def examples() -> Examples:
    data = small_dataset(n_experiment=4)
    long = [build_contact(ContactSpec(device_periods=7))] * 2
    features = describe_junctions([*data.junctions[:14], *long], FeatureOptions())
    scaler = DescriptorScaler.fit(features, 6)
    return Examples(
        batch=make_batch(features, scaler),
        conductance=torch.tensor(data.conductance_g0, dtype=torch.float32),
        n_channel=torch.full((16,), 6.0),
        weight=torch.ones(16),
    )


def test_a_batch_is_padded_no_more_than_its_largest_junction_needs(examples: Examples) -> None:
    small, large = examples.rows(np.arange(14)), examples.rows(np.array([14, 15]))
    network = build_network("attention", 6, 6, 2, seed=0)

    together = predict_batch(network, examples.batch)

    assert small.batch.atoms.shape[1] < large.batch.atoms.shape[1]
    assert small.batch.weights.shape[1] < large.batch.weights.shape[1]
    apart = [predict_batch(network, part.batch) for part in (small, large)]
    np.testing.assert_allclose(np.concatenate(apart), together, rtol=1e-5)


def test_training_stops_where_watched_experiments_gain_no_more(examples: Examples) -> None:
    # What is watched has labels that no network can meet, so that the first epochs are the best.
    watch = examples.rows(np.arange(4))
    impossible = replace(watch, conductance=-50.0 - 10.0 * torch.arange(4.0))
    network = build_network("series", 6, 6, 2, seed=0)

    curve = fit_network(network, examples, impossible, OPTIONS, seed=0)

    assert curve[-1].epoch < OPTIONS.epochs


def test_equal_seeds_give_equal_networks(examples: Examples) -> None:
    networks = [build_network("series", 6, 6, 2, seed=0) for _ in range(2)]

    for network in networks:
        fit_network(network, examples, examples.rows(np.arange(0)), OPTIONS, seed=1)

    first, second = (predict_batch(network, examples.batch) for network in networks)
    np.testing.assert_array_equal(first, second)


def test_a_row_without_weight_teaches_nothing(examples: Examples) -> None:
    weight = torch.ones(16)
    weight[3] = 0.0
    lied = examples.conductance.clone()
    lied[3] = 40.0
    options = OPTIONS.model_copy(update={"epochs": 4, "noise": 0.0})
    found = []
    for truth in (examples.conductance, lied):
        network = build_network("series", 6, 6, 2, seed=0)
        rows = replace(examples, conductance=truth, weight=weight)
        fit_network(network, rows, rows.rows(np.arange(0)), options, seed=1)
        found.append(predict_batch(network, examples.batch))

    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("kind", [SeriesNetwork, AttentionNetwork])
def test_layers_of_perfect_lead_add_next_to_nothing(kind: type[SeriesNetwork]) -> None:
    junction = shaken(build_contact(ContactSpec()), np.random.default_rng(0))
    longer = extend_leads(junction, 6 * junction.electrode_period)
    features = describe_junctions([junction, longer], FeatureOptions())
    scaler = DescriptorScaler.fit(features, 6)
    torch.manual_seed(0)
    network = kind(6, 6, 2)

    short, long = predict_batch(network, make_batch(features, scaler))

    assert long == pytest.approx(short, rel=1e-4)


def test_a_direct_model_may_be_assembled_by_attention() -> None:
    options = QUICK.model_copy(update={"assembly": "attention"})
    data = small_dataset(n_experiment=4)

    found = train_direct(data, options, seed=0)

    assert found.predictor.description["assembly"] == "attention"
    assert np.isfinite(found.predictor.predict(data.junctions[:3]).mean).all()
