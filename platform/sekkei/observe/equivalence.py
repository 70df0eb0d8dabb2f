"""Are two sets of peaks the same within a margin? A statement that has an error rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.observe.comparison import (
    FEWEST_EXPERIMENTS,
    MeasuredHistogram,
    passing_experiments,
)
from sekkei.observe.free_electron import with_series_resistance
from sekkei.observe.histogram import Histogram, smooth
from sekkei.observe.peaks import PeakSpec, find_conductance_peaks
from sekkei.observe.spread import PeakDraws, assign_peaks
from sekkei.shapes import Float
from sekkei.units import G0_SIEMENS

Statement = Literal["equivalent", "different", "undecided"]

_RESISTANCES_OHM = tuple(20.0 * i for i in range(51))  # first guesses: none to 1 kilohm


@dataclass(frozen=True, slots=True)
class EquivalenceSpec:
    """What is taken for the same, and how sure one must be."""

    nominal: tuple[int, ...] = (1, 3, 5, 6)
    """Which peaks, by the conductance in G0 that they stand for."""

    margins: tuple[float, ...] = (0.1, 0.2, 0.3, 0.3)
    """Largest difference of position that is still the same, in G0."""

    level: float = 0.05
    """Error rate: how often a statement may be wrong."""

    with_series_resistance: bool = False
    """Whether a resistance of zero or more is fitted in series with our contacts first."""


@dataclass(frozen=True, slots=True)
class EquivalenceRow:
    """Whether a peak is where it should be."""

    nominal: int
    """Conductance in G0 that the peak stands for."""

    reference_g0: float
    """Position it is held against, in G0."""

    ours_g0: float | None
    """Median position among our resamples in G0, series resistance included; ``None`` if none."""

    interval_g0: tuple[float, float] | None
    """Interval of confidence 1 - 2 level of the difference, ours minus reference, in G0."""

    margin_g0: float
    """Largest difference that counts as the same, in G0."""

    presence: float
    """Fraction of resamples with such a peak."""

    p_equivalent: float
    """The larger p-value of the two one-sided tests; a missing peak speaks for both."""

    p_different: float
    """p-value of the test that the difference is *beyond* the margin."""

    statement: Statement
    """What may be said at the level; ``undecided``, too, if fewer than ten experiments passed
    there, or pulls start there."""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether all peaks are where they should be."""

    rows: tuple[EquivalenceRow, ...]
    """One for each peak."""

    level: float
    """Error rate of each statement, and of the overall one."""

    series_resistance_ohm: float | None
    """Median of the resistance that was fitted in ohm; ``None`` if none was."""

    statement: Statement
    """Of all peaks together."""


