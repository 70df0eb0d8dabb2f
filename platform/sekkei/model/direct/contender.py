"""The surrogate's network and its baselines, behind one face, for one harness."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from sekkei.model.baseline import (
    AreaModel,
    fit_area_scale,
    fit_ridge,
)
from sekkei.model.dataset import Dataset
from sekkei.model.direct.descriptor import atomic_constants
from sekkei.model.direct.feature import JunctionFeatures
from sekkei.model.direct.fitting import Examples, TrainingOptions, fit_network, predict_batch
from sekkei.model.direct.network import Architecture, SeriesNetwork, build_network
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.model.direct.surrogate import make_batch
from sekkei.model.metric import CurvePoint
from sekkei.structure.free_electron import bessel_conductance, weyl_conductance
from sekkei.structure.junction import DEVICE, Junction

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


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """One contender, trained on some rows."""

    predict: Predict
    """From row numbers to predictions in G0."""

    network: SeriesNetwork | None = None
    """The network, if it is the surrogate's."""

    curve: tuple[CurvePoint, ...] = ()
    """Its learning curve, if it has one."""


Contender = Callable[[Material, np.ndarray, np.ndarray, int], Fitted]
"""Trains on the first rows, may watch the second, with a seed."""


def contenders(options: TrainingOptions) -> dict[str, Contender]:
    """Return the surrogate's network, under ``series``, and its baselines by name."""
    return {
        "series": _network("series", options),
        "max-pooled": _network("max-pooled", options),
        "ridge": _ridge,
        "sharvin": _area(weyl_conductance, is_scaled=False),
        "sharvin-scaled": _area(weyl_conductance, is_scaled=True),
        "bessel": _area(bessel_conductance, is_scaled=False),
        "bessel-scaled": _area(bessel_conductance, is_scaled=True),
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
        wavevector=np.array([_wavevector(junction) for junction in dataset.junctions]),
        mean_descriptor=means.astype(np.float64),
        truth=dataset.conductance_g0,
        groups=np.array([names.index(group) for group in dataset.groups]),
    )


def _wavevector(junction: Junction) -> float:
    wavevectors, _ = atomic_constants(junction.numbers)
    device = junction.regions == DEVICE
    return float(wavevectors[device].mean() if device.any() else wavevectors.mean())


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


def _area(model: AreaModel, *, is_scaled: bool) -> Contender:
    def fit(material: Material, train: np.ndarray, _watch: np.ndarray, _seed: int) -> Fitted:
        scale = 1.0
        if is_scaled:
            scale = fit_area_scale(
                model, material.area[train], material.wavevector[train], material.truth[train]
            )
        return Fitted(lambda rows: model(scale * material.area[rows], material.wavevector[rows]))

    return fit
