"""Histograms of the logarithm of conductance: the tunnelling side of a contact that breaks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.observe.histogram import Weighting, sum_by_experiment, weigh_snapshots
from sekkei.observe.trace import Trace, select_traces
from sekkei.shapes import Float
from sekkei.structure.experiment import Stage


@dataclass(frozen=True, slots=True)
class LogHistogramSpec:
    """How a logarithmic histogram is made."""

    lowest_decade: int = -6
    """Exponent of ten at which the first bin begins."""

    highest_decade: int = 1
    """Exponent of ten at which the last bin ends."""

    per_decade: int = 20
    """Bins in each decade."""

    weighting: Weighting = "displacement"
    """As in `HistogramSpec`."""

    stages: tuple[Stage, ...] = ("pull",)
    """Which strokes count."""


@dataclass(frozen=True, slots=True, eq=False)
class LogHistogram:
    """A histogram over log10(G/G0)."""

    spec: LogHistogramSpec
    """How it was made."""

    edges: Float[np.ndarray, " edge"]
    """Edges of the bins in G0, equidistant in the logarithm."""

    experiments: tuple[str, ...]
    """Keys of the experiments."""

    by_experiment: Float[np.ndarray, "experiment bin"]
    """Weight of each experiment in each bin."""

    below: float
    """Weight under the first bin: broken to the noise floor, or negative by an offset."""

    beyond: float
    """Weight above the last bin."""

    n_negative: int
    """Values that are zero or negative, which no logarithm shows."""

    @property
    def counts(self) -> Float[np.ndarray, " bin"]:
        """Weight in each bin over all experiments."""
        total: np.ndarray = self.by_experiment.sum(axis=0)
        return total

    @property
    def density(self) -> Float[np.ndarray, " bin"]:
        """Counts scaled to an integral of 1 over the bins, per decade."""
        total = float(self.counts.sum()) / self.spec.per_decade
        return self.counts / total if total > 0.0 else np.zeros_like(self.counts)


def log_histogram(traces: Sequence[Trace], spec: LogHistogramSpec | None = None) -> LogHistogram:
    """Histogram the logarithm of the conductance of some traces.

    Raises
    ------
    InvalidInputError
        If the decades or bins are none, or no trace is left to count.
    """
    spec = spec or LogHistogramSpec()
    if spec.highest_decade <= spec.lowest_decade or spec.per_decade < 1:
        raise InvalidInputError(
            "a logarithmic histogram must have a decade and a bin or more, but found "
            f"{spec.lowest_decade} to {spec.highest_decade} with {spec.per_decade} each"
        )
    chosen = select_traces(traces, spec.stages)
    if not chosen:
        raise InvalidInputError(
            f"a histogram needs traces of {spec.stages}, but none of {len(traces)} is one"
        )
    n_bin = (spec.highest_decade - spec.lowest_decade) * spec.per_decade
    edges = np.logspace(spec.lowest_decade, spec.highest_decade, n_bin + 1)
    walls = np.concatenate([[-np.inf], edges, [np.inf]])

    def weigh(trace: Trace) -> Float[np.ndarray, " column"]:
        counted, each = weigh_snapshots(trace, spec.weighting)
        return np.histogram(counted.conductances, walls, weights=each)[0]

    experiments, weights = sum_by_experiment(chosen, n_bin + 2, weigh)
    return LogHistogram(
        spec=spec,
        edges=edges,
        experiments=experiments,
        by_experiment=weights[:, 1:-1],
        below=float(weights[:, 0].sum()),
        beyond=float(weights[:, -1].sum()),
        n_negative=int(sum((trace.conductances <= 0.0).sum() for trace in chosen)),
    )
