"""What comes of a training, whichever the family."""

from collections.abc import Callable
from dataclasses import dataclass

from sekkei.model.metric import EvaluationReport
from sekkei.model.predictor import Predictor

FitProgress = Callable[[int, int], None]
"""Called with how many fits are done and how many there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """A predictor and how good it is."""

    predictor: Predictor
    """What was trained."""

    report: EvaluationReport
    """What was measured, with every baseline."""

    n_label: int
    """Number of labels, held-out ones included."""

    seed: int
    """Seed of split and weights."""