def peak_equivalence(
    ours: PeakDraws,
    reference: MeasuredHistogram | PeakDraws,
    spec: EquivalenceSpec | None = None,
    *,
    peak_spec: PeakSpec | None = None,
    n_channel: int | None = None,
) -> Equivalence:
    """Test by two one-sided tests [1]_ whether peaks agree within margins.

    Each test takes its p-value from the bootstrap over experiments: the fraction of resamples in
    which the difference is at or beyond the margin, or the peak is missing. A peak is
    *equivalent* if both are at most the level, so that the interval of confidence 1 - 2 level
    lies within the margins; *different* if at most the level of the resamples have it within;
    else *undecided*. All are equivalent if each is (an intersection-union test [2]_, which needs
    no correction); they differ if one does at the level over their number (Bonferroni).

    Parameters
    ----------
    ours
        Our histogram, resampled by `draw_peaks`.
    reference
        Published positions, taken as exact (their uncertainty is the margin), or another histogram
        with as many resamples, drawn independently.
    spec
        Peaks, margins, level, and whether a resistance is fitted (anew in every resample).
    peak_spec
        How peaks are found, as for the resamples.
    n_channel
        Channels of our electrode; a peak there shows where pulls start, see
        `compare_with_measured`.

    Raises
    ------
    InvalidInputError
        If there is not one positive margin for each peak, the level is not between 0 and 0.5, or
        the reference has no such peak or another number of resamples.

    References
    ----------
    .. [1] D. J. Schuirmann, J. Pharmacokin. Biopharm. 15, 657 (1987). doi:10.1007/BF01068419
    .. [2] R. L. Berger, Technometrics 24, 295 (1982). doi:10.2307/1267823
    """
    spec, peak_spec = spec or EquivalenceSpec(), peak_spec or PeakSpec()
    _check(spec, ours, reference)
    guess = _coarse_resistance(ours.histogram, reference, spec, peak_spec)
    wanted = _own_wanted(reference, spec, guess)
    positions = ours.near(wanted)
    theirs = _reference(reference, spec, guess, positions.shape[0])
    resistance: np.ndarray | None = None
    if spec.with_series_resistance:
        resistance = _fitted(positions, theirs, np.array(spec.margins))
        positions = with_series_resistance(positions, resistance[:, None])
    limit = np.inf if n_channel is None else n_channel - 0.5
    places = [(ours.histogram, wanted)]
    if isinstance(reference, PeakDraws):
        places.append((reference.histogram, _moved(spec, guess)))
    is_decidable = [
        n < limit and all(_has_passed(histogram, at[i]) for histogram, at in places)
        for i, n in enumerate(spec.nominal)
    ]
    rows = tuple(
        _row(spec, i, positions[:, i], theirs[:, i], is_decidable=is_decidable[i])
        for i in range(len(spec.nominal))
    )
    return Equivalence(
        rows=rows,
        level=spec.level,
        series_resistance_ohm=None if resistance is None else float(np.median(resistance)),
        statement=_overall(rows, is_decidable, spec.level),
    )


def _check(
    spec: EquivalenceSpec, ours: PeakDraws, reference: MeasuredHistogram | PeakDraws
) -> None:
    if len(spec.margins) != len(spec.nominal) or not min(spec.margins, default=0.0) > 0.0:
        raise InvalidInputError(
            f"each peak must have a positive margin, but found peaks {spec.nominal} with margins "
            f"{spec.margins}"
        )
    if not 0.0 < spec.level < 0.5:
        raise InvalidInputError(f"a level must be between 0 and 0.5, but found {spec.level:g}")
    if isinstance(reference, PeakDraws) and len(reference.positions) != len(ours.positions):
        raise InvalidInputError(
            "both sides must have equally many resamples, but found "
            f"{len(ours.positions)} and {len(reference.positions)}"
        )


def _moved(spec: EquivalenceSpec, ohm: float) -> np.ndarray:
    return with_series_resistance(np.array(spec.nominal, dtype=np.float64), ohm)


def _has_passed(histogram: Histogram, position_g0: float) -> bool:
    return passing_experiments(histogram, position_g0) >= FEWEST_EXPERIMENTS


def _known(reference: MeasuredHistogram, spec: EquivalenceSpec) -> np.ndarray:
    known = dict(zip(reference.nominal, reference.peaks, strict=True))
    missing = [n for n in spec.nominal if n not in known]
    if missing:
        raise InvalidInputError(
            f"the measurement on {reference.element} must have the peaks {spec.nominal}, but has "
            f"none at {missing}; leave them out"
        )
    return np.array([known[n] for n in spec.nominal], dtype=np.float64)


def _own_wanted(
    reference: MeasuredHistogram | PeakDraws, spec: EquivalenceSpec, ohm: float
) -> np.ndarray:
    """Where our peaks are looked for: what a resistance moves was elsewhere without it."""
    if ohm == 0.0 or isinstance(reference, PeakDraws):
        return _moved(spec, 0.0)
    return with_series_resistance(_known(reference, spec), -ohm)


def _reference(
    reference: MeasuredHistogram | PeakDraws, spec: EquivalenceSpec, ohm: float, n_resample: int
) -> Float[np.ndarray, "resample peak"]:
    if isinstance(reference, PeakDraws):
        return reference.near(_moved(spec, ohm))
    row = _known(reference, spec)
    return np.broadcast_to(row, (n_resample, row.size))


