"""How far a histogram is to be trusted, each reason by its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.observe.histogram import Histogram
from sekkei.observe.peaks import (
    ASSIGNED_WITHIN_G0,
    PeakSpec,
    find_conductance_peaks,
    resampled_counts,
)
from sekkei.shapes import Float


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Interval of each bar of a histogram, from resampled experiments."""

    low: Float[np.ndarray, " bin"]
    """Lower ends, per G0."""

    high: Float[np.ndarray, " bin"]
    """Upper ends, per G0."""

    confidence: float
    """Confidence of each interval by itself, not of all together."""


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """One reason why a histogram might look otherwise."""

    name: str
    """``sampling``, or what was changed, such as ``potential`` or ``model``."""

    levels: tuple[str, ...]
    """Which there were of it; for sampling, the one histogram that was resampled."""

    density: Float[np.ndarray, " bin"]
    """Standard deviation of the density in each bin that it explains, per G0."""

    peaks: tuple[float | None, ...]
    """Standard deviation in G0 of the peak at each nominal value; ``None`` where a level, or half
    of the resamples, has none."""


def density_band(
    histogram: Histogram, rng: np.random.Generator, spec: PeakSpec | None = None
) -> Band | None:
    """Interval of the density in each bin, by resampling *experiments*.

    Parameters
    ----------
    histogram
        What was counted.
    rng
        Source of the resamples.
    spec
        Smoothing (``bandwidth`` 0 for the bars themselves), resamples and confidence.

    Returns
    -------
    Band or None
        ``None`` for fewer than two experiments.
    """
    spec = spec or PeakSpec()
    if len(histogram.experiments) < 2:
        return None
    tail = (1.0 - spec.confidence) / 2.0
    low, high = np.quantile(_densities(histogram, rng, spec), [tail, 1.0 - tail], axis=0)
    return Band(low=low, high=high, confidence=spec.confidence)


@dataclass(frozen=True, slots=True, eq=False)
class PeakDraws:
    """Peaks of every resample of the experiments of a histogram, found once."""

    histogram: Histogram
    """What was resampled."""

    positions: Float[np.ndarray, "resample found"]
    """Positions in G0, ascending; rows with fewer peaks end in NaN."""

    def near(self, wanted_g0: Float[np.ndarray, " peak"]) -> Float[np.ndarray, "resample peak"]:
        """Position near each wanted value in every resample, see `assign_peaks`."""
        return assign_peaks(self.positions, wanted_g0)


def draw_peaks(
    histogram: Histogram, rng: np.random.Generator, spec: PeakSpec | None = None
) -> PeakDraws:
    """Find the peaks of every resample of the experiments."""
    spec = spec or PeakSpec()
    centers = histogram.centers
    found = [
        find_conductance_peaks(counts, centers, spec)[0]
        for counts in resampled_counts(histogram, rng, spec)
    ]
    positions = np.full((spec.n_resample, max(1, *(row.size for row in found))), np.nan)
    for row, own in zip(positions, found, strict=True):
        row[: own.size] = own
    return PeakDraws(histogram, positions)


def assign_peaks(
    positions: Float[np.ndarray, "*batch found"], wanted: Float[np.ndarray, " peak"]
) -> Float[np.ndarray, "*batch peak"]:
    """Return the position near each wanted value, in G0.

    A peak belongs to the nearest wanted value, and to none beyond 0.5 G0; of several the nearest
    is taken. NaN where there is none; positions that are NaN are none.
    """
    if positions.shape[-1] == 0 or wanted.size == 0:
        return np.full((*positions.shape[:-1], wanted.size), np.nan)
    distances = np.abs(positions[..., :, None] - wanted)
    distances = np.where(np.isnan(distances), np.inf, distances)
    is_own = distances == distances.min(axis=-1, keepdims=True)
    distances = np.where(is_own & (distances <= ASSIGNED_WITHIN_G0), distances, np.inf)
    nearest = np.take_along_axis(positions, distances.argmin(axis=-2), axis=-1)
    found: np.ndarray = np.where(np.isfinite(distances.min(axis=-2)), nearest, np.nan)
    return found


