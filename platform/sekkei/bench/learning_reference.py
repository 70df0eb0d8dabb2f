"""The same predictions against labels of a better recipe, where there are some."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sekkei.arrays import freeze
from sekkei.bench.learning_errors import Judged
from sekkei.bench.learning_splits import REFERENCE, SIZE, Split
from sekkei.lake import Lake
from sekkei.model import Dataset

LABELS = "labels"
"""Name of the recipe that models learned from, which has errors, too."""


def read_reference(folder: Path, recipe: str) -> dict[str, float]:
    """Read labels of another recipe by snapshot.

    Parameters
    ----------
    folder
        Lake that has labels of one other recipe.
    recipe
        The one that models learn from, whose labels are passed over.

    Raises
    ------
    InvalidInputError
        If there are labels of no other recipe, or of several.
    """
    lake = Lake.open(folder)
    others = sorted(set(lake.table("label")["recipe"].tolist()) - {recipe})
    data = Dataset.from_lake(lake, others[0] if len(others) == 1 else None)
    return dict(zip(data.snapshot_keys, data.conductance_g0.tolist(), strict=True))


def against_reference(judged: Sequence[Judged], reference: Mapping[str, float]) -> Iterator[Judged]:
    """Judge again what was said of sizes, and the labels themselves, by the reference."""
    tests: dict[str, Judged] = {}
    for one in judged:
        again = _again(one, reference) if one.split.table == SIZE else None
        if again is not None:
            tests.setdefault(one.test, one)
            yield again
    for one in tests.values():
        labels = _again(replace(one, model=LABELS, mean=one.truth, n_learned=0), reference)
        if labels is not None:
            yield labels


def _again(one: Judged, reference: Mapping[str, float]) -> Judged | None:
    data = one.split.tests[one.test]
    rows = np.array([i for i, key in enumerate(data.snapshot_keys) if key in reference], np.int64)
    if not rows.size:
        return None
    some = data.rows(rows)
    truth = np.array([reference[key] for key in some.snapshot_keys])
    again = replace(some, conductance_g0=freeze(truth))
    split = Split(REFERENCE, one.split.trained_on, one.split.train, {one.test: again})
    return Judged(split, one.test, one.model, one.n_learned, one.mean[rows])