def _coarse_resistance(
    ours: Histogram,
    reference: MeasuredHistogram | PeakDraws,
    spec: EquivalenceSpec,
    peak_spec: PeakSpec,
) -> float:
    """Resistance in ohm under which most peaks find a partner; the fit begins there."""
    if not spec.with_series_resistance:
        return 0.0
    own = _positions(ours, peak_spec)
    other = np.zeros(0)
    if isinstance(reference, PeakDraws):
        other = _positions(reference.histogram, peak_spec)
    margins = np.array(spec.margins)

    def cost(ohm: float) -> float:
        mine = assign_peaks(own, _own_wanted(reference, spec, ohm))
        if isinstance(reference, MeasuredHistogram):
            partner = _known(reference, spec)
        else:
            partner = assign_peaks(other, _moved(spec, ohm))
        miss = (with_series_resistance(mine, ohm) - partner) / margins
        return float(np.where(np.isfinite(miss), np.minimum(miss**2, 1.0), 1.0).sum())

    return min(_RESISTANCES_OHM, key=cost)


def _positions(histogram: Histogram, spec: PeakSpec) -> np.ndarray:
    counts = smooth(histogram.counts, spec.bandwidth, histogram.spec.bin_width)
    return find_conductance_peaks(counts, histogram.centers, spec)[0]


def _fitted(
    ours: Float[np.ndarray, "resample peak"],
    theirs: Float[np.ndarray, "resample peak"],
    margins: Float[np.ndarray, " peak"],
) -> Float[np.ndarray, " resample"]:
    # `fit_series_resistance` for every resample at once; a missing peak has no weight.
    is_there = np.isfinite(ours) & np.isfinite(theirs)
    own, other = np.where(is_there, ours, 1.0), np.where(is_there, theirs, 1.0)
    weights = np.where(is_there, (other**2 / margins) ** 2, 0.0)
    excess = ((1.0 / other - 1.0 / own) * weights).sum(axis=1)
    total = weights.sum(axis=1)
    mean = np.divide(excess, total, out=np.zeros_like(total), where=total > 0.0)
    resistance: np.ndarray = np.maximum(0.0, mean / G0_SIEMENS)
    return resistance


def _row(
    spec: EquivalenceSpec,
    i: int,
    ours: Float[np.ndarray, " resample"],
    theirs: Float[np.ndarray, " resample"],
    *,
    is_decidable: bool,
) -> EquivalenceRow:
    margin, difference = spec.margins[i], ours - theirs
    found = difference[np.isfinite(difference)]
    is_known = bool(np.isfinite(theirs).any())
    # Comparisons with NaN are false, so a missing peak counts against equivalence.
    is_short, is_far = ~(difference > -margin), ~(difference < margin)
    p_equivalent = max(float(is_short.mean()), float(is_far.mean()))
    p_different = float((np.abs(difference) <= margin).mean()) if is_known else 1.0
    statement: Statement = "undecided"
    if is_decidable and p_equivalent <= spec.level:
        statement = "equivalent"
    elif is_decidable and p_different <= spec.level:
        statement = "different"
    interval = np.quantile(found, [spec.level, 1.0 - spec.level]) if found.size else None
    return EquivalenceRow(
        nominal=spec.nominal[i],
        reference_g0=float(np.nanmedian(theirs)) if is_known else float("nan"),
        ours_g0=float(np.nanmedian(ours)) if np.isfinite(ours).any() else None,
        interval_g0=None if interval is None else (float(interval[0]), float(interval[1])),
        margin_g0=margin,
        presence=float(np.isfinite(ours).mean()),
        p_equivalent=p_equivalent,
        p_different=p_different,
        statement=statement,
    )


def _overall(
    rows: Sequence[EquivalenceRow], is_decidable: Sequence[bool], level: float
) -> Statement:
    if all(row.statement == "equivalent" for row in rows):
        return "equivalent"
    known = [row for row, is_known in zip(rows, is_decidable, strict=True) if is_known]
    if any(row.p_different <= level / len(rows) for row in known):
        return "different"
    return "undecided"