def sampling_contribution(
    name: str,
    histogram: Histogram,
    rng: np.random.Generator,
    nominal: Sequence[int] = (),
    spec: PeakSpec | None = None,
) -> Contribution:
    """Estimate what another draw of as many experiments would change.

    Raises
    ------
    InvalidInputError
        If there are fewer than two experiments.
    """
    spec = spec or PeakSpec()
    _check_experiments(histogram)
    density, peaks = _resampled(histogram, rng, nominal, spec)
    return Contribution("sampling", (name,), density.std(axis=0), _peak_deviations(peaks))


def level_contribution(
    name: str,
    histograms: Mapping[str, Histogram],
    rng: np.random.Generator,
    nominal: Sequence[int] = (),
    spec: PeakSpec | None = None,
) -> Contribution:
    r"""Estimate what a choice changes beyond sampling: of potential, of model.

    The variance between the levels minus what sampling alone would make of it, as in a one-way
    analysis of variance with random effects [1]_:

    .. math:: s^2 = \max\left(0, \mathrm{Var}_l(\bar x_l) - \langle s_l^2 \rangle_l\right)

    with the variance :math:`s_l^2` of level l among resamples of its experiments. Levels that
    share their experiments (models on the same snapshots) share their sampling, too: the result is
    then a lower bound.

    Parameters
    ----------
    name
        What is chosen.
    histograms
        By level; bins must agree.
    rng
        Source of the resamples.
    nominal
        Where peaks are looked for, in G0.
    spec
        Smoothing and resamples.

    Raises
    ------
    InvalidInputError
        If there are fewer than two levels, bins differ, or one has fewer than two experiments.

    References
    ----------
    .. [1] S. R. Searle, G. Casella and C. E. McCulloch, Variance Components (Wiley, 1992).
       doi:10.1002/9780470316856
    """
    spec = spec or PeakSpec()
    if len(histograms) < 2 or len({h.edges.size for h in histograms.values()}) != 1:
        raise InvalidInputError(
            f"a spread between levels of {name} needs two histograms of equal bins or more, but "
            f"found {', '.join(histograms) or 'none'}"
        )
    samples = []
    for histogram in histograms.values():
        _check_experiments(histogram)
        samples.append(_resampled(histogram, rng, nominal, spec))
    densities = np.array([density.mean(axis=0) for density, _ in samples])
    within = np.array([density.var(axis=0) for density, _ in samples])
    spread = np.sqrt(np.maximum(0.0, densities.var(axis=0, ddof=1) - within.mean(axis=0)))
    per_level = [peaks for _, peaks in samples]
    peaks = tuple(_between([p[:, i] for p in per_level]) for i in range(len(nominal)))
    return Contribution(name, tuple(histograms), spread, peaks)


def _check_experiments(histogram: Histogram) -> None:
    if len(histogram.experiments) < 2:
        raise InvalidInputError(
            "a spread needs two experiments or more, but found "
            f"{len(histogram.experiments)}; label more of them"
        )


def _densities(
    histogram: Histogram, rng: np.random.Generator, spec: PeakSpec
) -> Float[np.ndarray, "resample bin"]:
    counts = resampled_counts(histogram, rng, spec)
    totals = counts.sum(axis=1, keepdims=True) * histogram.spec.bin_width
    density: np.ndarray = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0.0)
    return density


def _resampled(
    histogram: Histogram, rng: np.random.Generator, nominal: Sequence[int], spec: PeakSpec
) -> tuple[Float[np.ndarray, "resample bin"], Float[np.ndarray, "resample peak"]]:
    wanted = np.array(nominal, dtype=np.float64)
    if wanted.size == 0:
        return _densities(histogram, rng, spec), np.zeros((spec.n_resample, 0))
    return _densities(histogram, rng, spec), draw_peaks(histogram, rng, spec).near(wanted)


def _peak_deviations(peaks: Float[np.ndarray, "resample peak"]) -> tuple[float | None, ...]:
    return tuple(float(np.nanstd(p)) if _is_common(p) else None for p in peaks.T)


def _between(levels: Sequence[Float[np.ndarray, " resample"]]) -> float | None:
    if not all(_is_common(level) for level in levels):
        return None
    means = np.array([np.nanmean(level) for level in levels])
    within = float(np.mean([np.nanvar(level) for level in levels]))
    return float(np.sqrt(max(0.0, float(means.var(ddof=1)) - within)))


def _is_common(positions: Float[np.ndarray, " resample"]) -> bool:
    return float(np.isfinite(positions).mean()) >= 0.5
