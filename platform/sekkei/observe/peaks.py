"""Peaks of a conductance histogram, with intervals from resampled experiments."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.signal import find_peaks

from sekkei.observe.histogram import Histogram, smooth
from sekkei.shapes import Float, Int

ASSIGNED_WITHIN_G0 = 0.5
"""A peak farther than this from where one should be has nothing to do with it, in G0."""

LEAST_SUPPORT = 0.5
"""A peak that fewer resamples than this have is a wiggle."""


@dataclass(frozen=True, slots=True)
class PeakSpec:
    """What counts as a peak."""

    bandwidth: float = 0.1
    """Standard deviation of the Gaussian that smooths the counts first, in G0."""

    prominence: float = 0.05
    """Least prominence, as a fraction of the highest smoothed count above ``lowest``."""

    lowest: float = 0.3
    """Peaks below this conductance belong to the broken contact, in G0."""

    reach: float = 0.25
    """A peak of a resample is the same peak if it is this near, in G0."""

    n_resample: int = 1000
    """Bootstrap resamples."""

    confidence: float = 0.95
    """Confidence of the intervals."""

    significance: float = 3.0
    """Least `Peak.significance` of a peak that is no wiggle of the counts."""


@dataclass(frozen=True, slots=True)
class Peak:
    """A peak of a histogram."""

    position: float
    """Conductance at the top in G0, by a parabola through the highest three bins."""

    height: float
    """Smoothed count at the top, over the highest smoothed count above ``lowest``."""

    interval: tuple[float, float] | None
    """Percentile interval of the position in G0; ``None`` for fewer than two experiments."""

    support: float
    """Fraction of resamples that have this peak, 0 to 1."""

    significance: float | None = None
    """Prominence over its standard deviation among resamples; ``None`` for fewer than two
    experiments. Of the bumps of flat histograms 2 to 7 in a hundred reached 3."""


def find_conductance_peaks(
    counts: Float[np.ndarray, " bin"],
    centers_g0: Float[np.ndarray, " bin"],
    spec: PeakSpec | None = None,
) -> tuple[Float[np.ndarray, " peak"], Float[np.ndarray, " peak"]]:
    """Find the peaks of smoothed counts.

    Returns
    -------
    tuple of ndarray
        Positions in G0, ascending, and heights relative to the highest count.
    """
    spec = spec or PeakSpec()
    height = _highest(counts, centers_g0, spec)
    if height <= 0.0:
        return np.zeros(0), np.zeros(0)
    found, _ = _tops(counts, centers_g0, spec)
    return _refined(counts, centers_g0, found), counts[found] / height


def resampled_counts(
    histogram: Histogram, rng: np.random.Generator, spec: PeakSpec | None = None
) -> Float[np.ndarray, "resample bin"]:
    """Smoothed counts of bootstrap resamples [1]_ of the *experiments*.

    Snapshots of one experiment resemble each other, and so do its cycles; to resample those would
    promise a certainty that is not there.

    References
    ----------
    .. [1] B. Efron and R. Tibshirani, Statist. Sci. 1, 54 (1986). doi:10.1214/ss/1177013815
    """
    spec = spec or PeakSpec()
    copies = bootstrap_copies(len(histogram.experiments), rng, spec.n_resample)
    return smooth(copies @ histogram.by_experiment, spec.bandwidth, histogram.spec.bin_width)


def bootstrap_copies(
    n_experiment: int, rng: np.random.Generator, n_resample: int
) -> Int[np.ndarray, "resample experiment"]:
    """How often each experiment is in each bootstrap resample."""
    shares = np.full(n_experiment, 1.0 / n_experiment)
    return rng.multinomial(n_experiment, shares, size=n_resample)


def histogram_peaks(
    histogram: Histogram, rng: np.random.Generator, spec: PeakSpec | None = None
) -> tuple[Peak, ...]:
    """Peaks of a histogram in ascending order, each with its bootstrap interval and support."""
    spec = spec or PeakSpec()
    centers = histogram.centers
    counts = smooth(histogram.counts, spec.bandwidth, histogram.spec.bin_width)
    positions, heights = find_conductance_peaks(counts, centers, spec)
    rows = resampled_counts(histogram, rng, spec)
    resampled = [find_conductance_peaks(row, centers, spec)[0] for row in rows]
    significances = _significances(counts, centers, rows, spec)
    peaks = []
    for position, height, significance in zip(positions, heights, significances, strict=True):
        same = np.array([_nearest(others, position, spec.reach) for others in resampled])
        same = same[np.isfinite(same)]
        is_estimated = len(histogram.experiments) > 1 and same.size > 1
        peaks.append(
            Peak(
                position=float(position),
                height=float(height),
                interval=percentile_interval(same, spec.confidence) if is_estimated else None,
                support=same.size / len(resampled),
                significance=float(significance) if len(histogram.experiments) > 1 else None,
            )
        )
    return tuple(peaks)


def is_wiggle(peak: Peak, spec: PeakSpec | None = None) -> bool:
    """Tell whether a peak may be a wiggle of the counts: little support, or no significance.

    Support alone is no guard: a bump of the counts is a bump of most of their resamples, too.
    """
    spec = spec or PeakSpec()
    return peak.support < LEAST_SUPPORT or (
        peak.significance is not None and peak.significance < spec.significance
    )


def dip_ratio(
    counts: Float[np.ndarray, "*batch bin"],
    centers_g0: Float[np.ndarray, " bin"],
    position_g0: float,
) -> Float[np.ndarray, "*batch"]:
    """Count at a conductance, over the lower of the highest counts within 1 G0 either side.

    Returns
    -------
    ndarray
        Below 1 in a dip between two higher places, 1 or more on a peak or a slope; NaN where one
        side is empty.
    """
    at = counts[..., int(np.argmin(np.abs(centers_g0 - position_g0)))]
    left = (centers_g0 >= position_g0 - 1.0) & (centers_g0 < position_g0)
    right = (centers_g0 > position_g0) & (centers_g0 <= position_g0 + 1.0)
    shoulder = np.minimum(
        counts[..., left].max(axis=-1, initial=0.0), counts[..., right].max(axis=-1, initial=0.0)
    )
    ratio: np.ndarray = np.full(np.shape(at), np.nan)
    np.divide(at, shoulder, out=ratio, where=np.asarray(shoulder > 0.0))
    return ratio


def percentile_interval(
    sample: Float[np.ndarray, " resample"], confidence: float
) -> tuple[float, float]:
    """Central interval that holds ``confidence`` of a bootstrap sample."""
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(sample, [tail, 1.0 - tail])
    return float(low), float(high)


def _highest(
    counts: Float[np.ndarray, " bin"], centers: Float[np.ndarray, " bin"], spec: PeakSpec
) -> float:
    return float(counts[centers >= spec.lowest].max(initial=0.0))


def _tops(
    counts: Float[np.ndarray, " bin"], centers: Float[np.ndarray, " bin"], spec: PeakSpec
) -> tuple[np.ndarray, dict[str, Any]]:
    least = spec.prominence * _highest(counts, centers, spec)
    found, facts = find_peaks(counts, prominence=least)
    is_closed = centers[found] >= spec.lowest
    return found[is_closed], {name: value[is_closed] for name, value in facts.items()}


def _significances(
    counts: Float[np.ndarray, " bin"],
    centers: Float[np.ndarray, " bin"],
    resampled: Float[np.ndarray, "resample bin"],
    spec: PeakSpec,
) -> Float[np.ndarray, " peak"]:
    found, facts = _tops(counts, centers, spec)
    left, right = facts["left_bases"], facts["right_bases"]
    higher_base = np.where(counts[left] >= counts[right], left, right)
    scatter = (resampled[:, found] - resampled[:, higher_base]).std(axis=0)
    ratio: np.ndarray = np.full(found.size, np.inf)
    np.divide(facts["prominences"], scatter, out=ratio, where=scatter > 0.0)
    return ratio


def _refined(
    counts: Float[np.ndarray, " bin"], centers: Float[np.ndarray, " bin"], found: np.ndarray
) -> Float[np.ndarray, " peak"]:
    # find_peaks never returns an end of the array, so both neighbours exist.
    left, top, right = counts[found - 1], counts[found], counts[found + 1]
    curvature = left - 2.0 * top + right
    step = np.divide(left - right, 2.0 * curvature, out=np.zeros(found.size), where=curvature < 0.0)
    refined: np.ndarray = centers[found] + step * (centers[1] - centers[0])
    return refined


def _nearest(positions: Float[np.ndarray, " peak"], wanted: float, reach: float) -> float:
    if positions.size == 0:
        return float("nan")
    nearest = float(positions[np.argmin(np.abs(positions - wanted))])
    return nearest if abs(nearest - wanted) <= reach else float("nan")
