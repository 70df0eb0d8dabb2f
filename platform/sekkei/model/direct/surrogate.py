"""The surrogate: an ensemble of networks that predicts conductance and how far off it may be."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash
from sekkei.model.calibration import ONE_SIGMA, Calibration
from sekkei.model.dataset import Quantity
from sekkei.model.direct.feature import JunctionFeatures, describe_junctions
from sekkei.model.direct.fitting import TrainingOptions, predict_batch
from sekkei.model.direct.network import JunctionBatch, SeriesNetwork, build_network, collate
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.specification import parse_specification
from sekkei.structure.junction import Junction

FORMAT = 1
"""Version of the folder that `Surrogate.save` writes."""

_META, _ARRAYS = "surrogate.json", "weights.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What a surrogate says about some junctions. Its arrays are read-only."""

    mean: Float[np.ndarray, " junction"]
    """Predicted conductance in G0."""

    sigma: Float[np.ndarray, " junction"]
    """Half width of the 68 % interval in G0."""

    lead: Float[np.ndarray, " junction"]
    """Predicted conductance of the perfect electrode in G0."""


@dataclass(frozen=True, slots=True, eq=False)
class Surrogate:
    """A trained ensemble with everything that it needs to predict."""

    options: TrainingOptions
    """How it was trained."""

    scaler: DescriptorScaler
    """What scales descriptors."""

    members: tuple[SeriesNetwork, ...]
    """The networks."""

    calibration: Calibration
    """What left-out experiments taught about its errors."""

    quantity: Quantity
    """Which conductance it predicts."""

    label_recipe: str
    """Identity of the method whose labels it learned."""

    @property
    def identity(self) -> str:
        """Content hash of weights, options and labels' recipe."""
        return content_hash("surrogate", self._meta(), self._arrays())

    def predict(self, junctions: Sequence[Junction]) -> Predictions:
        """Predict the conductance of junctions.

        Raises
        ------
        LabelError
            If a junction has unknown elements, overlapping atoms or imperfect leads.
        """
        return self.predict_features(describe_junctions(junctions, self.options.features))

    def predict_features(self, features: Sequence[JunctionFeatures]) -> Predictions:
        """Predict from what `describe_junctions` made with the surrogate's own options."""
        if not features:
            empty = _frozen(np.zeros(0))
            return Predictions(empty, empty, empty)
        batch = make_batch(features, self.scaler)
        members = np.stack([predict_batch(member, batch) for member in self.members])
        mean = members.mean(axis=0)
        sigma = self.calibration.half_width(mean, members.std(axis=0), ONE_SIGMA)
        with torch.inference_mode():
            leads = [member.slice_conductance(batch)[:, 0] for member in self.members]
            lead = torch.stack(leads).mean(dim=0).numpy().astype(np.float64)
        return Predictions(_frozen(mean), _frozen(sigma), _frozen(lead))

    def save(self, folder: Path) -> None:
        """Write two files, JSON and arrays; nothing in them is executable."""
        folder.mkdir(parents=True, exist_ok=True)
        meta = {**self._meta(), "identity": self.identity}
        (folder / _META).write_text(json.dumps(meta, indent=1), "utf-8")
        np.savez(folder / _ARRAYS, allow_pickle=False, **self._arrays())

    @classmethod
    def load(cls, folder: Path) -> "Surrogate":
        """Read what `save` wrote.

        Raises
        ------
        InvalidInputError
            If the folder holds no surrogate, one of another version, or one that was changed.
        """
        if not ((folder / _META).is_file() and (folder / _ARRAYS).is_file()):
            raise InvalidInputError(
                f"a surrogate must be a folder with {_META} and {_ARRAYS}, but {folder} lacks them"
            )
        meta = json.loads((folder / _META).read_text("utf-8"))
        if meta.get("format") != FORMAT:
            raise InvalidInputError(
                f"a surrogate must have format {FORMAT}, but {folder} has {meta.get('format')}; "
                "train it again"
            )
        with np.load(folder / _ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        found = cls._build(meta, arrays)
        if found.identity != meta["identity"]:
            raise InvalidInputError(
                f"the weights in {folder} must have identity {meta['identity']}, but have "
                f"{found.identity}; one of the files was changed"
            )
        return found

    @classmethod
    def _build(cls, meta: dict[str, object], arrays: dict[str, np.ndarray]) -> "Surrogate":
        options = parse_specification(meta["options"], TrainingOptions)
        scaler = DescriptorScaler.from_arrays(_under(arrays, "scaler."))
        n_member = len({name.split(".")[0] for name in arrays if name.startswith("member")})
        members = tuple(
            _restore(options, scaler.n_component, _under(arrays, f"member{i}."))
            for i in range(n_member)
        )
        return cls(
            options=options,
            scaler=scaler,
            members=members,
            calibration=parse_specification(meta["calibration"], Calibration),
            quantity="conductance_g0"
            if meta["quantity"] == "conductance_g0"
            else "window_conductance_g0",
            label_recipe=str(meta["label_recipe"]),
        )

    def _meta(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "options": self.options.model_dump(mode="json"),
            "calibration": self.calibration.model_dump(mode="json"),
            "quantity": self.quantity,
            "label_recipe": self.label_recipe,
        }

    def _arrays(self) -> dict[str, np.ndarray]:
        found = {f"scaler.{name}": array for name, array in self.scaler.to_arrays().items()}
        for i, member in enumerate(self.members):
            for name, tensor in member.state_dict().items():
                found[f"member{i}.{name}"] = tensor.numpy()
        return found


def make_batch(features: Sequence[JunctionFeatures], scaler: DescriptorScaler) -> JunctionBatch:
    """Scale the descriptors of junctions and pad them to one shape."""
    return collate(features, [scaler(row.descriptors) for row in features])


def _restore(
    options: TrainingOptions, n_component: int, arrays: dict[str, np.ndarray]
) -> SeriesNetwork:
    network = build_network("series", n_component, options.n_hidden, options.n_embedding, seed=0)
    network.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    return _as_series(network)


def _as_series(network: nn.Module) -> SeriesNetwork:
    if not isinstance(network, SeriesNetwork):
        raise TypeError(f"a surrogate is made of SeriesNetwork, not {type(network).__name__}")
    return network


def _under(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
