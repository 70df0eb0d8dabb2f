"""The worker that holds a surrogate, and what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from sekkei.errors import LabelError
from sekkei.lake.record import PredictionRow, prediction_key
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Refusal


@runtime_checkable
class Prediction(Protocol):
    """What a surrogate says of several junctions."""

    @property
    def mean(self) -> Float[np.ndarray, " junction"]:
        """Conductance in G0."""
        ...

    @property
    def sigma(self) -> Float[np.ndarray, " junction"]:
        """Standard deviation in G0."""
        ...


@runtime_checkable
class Predictor(Protocol):
    """What the fleet needs of a surrogate."""

    @property
    def identity(self) -> str:
        """Content hash of weights and recipe."""
        ...

    def predict(self, junctions: Sequence[Junction], /) -> Prediction:
        """Predict the conductance of each junction."""
        ...


@dataclass(frozen=True, slots=True)
class Inference:
    """What a surrogate says of several snapshots."""

    predictions: tuple[PredictionRow, ...]
    """Of those that it can treat."""

    refusals: Mapping[str, Refusal]
    """Of the others, under their keys."""


class InferenceWorker:
    """Holds one warm surrogate."""

    def __init__(self, make_surrogate: Callable[[], Predictor]) -> None:
        self._surrogate = make_surrogate()
        self._model = self._surrogate.identity

    def work(self, junctions: Mapping[str, Junction], /) -> Inference:
        """Predict the conductance of several snapshots, given under their keys."""
        try:
            return Inference(predictions=self._predict(junctions), refusals={})
        except LabelError:
            # One that cannot be treated spoils a batch for all: find out which.
            return self._predict_one_by_one(junctions)

    def _predict_one_by_one(self, junctions: Mapping[str, Junction]) -> Inference:
        predictions: list[PredictionRow] = []
        refusals: dict[str, Refusal] = {}
        for key, junction in junctions.items():
            try:
                predictions.extend(self._predict({key: junction}))
            except LabelError as error:
                kind = type(error).__name__
                refusals[key] = Refusal(kind=kind, message=error.message, recipe=self._model)
        return Inference(predictions=tuple(predictions), refusals=refusals)

    def _predict(self, junctions: Mapping[str, Junction]) -> tuple[PredictionRow, ...]:
        found = self._surrogate.predict(list(junctions.values()))
        return tuple(
            PredictionRow(
                key=prediction_key(snapshot, self._model),
                snapshot=snapshot,
                model=self._model,
                conductance_g0=float(mean),
                sigma_g0=float(sigma),
            )
            for snapshot, mean, sigma in zip(junctions, found.mean, found.sigma, strict=True)
        )
