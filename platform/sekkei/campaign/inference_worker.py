"""The worker that holds a predictor, and what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sekkei.errors import LabelError
from sekkei.lake.record import PredictionRow, prediction_key
from sekkei.model.predictor import Predictor
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Refusal


@dataclass(frozen=True, slots=True)
class Inference:
    """What a predictor says of several snapshots."""

    predictions: tuple[PredictionRow, ...]
    """Of those that it can treat."""

    refusals: Mapping[str, Refusal]
    """Of the others, under their keys."""

    n_outside: int = 0
    """How many of the predicted are unlike what the predictor was trained on."""


class InferenceWorker:
    """Holds one warm predictor."""

    def __init__(self, make_predictor: Callable[[], Predictor]) -> None:
        self._predictor = make_predictor()
        self._model = self._predictor.identity

    def work(self, junctions: Mapping[str, Junction], /) -> Inference:
        """Predict the conductance of several snapshots, given under their keys."""
        try:
            return self._predict(junctions)
        except LabelError:
            # One that cannot be treated spoils a batch for all: find out which.
            return self._predict_one_by_one(junctions)

    def _predict_one_by_one(self, junctions: Mapping[str, Junction]) -> Inference:
        found: list[Inference] = []
        refusals: dict[str, Refusal] = {}
        for key, junction in junctions.items():
            try:
                found.append(self._predict({key: junction}))
            except LabelError as error:
                kind = type(error).__name__
                refusals[key] = Refusal(kind=kind, message=error.message, recipe=self._model)
        return Inference(
            predictions=tuple(row for one in found for row in one.predictions),
            refusals=refusals,
            n_outside=sum(one.n_outside for one in found),
        )

    def _predict(self, junctions: Mapping[str, Junction]) -> Inference:
        found = self._predictor.predict(list(junctions.values()))
        rows = tuple(
            PredictionRow(
                key=prediction_key(snapshot, self._model),
                snapshot=snapshot,
                model=self._model,
                conductance_g0=float(mean),
                sigma_g0=float(sigma),
            )
            for snapshot, mean, sigma in zip(junctions, found.mean, found.sigma, strict=True)
        )
        return Inference(predictions=rows, refusals={}, n_outside=found.n_outside)
