"""One- and two-dimensional conductance histograms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.special import ndtr

from sekkei.errors import InvalidInputError
from sekkei.observe.trace import Trace, select_traces
from sekkei.observe.tunnelling import fill_open
from sekkei.shapes import Float
from sekkei.structure.experiment import Stage

Weighting = Literal["displacement", "snapshot"]

WIDEST_BIN_G0 = 0.05
"""Wider bins than this hide how far a peak is from an integer, in G0."""


@dataclass(frozen=True, slots=True)
class HistogramSpec:
    """How a histogram is made."""

    bin_width: float = 0.05
    """Width of a bin in G0, at most 0.05."""

    upper: float = 7.0
    """End of the last bin in G0; the first begins at 0."""

    weighting: Weighting = "displacement"
    """``displacement``: a snapshot counts by the length it covers, as a pull at constant speed
    and sampling would count it; ``snapshot``: every snapshot counts 1."""

    stages: tuple[Stage, ...] = ("pull",)
    """Which strokes count; experiments histogram the pulls."""

    has_spread: bool = False
    """Whether a predicted conductance is spread by its standard deviation over the bins."""


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """A conductance histogram that remembers which experiment put what where."""

    spec: HistogramSpec
    """How it was made."""

    experiments: tuple[str, ...]
    """Keys of the experiments, the independent units of the statistics."""

    by_experiment: Float[np.ndarray, "experiment bin"]
    """Weight of each experiment in each bin: angstrom, or snapshots, by the weighting."""

    beyond: float
    """Weight above the last bin."""

    n_trace: int
    """Traces that were counted."""

    n_snapshot: int
    """Snapshots that were counted."""

    @property
    def edges(self) -> Float[np.ndarray, " edge"]:
        """Edges of the bins in G0, one more than there are bins."""
        return bin_edges(self.spec.bin_width, 0.0, self.spec.upper)

    @property
    def centers(self) -> Float[np.ndarray, " bin"]:
        """Centres of the bins in G0."""
        edges = self.edges
        centers: np.ndarray = (edges[1:] + edges[:-1]) / 2.0
        return centers

    @property
    def counts(self) -> Float[np.ndarray, " bin"]:
        """Weight in each bin over all experiments."""
        total: np.ndarray = self.by_experiment.sum(axis=0)
        return total

    @property
    def density(self) -> Float[np.ndarray, " bin"]:
        """Counts scaled to an integral of 1 over the range of the bins, per G0."""
        return as_density(self.counts, self.spec.bin_width)


@dataclass(frozen=True, slots=True, eq=False)
class DisplacementHistogram:
    """Two-dimensional histogram: where conductance is, this far before and after breaking."""

    displacement_edges: Float[np.ndarray, " displacement_edge"]
    """Edges in angstrom; 0 is where a trace last falls through ``reference``."""

    conductance_edges: Float[np.ndarray, " conductance_edge"]
    """Edges in G0."""

    counts: Float[np.ndarray, "displacement conductance"]
    """Traces that have this conductance at this displacement."""

    reference: float
    """Conductance in G0 at which traces are aligned."""

    n_trace: int
    """Traces that were counted."""

    n_left_out: int
    """Traces that never fall through the reference, and are left out."""


def conductance_histogram(traces: Sequence[Trace], spec: HistogramSpec | None = None) -> Histogram:
    """Histogram the conductance of some traces.

    Parameters
    ----------
    traces
        Any number, of any experiments and stages; the specification selects.
    spec
        Bins, weights and stages.

    Returns
    -------
    Histogram
        Bins from 0 to ``spec.upper``; a value on an edge belongs to the bin above it. Negative
        values (a surrogate can predict them) count in the first bin.

    Raises
    ------
    InvalidInputError
        If bins are wider than 0.05 G0 or do not divide the range, or nothing is left to count.
    """
    spec = spec or HistogramSpec()
    edges = bin_edges(spec.bin_width, 0.0, spec.upper)
    if spec.bin_width > WIDEST_BIN_G0 + 1e-12:
        raise InvalidInputError(
            f"bins must be at most {WIDEST_BIN_G0} G0 wide, but found {spec.bin_width}; "
            "smooth the counts where they are too few"
        )
    chosen = select_traces(traces, spec.stages)
    # The last column is what lies beyond.
    experiments, weights = sum_by_experiment(
        chosen, edges.size, lambda trace: trace_weights(trace, edges, spec)
    )
    if not weights.sum() > 0.0:
        raise InvalidInputError(
            f"a histogram needs a {' or '.join(spec.stages)} with snapshots at two displacements "
            f"or more, but found none among {len(chosen)} of {len(traces)} traces; label or "
            "predict more snapshots"
        )
    return Histogram(
        spec=spec,
        experiments=experiments,
        by_experiment=weights[:, :-1],
        beyond=float(weights[:, -1].sum()),
        n_trace=len(chosen),
        n_snapshot=sum(trace.conductances.size for trace in chosen),
    )


def smooth(
    counts: Float[np.ndarray, "*batch bin"], bandwidth_g0: float, bin_width_g0: float
) -> Float[np.ndarray, "*batch bin"]:
    """Smooth counts by a Gaussian whose standard deviation is ``bandwidth_g0``.

    The ends reflect, so the total is kept and nothing leaks below zero conductance.
    """
    if bandwidth_g0 <= 0.0:
        return counts
    smoothed: np.ndarray = gaussian_filter1d(
        counts, bandwidth_g0 / bin_width_g0, axis=-1, mode="reflect"
    )
    return smoothed


def as_density(counts: Float[np.ndarray, " bin"], bin_width_g0: float) -> Float[np.ndarray, " bin"]:
    """Scale counts to an integral of 1, per G0; all zero where there is nothing to scale."""
    total = counts.sum() * bin_width_g0
    return counts / total if total > 0.0 else np.zeros_like(counts)


def weighted_sample(
    traces: Sequence[Trace], spec: HistogramSpec | None = None
) -> tuple[Float[np.ndarray, " snapshot"], Float[np.ndarray, " snapshot"]]:
    """Conductances in G0 and their weights, of the traces that a histogram would count."""
    spec = spec or HistogramSpec()
    chosen = select_traces(traces, spec.stages)
    if not chosen:
        return np.zeros(0), np.zeros(0)
    weighed = [weigh_snapshots(trace, spec.weighting) for trace in chosen]
    values = np.concatenate([trace.conductances for trace, _ in weighed])
    return values, np.concatenate([weights for _, weights in weighed])


def displacement_histogram(
    traces: Sequence[Trace],
    *,
    reference_g0: float = 0.5,
    extent_angstrom: tuple[float, float] = (-12.0, 3.0),
    bin_angstrom: float = 0.25,
    spec: HistogramSpec | None = None,
) -> DisplacementHistogram:
    """Histogram conductance against displacement, traces aligned at their breaking.

    Between two snapshots a trace has the conductance of the nearer one; an open contact falls
    exponentially (see `fill_open`). Displacement is
    counted from the point where it last falls through ``reference_g0``, as experiments align
    theirs; beyond its own ends a trace counts nowhere.

    Raises
    ------
    InvalidInputError
        If the bins do not divide the extent.
    """
    spec = spec or HistogramSpec()
    along = bin_edges(bin_angstrom, *extent_angstrom)
    across = bin_edges(spec.bin_width, 0.0, spec.upper)
    counts = np.zeros((along.size - 1, across.size - 1))
    chosen = select_traces(traces, spec.stages)
    n_left_out = 0
    for trace in chosen:
        origin = _breaking_point(trace, reference_g0)
        if origin is None:
            n_left_out += 1
            continue
        counts += _image(fill_open(trace), origin, along, across)
    return DisplacementHistogram(
        displacement_edges=along,
        conductance_edges=across,
        counts=counts,
        reference=reference_g0,
        n_trace=len(chosen) - n_left_out,
        n_left_out=n_left_out,
    )


def bin_edges(width: float, low: float, high: float) -> Float[np.ndarray, " edge"]:
    """Edges of bins of one width.

    Raises
    ------
    InvalidInputError
        If the width does not divide the range.
    """
    n_bin = round((high - low) / width) if width > 0.0 else 0
    if n_bin < 1 or abs(n_bin * width - (high - low)) > 1e-9 * max(1.0, abs(high - low)):
        raise InvalidInputError(
            f"bins must divide their range, but {width} does not divide {low} to {high}; "
            "choose a width that does, such as 0.05"
        )
    return np.linspace(low, high, n_bin + 1)


def sum_by_experiment(
    traces: Sequence[Trace], n_column: int, weigh: Callable[[Trace], Float[np.ndarray, " column"]]
) -> tuple[tuple[str, ...], Float[np.ndarray, "experiment column"]]:
    """Keys of the experiments in order, and the weights of the traces of each, summed."""
    experiments = tuple(sorted({trace.experiment for trace in traces}))
    row = {key: i for i, key in enumerate(experiments)}
    weights = np.zeros((len(experiments), n_column))
    for trace in traces:
        weights[row[trace.experiment]] += weigh(trace)
    return experiments, weights


def weigh_snapshots(
    trace: Trace, weighting: Weighting
) -> tuple[Trace, Float[np.ndarray, " snapshot"]]:
    """Return what is counted of a trace, and how much each point counts: angstrom, or 1.

    By displacement, an open contact counts as it conducts while it opens, see `fill_open`.
    """
    if weighting == "snapshot":
        return trace, np.ones_like(trace.conductances)
    filled = fill_open(trace)
    return filled, filled.coverage


def trace_weights(
    trace: Trace, edges: Float[np.ndarray, " edge"], spec: HistogramSpec
) -> Float[np.ndarray, " edge"]:
    """Weight in each bin, and beyond the last one."""
    trace, weights = weigh_snapshots(trace, spec.weighting)
    is_sharp = (trace.sigmas <= 0.0) | (not spec.has_spread)
    walls = np.append(edges, np.inf)
    sharp = np.maximum(trace.conductances[is_sharp], 0.0)
    total = np.histogram(sharp, walls, weights=weights[is_sharp])[0].astype(np.float64)
    center, sigma = trace.conductances[~is_sharp, None], trace.sigmas[~is_sharp, None]
    # What a Gaussian puts below zero is reflected: a conductance is not negative.
    mass = np.diff(ndtr((walls - center) / sigma) + ndtr((walls + center) / sigma), axis=1)
    spread: np.ndarray = total + weights[~is_sharp] @ mass
    return spread


def _breaking_point(trace: Trace, reference_g0: float) -> float | None:
    closed = np.flatnonzero(trace.conductances >= reference_g0)
    if closed.size == 0 or closed[-1] == trace.conductances.size - 1:
        return None
    last = int(closed[-1])
    return float(trace.displacements[last : last + 2].mean())


def _image(
    trace: Trace,
    origin: float,
    along: Float[np.ndarray, " displacement_edge"],
    across: Float[np.ndarray, " conductance_edge"],
) -> Float[np.ndarray, "displacement conductance"]:
    centers = (along[1:] + along[:-1]) / 2.0 + origin
    halfway = (trace.displacements[1:] + trace.displacements[:-1]) / 2.0
    nearest = trace.conductances[np.searchsorted(halfway, centers)]
    inside = (centers >= trace.displacements[0]) & (centers <= trace.displacements[-1])
    image = np.histogram2d(centers[inside] - origin, nearest[inside], bins=(along, across))[0]
    counts: np.ndarray = image.astype(np.float64)
    return counts
