"""The direct model's assemblies and its baselines, behind one face, for one harness."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sekkei.model.baseline import AREA_MODELS, device_wavevector, fit_area_model, fit_ridge
from sekkei.model.dataset import Dataset, Quantity, hold_out_groups
from sekkei.model.direct.feature import JunctionFeatures
from sekkei.model.direct.fitting import Examples, fit_network, predict_batch
from sekkei.model.direct.member import (
    State,
    make_examples,
    network_state,
    seen_by_networks,
    seen_by_waves,
)
from sekkei.model.direct.network import Architecture, build_network
from sekkei.model.direct.novelty import Seen
from sekkei.model.direct.options import TrainingOptions
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.model.direct.waves.fitting import fit_waves, readout, wave_targets
from sekkei.model.direct.waves.levenberg import Surfaces, Targets, conductances
from sekkei.model.direct.waves.survey import Wires, survey_junctions
from sekkei.model.metric import DIRECT, CurvePoint
from sekkei.shapes import Float, Int

_LEAST_WATCHED = 8
"""With fewer experiments none can be spared to watch."""

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

    seen: tuple[Seen, ...]
    """What device atoms see, by the numbers that the direct model reads."""

    truth: Float[np.ndarray, " row"]
    """Labels in G0."""

    groups: Int[np.ndarray, " row"]
    """Number of the experiment."""

    n_channel: Int[np.ndarray, " row"]
    """Open channels of the electrode: no contender exceeds them."""

    waves: Targets | None
    """What an effective Hamiltonian reads, if there is to be one."""

    quantity: Quantity
    """Which conductance the labels are."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """One contender, trained on some rows."""

    predict: Predict
    """From row numbers to predictions in G0."""

    state: State = field(default_factory=dict)
    """Its arrays, if it may be a member of a direct model."""

    curve: tuple[CurvePoint, ...] = ()
    """Its learning curve, if it has one."""


Contender = Callable[[Material, np.ndarray, int], Fitted]
"""Trains on some rows, with a seed."""


def contenders(options: TrainingOptions) -> dict[str, Contender]:
    """Return the direct model's own assembly, under ``direct``, and its baselines by name."""
    own = _waves(options) if options.assembly == "waves" else _network(options.assembly, options)
    return {
        DIRECT: own,
        "max-pooled": _network("max-pooled", options),
        "ridge": _ridge,
        **{name: _area(name) for name in AREA_MODELS},
    }


def prepare(
    dataset: Dataset,
    features: tuple[JunctionFeatures, ...],
    scaler: DescriptorScaler,
    options: TrainingOptions,
) -> Material:
    """Describe a data set for all contenders."""
    waves = None
    if options.assembly == "waves":
        surveys = survey_junctions(dataset.junctions, Wires())
        waves = wave_targets(dataset, surveys, options.waves)
        seen = tuple(seen_by_waves(survey)[0] for survey in surveys)
    else:
        seen = seen_by_networks(features, scaler)
    means = np.stack([scaler(row.device_mean()[None, :])[0] for row in features])
    names = sorted(set(dataset.groups))
    return Material(
        examples=make_examples(dataset, features, scaler),
        area=dataset.narrowest,
        wavevector=np.array([device_wavevector(junction) for junction in dataset.junctions]),
        mean_descriptor=means.astype(np.float64),
        seen=seen,
        truth=dataset.conductance_g0,
        groups=np.array([names.index(group) for group in dataset.groups]),
        n_channel=dataset.n_channel,
        waves=waves,
        quantity=dataset.quantity,
    )


def _network(architecture: Architecture, options: TrainingOptions) -> Contender:
    def fit(material: Material, train: np.ndarray, seed: int) -> Fitted:
        examples = material.examples
        train, watch = _watched(material, train, options.watch_share, seed)
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

        return Fitted(predict, network_state(network), curve)

    return fit


def _waves(options: TrainingOptions) -> Contender:
    def fit(material: Material, train: np.ndarray, seed: int) -> Fitted:
        targets = material.waves
        if targets is None:
            raise ValueError("the material must be prepared for an effective Hamiltonian")
        train, watch = _watched(material, train, options.watch_share, seed)
        parameters, curve = fit_waves(targets.rows(train), targets.rows(watch), options.waves, seed)
        energies, weights = readout(material.quantity)

        def predict(rows: np.ndarray) -> np.ndarray:
            surfaces = [Surfaces(parameters, energies)]
            surveys = targets.rows(rows).surveys
            return np.array([conductances(each, surfaces, weights)[0, 0] for each in surveys])

        return Fitted(predict, {"parameters": parameters}, curve)

    return fit


def _watched(
    material: Material, rows: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Set whole experiments of the training part aside, to see when to stop."""
    groups = material.groups[rows]
    if share == 0.0 or len(set(groups.tolist())) < _LEAST_WATCHED:
        return rows, rows[:0]
    held = hold_out_groups(groups.astype(str).tolist(), share, np.random.default_rng(seed))
    return rows[~held], rows[held]


def _ridge(material: Material, train: np.ndarray, _seed: int) -> Fitted:
    model = fit_ridge(
        material.mean_descriptor[train], material.truth[train], material.groups[train]
    )
    return Fitted(lambda rows: model(material.mean_descriptor[rows]))


def _area(name: str) -> Contender:
    def fit(material: Material, train: np.ndarray, _seed: int) -> Fitted:
        model = fit_area_model(
            name, material.area[train], material.wavevector[train], material.truth[train]
        )
        return Fitted(lambda rows: model(material.area[rows], material.wavevector[rows]))

    return fit
