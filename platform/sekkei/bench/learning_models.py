"""The direct model of a split, and how any model is judged."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from sekkei.bench.learning_errors import Judged
from sekkei.bench.learning_plan import LearningPlan
from sekkei.bench.learning_splits import Split
from sekkei.errors import LabelError
from sekkei.model import Dataset, Predictions, Predictor, train_direct
from sekkei.structure.junction import Junction


def fit_direct(split: Split, plan: LearningPlan) -> Predictor:
    """Train a direct model on what a split learns from.

    The training holds a part of it out for a report of its own, which is not read here.
    """
    return train_direct(split.train, plan.direct, plan.seed).predictor


def judge_model(
    name: str, predictor: Predictor, split: Split, n_learned: int, note: Callable[[str], None]
) -> Iterator[Judged]:
    """Let a model predict the tests of a split; what it refuses is noted and left out."""
    for test, data in split.tests.items():
        kept, found = predict_each(predictor, data)
        if len(kept) < len(data):
            note(f"{name} refuses {len(data) - len(kept)} of {len(data)} junctions of {test}")
        if kept.size:
            rest = Split(split.table, split.trained_on, split.train, {test: data.rows(kept)})
            yield Judged(rest, test, name, n_learned, found.mean, found)


def predict_each(predictor: Predictor, data: Dataset) -> tuple[np.ndarray, Predictions]:
    """Predict junctions; all at once, or one by one where one of them is refused.

    Returns
    -------
    ndarray
        Rows that are predicted.
    Predictions
        Of these.
    """
    try:
        return np.arange(len(data)), predictor.predict(data.junctions)
    except LabelError:
        found = {row: _one(predictor, data.junctions[row]) for row in range(len(data))}
    kept = {row: one for row, one in found.items() if one is not None}
    return np.array(list(kept), dtype=np.int64), _joined([predictor.predict([]), *kept.values()])


def _one(predictor: Predictor, junction: Junction) -> Predictions | None:
    try:
        return predictor.predict([junction])
    except LabelError:
        return None


def _joined(parts: Sequence[Predictions]) -> Predictions:
    names = ("mean", "sigma", "n_channel", "is_bound_known", "is_outside")
    arrays = {name: [getattr(part, name) for part in parts] for name in names}
    return Predictions(
        reasons=tuple(reason for part in parts for reason in part.reasons),
        **{name: np.concatenate(found) for name, found in arrays.items()},
    )
