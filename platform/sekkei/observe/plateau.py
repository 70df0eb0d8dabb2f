"""Plateau lengths, one window of conductance for each integer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.observe.peaks import bootstrap_copies, percentile_interval
from sekkei.observe.trace import Trace
from sekkei.observe.tunnelling import fill_open
from sekkei.shapes import Float


@dataclass(frozen=True, slots=True)
class PlateauSpec:
    """What is taken for a plateau.

    Its length is the displacement that a trace spends within the window, all visits together; a
    snapshot stands for the half-way points to its neighbours, an open contact for what it conducts
    while it opens.
    """

    nominal: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    """Centres of the windows in G0."""

    half_width: float = 0.5
    """Half width of a window in G0; at 0.5 every conductance belongs to one window."""

    n_resample: int = 1000
    """Bootstrap resamples of the experiments."""

    confidence: float = 0.95
    """Confidence of the interval."""


@dataclass(frozen=True, slots=True)
class PlateauRow:
    """How long the plateaus about one conductance are."""

    nominal: int
    """Centre of the window in G0."""

    n_trace: int
    """Traces that were looked at."""

    n_present: int
    """Traces that spend any displacement in the window."""

    mean_angstrom: float
    """Mean length over all traces in angstrom, absent plateaus counting 0."""

    median_angstrom: float
    """Median length of those that are present, in angstrom; NaN where none is."""

    interval_angstrom: tuple[float, float] | None
    """Bootstrap interval of the mean over experiments; ``None`` for fewer than two of them."""


def plateau_table(
    traces: Sequence[Trace], rng: np.random.Generator, spec: PlateauSpec | None = None
) -> tuple[PlateauRow, ...]:
    """Measure the plateaus in each window of conductance.

    Parameters
    ----------
    traces
        Of one stage; `select_traces` chooses.
    rng
        Source of the resamples.
    spec
        Windows and resamples.

    Raises
    ------
    InvalidInputError
        If there is no trace.
    """
    spec = spec or PlateauSpec()
    if not traces:
        raise InvalidInputError(
            "plateau lengths need a trace or more, but found none; choose another stage"
        )
    experiments, owner = np.unique([trace.experiment for trace in traces], return_inverse=True)
    copies = bootstrap_copies(experiments.size, rng, spec.n_resample)
    return tuple(
        _row(n, plateau_lengths(traces, float(n), spec.half_width), owner, copies, spec.confidence)
        for n in spec.nominal
    )


def plateau_lengths(
    traces: Sequence[Trace], center_g0: float = 1.0, half_width_g0: float = 0.5
) -> Float[np.ndarray, " trace"]:
    """Displacement over which each trace conducts about ``center_g0``.

    Returns
    -------
    ndarray
        One length in angstrom per trace; 0 where the plateau is missing.
    """
    return np.array(
        [_length(fill_open(trace), center_g0, half_width_g0) for trace in traces],
        dtype=np.float64,
    )


def _length(trace: Trace, center_g0: float, half_width_g0: float) -> float:
    is_within = np.abs(trace.conductances - center_g0) <= half_width_g0
    return float(trace.coverage[is_within].sum())


def _row(
    nominal: int,
    lengths: Float[np.ndarray, " trace"],
    owner: np.ndarray,
    copies: np.ndarray,
    confidence: float,
) -> PlateauRow:
    present = lengths[lengths > 0.0]
    n_experiment = copies.shape[1]
    totals = np.bincount(owner, lengths, n_experiment)
    sizes = np.bincount(owner, minlength=n_experiment)
    means = (copies @ totals) / (copies @ sizes)
    return PlateauRow(
        nominal=nominal,
        n_trace=lengths.size,
        n_present=present.size,
        mean_angstrom=float(lengths.mean()),
        median_angstrom=float(np.median(present)) if present.size else float("nan"),
        interval_angstrom=percentile_interval(means, confidence) if n_experiment > 1 else None,
    )
