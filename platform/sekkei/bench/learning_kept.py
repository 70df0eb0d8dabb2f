"""What a run of hours keeps, so that the same command goes on where it was stopped."""

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sekkei.bench.learning_errors import Judged
from sekkei.bench.learning_splits import Split
from sekkei.identity import content_hash
from sekkei.model import Dataset, Predictions, Predictor, load_predictor
from sekkei.transport.cache import ArrayCache

_FIELDS = ("sigma", "n_channel", "is_bound_known", "is_outside")


class Kept:
    """Models and predictions in a folder, by all that they depend on."""

    def __init__(self, folder: Path | None, code: str) -> None:
        """Keep nothing without a folder, nor from edited code: it has no identity.

        Parameters
        ----------
        folder
            Where finished things are kept.
        code
            Version of the code: another one makes everything anew.
        """
        self._folder = None if code.endswith("-dirty") else folder
        self._code = code

    def predictor(self, parts: Sequence[Any], make: Callable[[], Predictor]) -> Predictor:
        """Return a model; it is made if it is not there."""
        if self._folder is None:
            return make()
        path = self._folder / content_hash("model", self._code, parts)
        if not path.is_dir():
            made = make()
            self._folder.mkdir(parents=True, exist_ok=True)
            # A half-written folder must never carry the final name.
            unfinished = Path(tempfile.mkdtemp(dir=self._folder))
            made.save(unfinished)
            os.replace(unfinished, path)  # noqa: PTH105  # both are names, not paths
        return load_predictor(path)

    def judged(
        self, parts: Sequence[Any], split: Split, make: Callable[[], Iterable[Judged]]
    ) -> list[Judged]:
        """Return what models say of the tests of a split; it is asked if it is not there."""
        if self._folder is None:
            return list(make())
        key = content_hash("judged", self._code, parts, split_parts(split))
        arrays = ArrayCache(self._folder).get(key, lambda: _arrays(list(make())))
        return [_restored(arrays, at, split) for at in range(int(arrays["n"]))]


def split_parts(split: Split) -> dict[str, Any]:
    """Return what identifies a split, as `content_hash` takes it."""
    return {
        "names": (split.table, split.trained_on),
        "train": (split.train.snapshot_keys, split.train.groups),
        "labels": split.train.conductance_g0,
        "tests": {name: data.snapshot_keys for name, data in split.tests.items()},
    }


def _arrays(judged: Sequence[Judged]) -> dict[str, np.ndarray]:
    arrays = {"n": np.array(len(judged))}
    for at, one in enumerate(judged):
        arrays |= {
            f"{at}.names": np.array([one.test, one.model]),
            f"{at}.n_learned": np.array(one.n_learned),
            f"{at}.keys": np.array(one.split.tests[one.test].snapshot_keys),
            f"{at}.mean": one.mean,
        }
        if one.predictions is not None:
            arrays[f"{at}.reasons"] = np.array(one.predictions.reasons, dtype=str)
            arrays |= {f"{at}.{name}": getattr(one.predictions, name) for name in _FIELDS}
    return arrays


def _restored(arrays: Mapping[str, np.ndarray], at: int, split: Split) -> Judged:
    test, model = arrays[f"{at}.names"].tolist()
    data = _rows(split.tests[test], arrays[f"{at}.keys"].tolist())
    mean, found = arrays[f"{at}.mean"], None
    if f"{at}.reasons" in arrays:
        fields = {name: arrays[f"{at}.{name}"] for name in _FIELDS}
        found = Predictions(mean=mean, reasons=tuple(arrays[f"{at}.reasons"].tolist()), **fields)
    its = Split(split.table, split.trained_on, split.train, {test: data})
    return Judged(its, test, model, int(arrays[f"{at}.n_learned"]), mean, found)


def _rows(data: Dataset, keys: Sequence[str]) -> Dataset:
    """Return those rows that were not refused."""
    place = {key: row for row, key in enumerate(data.snapshot_keys)}
    return data.rows(np.array([place[key] for key in keys], dtype=np.int64))
