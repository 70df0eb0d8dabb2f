"""The members of a direct model, whichever the assembly: from arrays, and to predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import nn

from sekkei.model.dataset import Dataset, Quantity
from sekkei.model.direct.feature import FeatureOptions, JunctionFeatures, describe_junctions
from sekkei.model.direct.fitting import Examples, predict_batch
from sekkei.model.direct.network import Architecture, JunctionBatch, build_network, collate
from sekkei.model.direct.novelty import Seen
from sekkei.model.direct.options import TrainingOptions
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.model.direct.waves.fitting import readout
from sekkei.model.direct.waves.levenberg import Parameters, Surfaces, conductances
from sekkei.model.direct.waves.survey import Survey, Wires, survey_together
from sekkei.shapes import Float
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import Junction
from sekkei.structure.lead import recognise_leads

_MOST_SHAPES = 200
"""Shapes of junctions that are remembered: a few kB each, and 0.4 to 4 MB for each electrode."""

State = Mapping[str, np.ndarray]
"""Arrays of one member."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What members make of some junctions."""

    each: Float[np.ndarray, "member junction"]
    """Conductance in G0 by each member."""

    seen: tuple[Seen, ...]
    """What device atoms see."""

    electrodes: tuple[Electrode, ...]
    """What the leads of each junction are made of."""


@runtime_checkable
class Members(Protocol):
    """Several models of one assembly."""

    def look(self, junctions: Sequence[Junction]) -> Look:
        """Look at junctions once: predict, and say what there is to see.

        Raises
        ------
        LabelError
            If a junction has unknown elements, overlapping atoms or imperfect leads.
        """
        ...


def restore_members(
    options: TrainingOptions, scaler: DescriptorScaler, quantity: Quantity, states: Sequence[State]
) -> Members:
    """Build the members that some arrays describe."""
    if options.assembly == "waves":
        return WaveMembers([state["parameters"] for state in states], quantity)
    networks = tuple(_network(options, scaler.n_component, state) for state in states)
    return NetworkMembers(networks, scaler, options.features)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkMembers:
    """Networks over slices."""

    networks: tuple[nn.Module, ...]
    """The networks."""

    scaler: DescriptorScaler
    """What scales descriptors."""

    features: FeatureOptions
    """How junctions are described."""

    def look(self, junctions: Sequence[Junction]) -> Look:
        """Look at junctions once; see `Members.look`."""
        if not junctions:
            return Look(np.zeros((len(self.networks), 0)), (), ())
        features = describe_junctions(junctions, self.features)
        batch = make_batch(features, self.scaler)
        return Look(
            each=np.stack([predict_batch(network, batch) for network in self.networks]),
            seen=seen_by_networks(features, self.scaler),
            electrodes=tuple(recognise_leads(junction).electrode for junction in junctions),
        )


class WaveMembers:
    """Effective Hamiltonians. They remember leads that they met: those cost the most."""

    def __init__(self, parameters: Sequence[Parameters], quantity: Quantity) -> None:
        """Take the parameters of each member."""
        self._parameters, self._quantity = tuple(parameters), quantity
        self._forget()

    def _forget(self) -> None:
        energies, self._weights = readout(self._quantity)
        self._wires = Wires()
        self._surfaces = [Surfaces(row, energies) for row in self._parameters]
        self._others: dict[bytes, list[Surfaces]] = {}

    def spectra(
        self, junctions: Sequence[Junction], energies: Float[np.ndarray, " energy"]
    ) -> Float[np.ndarray, "member junction energy"]:
        """Compute T of junctions at some energies by each member."""
        key = energies.tobytes()
        if key not in self._others:
            self._others[key] = [Surfaces(row, energies) for row in self._parameters]
        surfaces = self._others[key]
        found = np.zeros((len(surfaces), len(junctions), len(energies)))
        for rows, survey in survey_together(junctions, self._wires):
            each = conductances(survey, surfaces, np.eye(len(energies)))
            found[:, rows] = np.moveaxis(each, 0, -1)
        return found

    def look(self, junctions: Sequence[Junction]) -> Look:
        """Look at junctions once; see `Members.look`. Those of one shape go together."""
        if len(self._wires) > _MOST_SHAPES:
            self._forget()
        each = np.zeros((len(self._surfaces), len(junctions)))
        seen: dict[int, tuple[Seen, Electrode]] = {}
        for rows, survey in survey_together(junctions, self._wires):
            each[:, rows] = conductances(survey, self._surfaces, self._weights)
            for i, row in zip(rows.tolist(), seen_by_waves(survey), strict=True):
                seen[i] = row, survey.frame.electrode
        found = [seen[i] for i in range(len(junctions))]
        return Look(each, tuple(row for row, _ in found), tuple(lead for _, lead in found))


def seen_by_waves(survey: Survey) -> Float[np.ndarray, "junction atom number"]:
    """Return what the device atoms of junctions of one shape see."""
    found = survey.atoms.invariants
    return found.reshape(survey.n_junction, survey.frame.n_device, -1)


def seen_by_networks(
    features: Sequence[JunctionFeatures], scaler: DescriptorScaler
) -> tuple[Seen, ...]:
    """Return the scaled descriptors of device and neighbouring lead atoms."""
    rows = (scaler(each.descriptors[each.windows[0] == 0.0]) for each in features)
    return tuple(row.astype(np.float64) for row in rows)


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
