"""The direct family: an ensemble from a structure to its conductance."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash
from sekkei.model.calibration import ONE_SIGMA
from sekkei.model.dataset import Quantity
from sekkei.model.direct.error_scale import ErrorScale, Signs
from sekkei.model.direct.member import Members, State, WaveMembers, restore_members
from sekkei.model.direct.novelty import DescriptorRange, growth
from sekkei.model.direct.options import TrainingOptions
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.model.domain import Outlook, TrainingDomain
from sekkei.model.folder import check_identity, read_folder, under, write_folder
from sekkei.model.predictor import Predictions, capped_width
from sekkei.shapes import Float
from sekkei.specification import parse_specification
from sekkei.structure.junction import Junction
from sekkei.threads import few_threads

FAMILY = "direct"
"""Name of this family of predictors."""

FORMAT = 5
"""Version of the folder that `DirectModel.save` writes."""


@dataclass(frozen=True, slots=True, eq=False)
class DirectModel:
    """A trained ensemble with everything that it needs to predict; keeps the predictor port."""

    options: TrainingOptions
    """How it was trained."""

    scaler: DescriptorScaler
    """What scales descriptors."""

    states: tuple[State, ...]
    """Arrays of each member."""

    error_scale: ErrorScale
    """What left-out experiments taught about its errors."""

    domain: TrainingDomain
    """Elements and electrodes that it was trained on."""

    known: DescriptorRange
    """Surroundings of atoms that it was trained on."""

    outside_factor: float | None
    """How much wider intervals are just outside; None: as wide as the channels allow."""

    quantity: Quantity
    """Which conductance it predicts."""

    label_recipe: str
    """Identity of the method whose labels it learned."""

    members: Members = field(init=False, repr=False)
    """What its states describe."""

    def __post_init__(self) -> None:
        members = restore_members(self.options, self.scaler, self.quantity, self.states)
        object.__setattr__(self, "members", members)

    @property
    def family(self) -> str:
        """Name under which its folder is read."""
        return FAMILY

    @property
    def identity(self) -> str:
        """Content hash of weights, options, training domain and labels' recipe."""
        return content_hash("surrogate", self._meta(), self._arrays())

    @property
    def description(self) -> Mapping[str, object]:
        """Options of its training."""
        return self.options.model_dump(mode="json")

    @few_threads()
    def predict(self, junctions: Sequence[Junction], /) -> Predictions:
        """Predict the conductance of junctions.

        Raises
        ------
        LabelError
            If a junction has unknown elements, overlapping atoms or imperfect leads.
        """
        found = self.members.look(junctions)
        mean, spread = found.each.mean(axis=0), found.each.std(axis=0)
        novelty = self.known.novelty(found.seen)
        outlook = self.domain.outlook(junctions, novelty, found.electrodes)
        width = self.half_width(Signs.of(junctions, mean, spread, outlook.n_channel), outlook)
        return Predictions.bounded(
            mean, width, outlook.n_channel, outlook.is_bound_known, outlook.reasons
        )

    @few_threads()
    def spectra(
        self, junctions: Sequence[Junction], energies: Float[np.ndarray, " energy"], /
    ) -> Float[np.ndarray, "junction energy"]:
        """Return T(E) of junctions, the mean over members; see `SpectralPredictor`.

        Raises
        ------
        InvalidInputError
            If the model is of networks, which know one number.
        """
        if not isinstance(self.members, WaveMembers):
            raise InvalidInputError(
                "T at several energies needs a direct model of the assembly 'waves', but this one "
                f"is of {self.options.assembly!r}; train one with its default options"
            )
        found: np.ndarray = self.members.spectra(junctions, energies).mean(axis=0)
        return found

    def half_width(
        self, signs: Signs, outlook: Outlook, level: float = ONE_SIGMA
    ) -> Float[np.ndarray, " junction"]:
        """Half width of the interval of a level, in G0.

        Outside of the training set, members may agree on what is wrong: there an interval is
        as wide as the factor says of members that differ as usual, or as their spread says.

        Parameters
        ----------
        signs
            Predictions, and what else is known of some junctions.
        outlook
            How the same junctions stand to the training set.
        level
            One of `sekkei.model.calibration.LEVELS`.
        """
        inside = self.error_scale.half_width(signs, level)
        usual = signs.with_spread(self.error_scale.usual_spread_g0)
        factor = np.inf if self.outside_factor is None else self.outside_factor
        outside = factor * growth(outlook.novelty) * self.error_scale.half_width(usual, level)
        width = np.where(outlook.is_outside, np.maximum(inside, outside), inside)
        return capped_width(width, signs.predicted, outlook.n_channel)

    def save(self, folder: str | os.PathLike[str], /) -> None:
        """Write two files, JSON and arrays; nothing in them is executable."""
        meta = {**self._meta(), "family": self.family, "identity": self.identity}
        write_folder(Path(folder), meta, self._arrays())

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "DirectModel":
        """Read what `save` wrote.

        Raises
        ------
        InvalidInputError
            If the folder holds no model, one of another version, or one that was changed.
        """
        meta, arrays = read_folder(Path(folder), "a direct model", FORMAT)
        found = cls._build(meta, arrays)
        check_identity(Path(folder), meta, found.identity)
        return found

    @classmethod
    def _build(cls, meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> "DirectModel":
        options = parse_specification(meta["options"], TrainingOptions)
        scaler = DescriptorScaler.from_arrays(under(arrays, "scaler."))
        n_member = len({name.split(".")[0] for name in arrays if name.startswith("member")})
        states = tuple(under(arrays, f"member{i}.") for i in range(n_member))
        return cls(
            options=options,
            scaler=scaler,
            states=states,
            error_scale=parse_specification(meta["error_scale"], ErrorScale),
            domain=TrainingDomain.from_plain(meta["domain"]),
            known=DescriptorRange.from_arrays(under(arrays, "known.")),
            outside_factor=meta["outside_factor"],
            quantity="conductance_g0"
            if meta["quantity"] == "conductance_g0"
            else "window_conductance_g0",
            label_recipe=str(meta["label_recipe"]),
        )

    def _meta(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "options": self.options.model_dump(mode="json"),
            "error_scale": self.error_scale.model_dump(mode="json"),
            "domain": self.domain.to_plain(),
            "outside_factor": self.outside_factor,
            "quantity": self.quantity,
            "label_recipe": self.label_recipe,
        }

    def _arrays(self) -> dict[str, np.ndarray]:
        found = {f"scaler.{name}": array for name, array in self.scaler.to_arrays().items()}
        found |= {f"known.{name}": array for name, array in self.known.to_arrays().items()}
        for i, state in enumerate(self.states):
            found |= {f"member{i}.{name}": np.asarray(array) for name, array in state.items()}
        return found
