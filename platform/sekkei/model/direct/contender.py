"""The direct model's network and its baselines, behind one face, for one harness."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from sekkei.model.baseline import AREA_MODELS, device_wavevector, fit_area_model, fit_ridge
from sekkei.model.dataset import Dataset
from sekkei.model.direct.ensemble import make_batch
from sekkei.model.direct.feature import JunctionFeatures
from sekkei.model.direct.fitting import Examples, TrainingOptions, fit_network, predict_batch
from sekkei.model.direct.network import Architecture, SeriesNetwork, build_network
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.model.metric import CurvePoint
from sekkei.shapes import Float, Int

Rows = Int[np.ndarray, " chosen"]
Predict = Callable[[np.ndarray], np.ndarray]
"""From row numbers to predictions in G0."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """A data set, described once for all contenders."""

    examples: Examples
    """What networks read."""

    area: Float[np.ndarray, " row"]
    """Narrowest cross-section in Å²."""

    wavevector: Float[np.ndarray, " row"]
    """Mean Fermi wavevector of the device atoms in 1/Å."""

    mean_descriptor: Float[np.ndarray, "row descriptor"]
    """Mean scaled descriptor of the device atoms."""

    truth: Float[np.ndarray, " row"]
    """Labels in G0."""

    groups: Int[np.ndarray, " row"]
    """Number of the experiment."""

    n_channel: Int[np.ndarray, " row"]
    """Open channels of the electrode: no contender exceeds them."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """One contender, trained on some rows."""

    predict: Predict
    """From row numbers to predictions in G0."""

    network: SeriesNetwork | None = None
    """The network, if it is the direct model's."""

    curve: tuple[CurvePoint, ...] = ()
    """Its learning curve, if it has one."""


Contender = Callable[[Material, np.ndarray, np.ndarray, int], Fitted]
"""Trains on the first rows, may watch the second, with a seed."""


def contenders(options: TrainingOptions) -> dict[str, Contender]:
    """Return the direct model's network, under ``series``, and its baselines by name."""
    return {
        "series": _network("series", options),
        "max-pooled": _network("max-pooled", options),
        "ridge": _ridge,
        **{name: _area(name) for name in AREA_MODELS},
    }


def prepare(
    dataset: Dataset, features: tuple[JunctionFeatures, ...], scaler: DescriptorScaler
) -> Material:
    """Describe a data set for all contenders."""
    means = np.stack([scaler(row.device_mean()[None, :])[0] for row in features])
    names = sorted(set(dataset.groups))
    return Material(
        examples=Examples(
            batch=make_batch(features, scaler),
            conductance=torch.tensor(dataset.conductance_g0, dtype=torch.float32),
            n_channel=torch.tensor(dataset.n_channel, dtype=torch.float32),
        ),
        area=dataset.narrowest,
        wavevector=np.array([device_wavevector(junction) for junction in dataset.junctions]),
        mean_descriptor=means.astype(np.float64),
        truth=dataset.conductance_g0,
        groups=np.array([names.index(group) for group in dataset.groups]),
        n_channel=dataset.n_channel,
    )


def _network(architecture: Architecture, options: TrainingOptions) -> Contender:
    def fit(material: Material, train: np.ndarray, watch: np.ndarray, seed: int) -> Fitted:
        examples = material.examples
        network = build_network(
            architecture,
            int(examples.batch.atoms.shape[2]),
            options.n_hidden,
            options.n_embedding,
            seed=seed,
        )
        curve = fit_network(network, examples.rows(train), examples.rows(watch), options, seed)

        def predict(rows: np.ndarray) -> np.ndarray:
            return predict_batch(network, examples.rows(rows).batch)

        return Fitted(predict, network if isinstance(network, SeriesNetwork) else None, curve)

    return fit


def _ridge(material: Material, train: np.ndarray, _watch: np.ndarray, _seed: int) -> Fitted:
    model = fit_ridge(
        material.mean_descriptor[train], material.truth[train], material.groups[train]
    )
    return Fitted(lambda rows: model(material.mean_descriptor[rows]))


def _area(name: str) -> Contender:
    def fit(material: Material, train: np.ndarray, _watch: np.ndarray, _seed: int) -> Fitted:
        model = fit_area_model(
            name, material.area[train], material.wavevector[train], material.truth[train]
        )
        return Fitted(lambda rows: model(material.area[rows], material.wavevector[rows]))

    return fit
