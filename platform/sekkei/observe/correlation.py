"""Two-dimensional correlation histograms: what one conductance says of another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.observe.histogram import HistogramSpec, Weighting, bin_edges, smooth, trace_weights
from sekkei.observe.trace import Trace
from sekkei.shapes import Float
from sekkei.structure.experiment import Stage


@dataclass(frozen=True, slots=True)
class CorrelationSpec:
    """How a correlation histogram is made."""

    bin_width: float = 0.1
    """Width of a bin in G0."""

    upper: float = 7.0
    """End of the last bin in G0."""

    weighting: Weighting = "displacement"
    """As in `HistogramSpec`."""

    bandwidth: float = 0.0
    """Standard deviation in G0 of a Gaussian that smooths the counts of each trace. It correlates
    bins within about twice its width; sparse traces need it."""

    least_traces: int = 5
    """A bin that fewer traces visit is left out: one trace with both would look like a law."""


@dataclass(frozen=True, slots=True, eq=False)
class CorrelationHistogram:
    """Correlation of the counts in every two bins."""

    edges: Float[np.ndarray, " edge"]
    """Edges of the bins in G0, of both axes."""

    coefficients: Float[np.ndarray, "bin bin"]
    """From -1 to 1; NaN where a bin has the same count in every trace, or too few traces."""

    n_pair: int
    """Traces, or pairs of traces, that were counted."""

    noise: float
    """Standard deviation of a coefficient between independent bins, 1/sqrt(n_pair)."""

    first: Stage
    """Stage of the first axis."""

    second: Stage
    """Stage of the second axis."""


def correlation_histogram(
    traces: Sequence[Trace],
    spec: CorrelationSpec | None = None,
    *,
    first: Stage = "pull",
    second: Stage = "pull",
) -> CorrelationHistogram:
    r"""Correlate the counts of every two bins over traces.

    .. math:: C_{ij} = \frac{\langle \delta N_i \delta M_j \rangle}
       {\sqrt{\langle \delta N_i^2 \rangle \langle \delta M_j^2 \rangle}}

    with the count :math:`N_i` of a trace in bin i and its deviation from the mean over traces. Of
    one stage, N and M are the same trace [1]_; of two, a pull and the push of the same cycle of
    the same experiment [2]_. Where a plateau comes at the expense of another the coefficient is
    negative; where both come together it is positive.

    Raises
    ------
    InvalidInputError
        If fewer than three traces, or pairs, are there.

    References
    ----------
    .. [1] A. Halbritter et al., Phys. Rev. Lett. 105, 266805 (2010).
       doi:10.1103/PhysRevLett.105.266805
    .. [2] A. Magyarkuti et al., J. Chem. Phys. 146, 092319 (2017), arXiv:1612.01439.
    """
    spec = spec or CorrelationSpec()
    edges = bin_edges(spec.bin_width, 0.0, spec.upper)
    pairs = _pairs(traces, first, second)
    if len(pairs) < 3:
        kind = first if first == second else f"{first} and {second} of one cycle"
        raise InvalidInputError(
            f"a correlation needs three traces or more, but {len(pairs)} of {len(traces)} are "
            f"{kind}; label or measure more"
        )
    counts = HistogramSpec(spec.bin_width, spec.upper, spec.weighting)
    one = np.array([trace_weights(a, edges, counts)[:-1] for a, _ in pairs])
    other = np.array([trace_weights(b, edges, counts)[:-1] for _, b in pairs])
    return CorrelationHistogram(
        edges=edges,
        coefficients=_coefficients(*(_smoothed(table, spec) for table in (one, other))),
        n_pair=len(pairs),
        noise=len(pairs) ** -0.5,
        first=first,
        second=second,
    )


def _pairs(traces: Sequence[Trace], first: Stage, second: Stage) -> list[tuple[Trace, Trace]]:
    found = {(trace.experiment, trace.cycle, trace.stage): trace for trace in traces}
    return [
        (trace, found[experiment, cycle, second])
        for (experiment, cycle, stage), trace in found.items()
        if stage == first and (experiment, cycle, second) in found
    ]


def _smoothed(
    table: Float[np.ndarray, "trace bin"], spec: CorrelationSpec
) -> Float[np.ndarray, "trace bin"]:
    found = smooth(table, spec.bandwidth, spec.bin_width)
    is_rare = (table > 0.0).sum(axis=0) < spec.least_traces
    return np.where(is_rare, 0.0, found)


def _coefficients(
    one: Float[np.ndarray, "trace bin"], other: Float[np.ndarray, "trace bin"]
) -> Float[np.ndarray, "bin bin"]:
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    scale = np.sqrt(np.outer((one**2).sum(axis=0), (other**2).sum(axis=0)))
    found: np.ndarray = np.full(scale.shape, np.nan)
    # Counts that never change leave rounding errors, not zeros.
    np.divide(one.T @ other, scale, out=found, where=scale > 1e-12 * max(1.0, float(scale.max())))
    return found
