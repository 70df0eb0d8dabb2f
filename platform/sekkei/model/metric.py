"""How good a model is: figures by split, curves, and the predictions behind them."""

import os
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.model.calibration import Coverage
from sekkei.shapes import Float

DIRECT = "direct"
"""Name of the direct model in a report's rows; all other names are baselines."""

_PARITY = ("snapshot", "truth_g0", "predicted_g0", "sigma_g0")


@dataclass(frozen=True, slots=True)
class MetricRow:
    """Figures of one model on one split."""

    model: str
    """Name of the model; `DIRECT` is the direct model, the others are its baselines."""

    split: str
    """``train``, ``cross-validation``, ``test`` or ``electrode <name>``."""

    n: int
    """Number of labels."""

    n_experiment: int
    """Number of experiments that they are from."""

    r2: float
    """Coefficient of determination; NaN where the truth does not vary."""

    mae: float
    """Mean absolute error in G0."""

    rmse: float
    """Root of the mean squared error in G0."""

    max_error: float
    """Largest absolute error in G0."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of a learning curve."""

    member: int
    """Member of the ensemble, from 0."""

    epoch: int
    """Passes over the training rows."""

    train_rmse: float
    """RMSE in G0 on what the member was trained on."""

    left_out_rmse: float
    """RMSE in G0 on the experiments that it left out."""


@dataclass(frozen=True, slots=True, eq=False)
class ParityTable(ReadOnlyArrays):
    """Truth against prediction. Its arrays are read-only."""

    split: str
    """Rows that it shows."""

    snapshot_keys: tuple[str, ...]
    """Key of the snapshot of each row."""

    truth: Float[np.ndarray, " row"]
    """Labels in G0."""

    predicted: Float[np.ndarray, " row"]
    """Predictions in G0."""

    sigma: Float[np.ndarray, " row"]
    """Half width of the 68 % interval in G0."""

    @property
    def within_sigma(self) -> float:
        """Share of rows whose truth lies within the 68 % interval."""
        return float((np.abs(self.predicted - self.truth) <= self.sigma).mean())

    @classmethod
    def from_csv(cls, split: str, file: str | os.PathLike[str]) -> "ParityTable":
        """Read what `to_frame` was written to."""
        table = pd.read_csv(file, dtype={"snapshot": str}, keep_default_na=False)
        columns = (freeze(table[name].to_numpy(float)) for name in _PARITY[1:])
        return cls(split, tuple(table[_PARITY[0]]), *columns)

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row per junction."""
        values = (self.snapshot_keys, self.truth, self.predicted, self.sigma)
        return pd.DataFrame(dict(zip(_PARITY, values, strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationReport:
    """Everything that was measured in one training."""

    rows: tuple[MetricRow, ...]
    """Figures of the surrogate and of every baseline, by split."""

    curves: tuple[CurvePoint, ...]
    """Learning curves of the surrogate's members."""

    test: ParityTable
    """The surrogate on held-out experiments."""

    out_of_fold: ParityTable
    """Each training row by the member that did not see its experiment."""

    coverage: tuple[Coverage, ...]
    """Promised and measured coverage of the intervals."""

    def to_frame(self) -> pd.DataFrame:
        """Return the figures as a table."""
        return pd.DataFrame([asdict(row) for row in self.rows])

    def row(self, model: str, split: str) -> MetricRow:
        """Return the figures of one model on one split.

        Raises
        ------
        KeyError
            If there are none.
        """
        for found in self.rows:
            if (found.model, found.split) == (model, split):
                return found
        raise KeyError((model, split))


def measure(
    model: str,
    split: str,
    truth: Float[np.ndarray, " row"],
    predicted: Float[np.ndarray, " row"],
    n_experiment: int,
) -> MetricRow:
    """Compare predictions with labels, both in G0 and ``(n_row,)``.

    Examples
    --------
    >>> measure("m", "test", np.array([0.0, 2.0]), np.array([0.0, 1.0]), 2).r2
    0.5
    """
    error = predicted - truth
    total = float(((truth - truth.mean()) ** 2).sum())
    return MetricRow(
        model=model,
        split=split,
        n=len(truth),
        n_experiment=n_experiment,
        r2=1.0 - float((error**2).sum()) / total if total > 0.0 else float("nan"),
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt((error**2).mean())),
        max_error=float(np.abs(error).max()),
    )
