"""Figures of the benchmark of learning, and the predictions behind them."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from sekkei.bench.learning_baselines import BASELINES
from sekkei.bench.learning_errors import Judged
from sekkei.bench.learning_splits import LABELS, MATRICES, SIZE
from sekkei.bench.result import Row
from sekkei.observe.figures import as_bytes
from sekkei.observe.figures.model import Curve, ParitySample, learning_figure, parity_figure

TRAINING_SIZE = "1x"

MOST_BARS = 60
"""More points are drawn without their intervals."""


def make_files(judged: Sequence[Judged], rows: Sequence[Row]) -> dict[str, bytes]:
    """Draw parity at the training size, at larger sizes, and data need; write all predictions."""
    sized = [one for one in judged if one.split.table == SIZE and one.predictions is not None]
    figures = {
        "learning-parity": [_sample(one) for one in sized if one.test == TRAINING_SIZE],
        "learning-parity-larger": [_sample(one) for one in sized if one.test != TRAINING_SIZE],
    }
    drawn = {name: parity_figure(samples) for name, samples in figures.items() if samples}
    curves = _curves(rows)
    if curves:
        drawn["learning-curve"] = learning_figure(curves, x_label="labels or matrices learned from")
    files = {
        f"{name}.{kind}": as_bytes(figure, kind)
        for name, figure in drawn.items()
        for kind in ("png", "svg")
    }
    written = json.dumps([_plain(one) for one in judged]) + "\n"
    return {**files, "learning-predictions.json": written.encode()}


def _sample(one: Judged) -> ParitySample:
    is_legible = one.predictions is not None and one.mean.size <= MOST_BARS
    sigma = one.predictions.sigma if is_legible and one.predictions else np.zeros_like(one.mean)
    return ParitySample(f"{one.model}, {one.test}", one.truth, one.mean, sigma, one.groups)


def _curves(rows: Sequence[Row]) -> list[Curve]:
    """Errors against what was learned from, a line for each family and size; no single points."""
    lines: dict[str, dict[int, float]] = {}
    for row in rows:
        if row["table"] in {SIZE, LABELS, MATRICES} and row["model"] not in BASELINES:
            line = lines.setdefault(f"{row['model']}, {row['test']}", {})
            line[row["n_learned"]] = row["mae_g0"]
    chosen = {name: sorted(line.items()) for name, line in lines.items() if len(line) > 1}
    return [
        Curve(name, np.array([n for n, _ in line], float), np.array([mae for _, mae in line]))
        for name, line in chosen.items()
    ]


def _plain(one: Judged) -> Mapping[str, object]:
    data = one.split.tests[one.test]
    found = one.predictions
    return {
        "table": one.split.table,
        "trained_on": one.split.trained_on,
        "n_learned": one.n_learned,
        "test": one.test,
        "model": one.model,
        "snapshot": list(data.snapshot_keys),
        "label_g0": np.round(one.truth, 5).tolist(),
        "predicted_g0": np.round(one.mean, 5).tolist(),
        "sigma_g0": None if found is None else np.round(found.sigma, 5).tolist(),
        "is_outside": None if found is None else found.is_outside.tolist(),
    }
