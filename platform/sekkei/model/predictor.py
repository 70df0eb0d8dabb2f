"""The predictor port: what was learned from labels, and what it says of junctions."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.model.dataset import Quantity
from sekkei.shapes import Bool, Float, Int
from sekkei.structure.junction import Junction

META_FILE = "surrogate.json"
"""File of a saved predictor that names its family, whichever that is."""

_MANY = 256
"""Structures of a piece of work, where a thousand take seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions(ReadOnlyArrays):
    """What a predictor says of some junctions. Its arrays are read-only."""

    mean: Float[np.ndarray, " junction"]
    """Predicted conductance in G0."""

    sigma: Float[np.ndarray, " junction"]
    """Half width of the 68 % interval in G0."""

    n_channel: Int[np.ndarray, " junction"]
    """Channels of the electrode: the upper bound of the conductance, in G0."""

    is_bound_known: Bool[np.ndarray, " junction"]
    """True where labels of this very electrode say its channels; elsewhere they are estimated."""

    is_outside: Bool[np.ndarray, " junction"]
    """True where the junction is unlike all that the predictor was trained on."""

    reasons: tuple[str, ...]
    """Why a junction is outside; empty where it is not."""

    @classmethod
    def bounded(
        cls,
        mean: Float[np.ndarray, " junction"],
        sigma: Float[np.ndarray, " junction"],
        n_channel: Int[np.ndarray, " junction"],
        is_bound_known: Bool[np.ndarray, " junction"],
        reasons: Sequence[str],
    ) -> "Predictions":
        """Keep predictions between zero and the electrode's channels, and intervals as wide.

        Parameters
        ----------
        mean
            As predicted, in G0.
        sigma
            Half widths in G0; infinite where nothing is known but the channels.
        n_channel, is_bound_known
            Channels of the electrodes, and whether they were counted.
        reasons
            Why each junction is outside; empty where it is not.
        """
        kept = np.clip(mean, 0.0, n_channel)
        return cls(
            mean=freeze(kept),
            sigma=freeze(capped_width(sigma, kept, n_channel)),
            n_channel=freeze(n_channel, np.int64),
            is_bound_known=freeze(is_bound_known),
            is_outside=freeze(np.array([reason != "" for reason in reasons], dtype=bool)),
            reasons=tuple(reasons),
        )

    @property
    def n_outside(self) -> int:
        """Number of junctions unlike all that the predictor was trained on."""
        return int(self.is_outside.sum())


@runtime_checkable
class Predictor(Protocol):
    """Predicts the conductance of junctions, and how far off it may be.

    Implementations keep seven laws, and `sekkei.testing.predictor_laws.PredictorLaws` checks
    them:

    1. *Repeatable*: predicting the same junctions twice gives bit-identical arrays.
    2. *Rigid*: rotating about z, translating, or reordering atoms changes nothing but the last
       digits of the arithmetic.
    3. *Bounded*: ``0 <= mean <= n_channel``, the channels of the electrode as they were counted,
       not as a network believes; the interval is no wider than what is possible.
    4. *Honest*: a junction that cannot be treated raises `LabelError`. It never yields NaN.
    5. *Modest*: a junction unlike the training set, by its elements, its electrode or its
       structure, is flagged with a reason, and its interval is wider than that of a similar one
       inside.
    6. *Lasting*: saved and loaded by its family's name, it has the same identity and says the
       same.
    7. *Independent*: a prediction does not depend on which others are asked for with it.
    """

    @property
    def identity(self) -> str:
        """Content hash of everything that predictions depend on."""
        ...

    @property
    def family(self) -> str:
        """Name under which `load_predictor` finds who reads its folder."""
        ...

    @property
    def quantity(self) -> Quantity:
        """Which conductance it predicts."""
        ...

    @property
    def label_recipe(self) -> str:
        """Identity of the method whose labels it learned."""
        ...

    @property
    def description(self) -> Mapping[str, object]:
        """How it was made: plain data, nested mappings allowed."""
        ...

    def predict(self, junctions: Sequence[Junction], /) -> Predictions:
        """Predict the conductance of junctions.

        Raises
        ------
        LabelError
            If one of them cannot be treated.
        """
        ...

    def save(self, folder: str | os.PathLike[str], /) -> None:
        """Write a folder that `load_predictor` reads back; nothing in it is executable."""
        ...


@runtime_checkable
class UnhurriedPredictor(Protocol):
    """A predictor that takes a second for a structure, so that few are a piece of work."""

    @property
    def at_once(self) -> int:
        """Structures of one piece of work: progress is told, and kept, after each."""
        ...


def pieces_of(predictor: Predictor) -> int:
    """Return how many structures are a piece of work, of some seconds at most."""
    return predictor.at_once if isinstance(predictor, UnhurriedPredictor) else _MANY


def capped_width(
    width: Float[np.ndarray, " junction"],
    mean: Float[np.ndarray, " junction"],
    n_channel: Int[np.ndarray, " junction"],
) -> Float[np.ndarray, " junction"]:
    """Cut half widths where the interval holds all that is possible, 0 to the channels."""
    capped: np.ndarray = np.minimum(width, np.maximum(mean, n_channel - mean))
    return capped
