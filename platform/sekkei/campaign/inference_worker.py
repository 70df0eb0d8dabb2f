"""The worker that holds a predictor, and what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sekkei.lake.record import PredictionRow, prediction_key
from sekkei.model.each import predict_each
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
        found = predict_each(self._predictor, list(junctions.values()), max(len(junctions), 1))
        rows: list[PredictionRow] = []
        refusals: dict[str, Refusal] = {}
        n_outside = 0
        for snapshot, one in zip(junctions, found, strict=True):
            if one.conductance_g0 is None or one.sigma_g0 is None:
                kind, message = str(one.refusal), str(one.message)
                refusals[snapshot] = Refusal(kind=kind, message=message, recipe=self._model)
                continue
            n_outside += bool(one.is_outside)
            rows.append(
                PredictionRow(
                    key=prediction_key(snapshot, self._model),
                    snapshot=snapshot,
                    model=self._model,
                    conductance_g0=one.conductance_g0,
                    sigma_g0=one.sigma_g0,
                )
            )
        return Inference(tuple(rows), refusals, n_outside)
