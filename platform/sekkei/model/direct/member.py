"""The members of a direct model, whichever the assembly: from arrays, and to predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import nn

from sekkei.model.dataset import Dataset, Quantity
from sekkei.model.direct.feature import JunctionFeatures
from sekkei.model.direct.fitting import Examples, predict_batch
from sekkei.model.direct.network import Architecture, JunctionBatch, build_network, collate
from sekkei.model.direct.options import TrainingOptions
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.model.direct.waves.fitting import readout
from sekkei.model.direct.waves.levenberg import Parameters, Surfaces, conductances
from sekkei.model.direct.waves.survey import Wires, survey_junctions
from sekkei.shapes import Float
from sekkei.structure.junction import Junction

State = Mapping[str, np.ndarray]
"""Arrays of one member."""


@runtime_checkable
class Members(Protocol):
    """Several models of one assembly."""

    def predict(
        self, junctions: Sequence[Junction], features: Sequence[JunctionFeatures]
    ) -> Float[np.ndarray, "member junction"]:
        """Predict the conductance of junctions in G0 by each member."""
        ...


def restore_members(
    options: TrainingOptions, scaler: DescriptorScaler, quantity: Quantity, states: Sequence[State]
) -> Members:
    """Build the members that some arrays describe."""
    if options.assembly == "waves":
        return WaveMembers(tuple(state["parameters"] for state in states), quantity)
    networks = tuple(_network(options, scaler.n_component, state) for state in states)
    return NetworkMembers(networks, scaler)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkMembers:
    """Networks over slices."""

    networks: tuple[nn.Module, ...]
    """The networks."""

    scaler: DescriptorScaler
    """What scales descriptors."""

    def predict(
        self,
        junctions: Sequence[Junction],
        features: Sequence[JunctionFeatures],
    ) -> Float[np.ndarray, "member junction"]:
        """Predict the conductance of junctions in G0 by each member."""
        batch = make_batch(features, self.scaler)
        return np.stack([predict_batch(network, batch) for network in self.networks])


@dataclass(frozen=True, slots=True, eq=False)
class WaveMembers:
    """Effective Hamiltonians."""

    parameters: tuple[Parameters, ...]
    """The parameters of each."""

    quantity: Quantity
    """Which conductance is read out."""

    def predict(
        self,
        junctions: Sequence[Junction],
        features: Sequence[JunctionFeatures],
    ) -> Float[np.ndarray, "member junction"]:
        """Predict the conductance of junctions in G0 by each member."""
        energies, weights = readout(self.quantity)
        surveys = survey_junctions(junctions, Wires())
        return np.stack(
            [conductances(surveys, Surfaces(row, energies), weights) for row in self.parameters]
        )


def make_batch(features: Sequence[JunctionFeatures], scaler: DescriptorScaler) -> JunctionBatch:
    """Scale the descriptors of junctions and pad them to one shape."""
    return collate(features, [scaler(row.descriptors) for row in features])


def make_examples(
    dataset: Dataset, features: Sequence[JunctionFeatures], scaler: DescriptorScaler
) -> Examples:
    """Put labels beside the scaled descriptors of their junctions."""
    return Examples(
        batch=make_batch(features, scaler),
        conductance=torch.tensor(dataset.conductance_g0, dtype=torch.float32),
        n_channel=torch.tensor(dataset.n_channel, dtype=torch.float32),
        weight=torch.tensor(dataset.weights, dtype=torch.float32),
    )


def network_state(network: nn.Module) -> State:
    """Return the arrays of a network."""
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def _network(options: TrainingOptions, n_component: int, state: State) -> nn.Module:
    kind: Architecture = "attention" if options.assembly == "attention" else "series"
    network = build_network(kind, n_component, options.n_hidden, options.n_embedding, seed=0)
    network.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    return network
