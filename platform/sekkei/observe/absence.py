"""Is there no peak? Tests of local minima where an experiment saw none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sekkei.observe.comparison import FEWEST_EXPERIMENTS, passing_experiments
from sekkei.observe.histogram import Histogram, smooth
from sekkei.observe.peaks import (
    PeakSpec,
    dip_ratio,
    find_conductance_peaks,
    percentile_interval,
    resampled_counts,
)


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """Whether the counts have a local minimum at one conductance."""

    nominal: int
    """Conductance in G0."""

    ratio: float
    """Smoothed count there over that of the lower shoulder, see `dip_ratio`; below 1 in a dip."""

    interval: tuple[float, float] | None
    """Interval of the ratio among resamples, of confidence 1 - 2 level."""

    p_minimum: float
    """Fraction of resamples without a minimum: p-value of the statement that there is one."""

    statement: Literal["minimum", "no minimum", "undecided"]
    """What may be said at the level; ``undecided``, too, if fewer than ten experiments passed."""


def absence_table(
    histogram: Histogram,
    nominal: Sequence[int],
    rng: np.random.Generator,
    *,
    level: float = 0.05,
    peak_spec: PeakSpec | None = None,
) -> tuple[AbsenceRow, ...]:
    """Test whether counts have a local minimum where no peak should be.

    A resample of the experiments has a minimum if its smoothed count is below the highest counts
    within 1 G0 on *both* sides, and no peak that stands out of the scatter by
    `PeakSpec.significance` is within `PeakSpec.reach`. ``minimum`` if all but a fraction ``level``
    of the resamples have one, ``no minimum`` if at most that fraction has.
    """
    spec = peak_spec or PeakSpec()
    counts = smooth(histogram.counts, spec.bandwidth, histogram.spec.bin_width)
    resampled = resampled_counts(histogram, rng, spec)
    rows = []
    for n in nominal:
        ratios = dip_ratio(resampled, histogram.centers, float(n))
        p_minimum = 1.0 - float(((ratios < 1.0) & ~_has_peak(histogram, resampled, n, spec)).mean())
        rows.append(_row(histogram, (n, level), counts, ratios, p_minimum))
    return tuple(rows)


def _has_peak(
    histogram: Histogram, resampled: np.ndarray, nominal: int, spec: PeakSpec
) -> np.ndarray:
    """Whether each resample has a peak at one conductance that is no wiggle."""
    centers = histogram.centers
    scatter = float(resampled[:, int(np.argmin(np.abs(centers - nominal)))].std())
    highest = float(resampled[:, centers >= spec.lowest].max(initial=0.0))
    if highest <= 0.0:
        return np.zeros(len(resampled), dtype=bool)
    least = max(spec.prominence, spec.significance * scatter / highest)
    strict = replace(spec, prominence=min(1.0, least))
    found = [find_conductance_peaks(row, centers, strict)[0] for row in resampled]
    return np.array([bool((np.abs(at - nominal) <= spec.reach).any()) for at in found])


def _row(
    histogram: Histogram,
    asked: tuple[int, float],
    counts: np.ndarray,
    ratios: np.ndarray,
    p_minimum: float,
) -> AbsenceRow:
    nominal, level = asked
    known = ratios[np.isfinite(ratios)]
    statement: Literal["minimum", "no minimum", "undecided"] = "undecided"
    if passing_experiments(histogram, nominal) >= FEWEST_EXPERIMENTS and known.size:
        if p_minimum <= level:
            statement = "minimum"
        elif 1.0 - p_minimum <= level:
            statement = "no minimum"
    return AbsenceRow(
        nominal=nominal,
        ratio=float(dip_ratio(counts, histogram.centers, float(nominal))),
        interval=percentile_interval(known, 1.0 - 2.0 * level) if known.size else None,
        p_minimum=p_minimum,
        statement=statement,
    )
