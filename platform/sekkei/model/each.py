"""What a predictor says of many structures, where one that it refuses does not cost the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sekkei.errors import LabelError
from sekkei.model.predictor import Predictor, pieces_of
from sekkei.structure.junction import Junction


@dataclass(frozen=True, slots=True)
class StructurePrediction:
    """What a predictor says of one structure, or why it refuses."""

    frame: int
    """Position among the structures, from 0."""

    n_atom: int
    """Atoms of the structure."""

    conductance_g0: float | None = None
    """Predicted conductance in G0; None if refused."""

    sigma_g0: float | None = None
    """Half width of the 68 % interval in G0."""

    low_g0: float | None = None
    """Lower end of that interval."""

    high_g0: float | None = None
    """Its upper end."""

    n_channel: int | None = None
    """Channels of the electrode: no conductance is larger."""

    is_outside: bool | None = None
    """Whether the structure is unlike all that the model was trained on."""

    reason: str | None = None
    """Why it is outside."""

    refusal: str | None = None
    """Name of the error if the model cannot treat it."""

    message: str | None = None
    """Why, in one line."""


def predict_each(
    predictor: Predictor, junctions: Sequence[Junction], at_once: int | None = None
) -> Iterator[StructurePrediction]:
    """Predict structures in their order; those that cannot be treated are refused one by one.

    Parameters
    ----------
    predictor
        Who predicts.
    junctions
        The structures.
    at_once
        How many are predicted together, so that many need no more memory than a few; as many as
        the model takes some seconds for if absent.
    """
    size = at_once or pieces_of(predictor)
    for start in range(0, len(junctions), size):
        some = junctions[start : start + size]
        try:
            yield from _together(predictor, some, start)
        except LabelError:
            # Whichever it is, the others can be predicted.
            for i, junction in enumerate(some):
                yield _alone(predictor, junction, start + i)


def _alone(predictor: Predictor, junction: Junction, frame: int) -> StructurePrediction:
    try:
        return _together(predictor, [junction], frame)[0]
    except LabelError as error:
        kind = type(error).__name__
        return StructurePrediction(frame, junction.n_atom, refusal=kind, message=error.message)


def _together(
    predictor: Predictor, junctions: Sequence[Junction], start: int
) -> list[StructurePrediction]:
    found = predictor.predict(junctions)
    predictions = []
    for i, junction in enumerate(junctions):
        mean, sigma = float(found.mean[i]), float(found.sigma[i])
        n_channel = int(found.n_channel[i])
        predictions.append(
            StructurePrediction(
                frame=start + i,
                n_atom=junction.n_atom,
                conductance_g0=mean,
                sigma_g0=sigma,
                low_g0=max(0.0, mean - sigma),
                high_g0=min(float(n_channel), mean + sigma),
                n_channel=n_channel,
                is_outside=bool(found.is_outside[i]),
                reason=found.reasons[i] or None,
            )
        )
    return predictions
