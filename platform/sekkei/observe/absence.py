"""Is there no peak? Tests of local minima where an experiment saw none."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    within 1 G0 on *both* sides, and no peak is within `PeakSpec.reach`. ``minimum`` if all but a
    fraction ``level`` of the resamples have one, ``no minimum`` if at most that fraction has.
    """
    spec = peak_spec or PeakSpec()
    counts = smooth(histogram.counts, spec.bandwidth, histogram.spec.bin_width)
    resampled = resampled_counts(histogram, rng, spec)
    peaks = [find_conductance_peaks(row, histogram.centers, spec)[0] for row in resampled]
    rows = []
    for n in nominal:
        ratios = dip_ratio(resampled, histogram.centers, float(n))
        is_free = [bool((np.abs(found - n) > spec.reach).all()) for found in peaks]
        p_minimum = 1.0 - float(((ratios < 1.0) & is_free).mean())
        rows.append(_row(histogram, (n, level), counts, ratios, p_minimum))
    return tuple(rows)


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
