"""The direct model of a split, and how any model is judged."""

from collections.abc import Callable, Iterator

import numpy as np

from sekkei.bench.learning_errors import Judged
from sekkei.bench.learning_plan import LearningPlan
from sekkei.bench.learning_splits import Split
from sekkei.errors import LabelError
from sekkei.model import Dataset, Predictions, Predictor, train_direct

DIRECT = "direct"


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
        rows = [row for row in range(len(data)) if _is_treated(predictor, data, row)]
        found = predictor.predict([data.junctions[row] for row in rows])
        return np.array(rows, dtype=np.int64), found


def _is_treated(predictor: Predictor, data: Dataset, row: int) -> bool:
    try:
        predictor.predict([data.junctions[row]])
    except LabelError:
        return False
    return True
