"""Workers: plain classes, which know nothing of who calls them."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from jaxtyping import Float

from sekkei.structure.dynamics import run_experiment
from sekkei.structure.experiment import Experiment, ExperimentSpec
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Labeler, Outcome, label_all


class ExperimentWorker:
    """Runs virtual experiments."""

    def work(self, spec: ExperimentSpec, /) -> Experiment:
        """Run one experiment.

        Raises
        ------
        ExperimentError
            If the dynamics failed.
        """
        return run_experiment(spec)


class LabelWorker:
    """Holds one warm labeler."""

    def __init__(self, make_labeler: Callable[[], Labeler]) -> None:
        self._labeler = make_labeler()

    def work(self, junction: Junction, /) -> Outcome:
        """Label one junction; one that cannot be labelled is a refusal."""
        return next(label_all(self._labeler, [junction]))


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


class Predictor(Protocol):
    """What the fleet needs of a surrogate."""

    @property
    def identity(self) -> str:
        """Content hash of weights and recipe."""
        ...

    def predict(self, junctions: Sequence[Junction], /) -> Prediction:
        """Predict the conductance of each junction."""
        ...


class InferenceWorker:
    """Holds one warm surrogate."""

    def __init__(self, make_surrogate: Callable[[], Predictor]) -> None:
        self._surrogate = make_surrogate()

    def work(self, junctions: Sequence[Junction], /) -> Prediction:
        """Predict the conductance of several junctions."""
        return self._surrogate.predict(junctions)
