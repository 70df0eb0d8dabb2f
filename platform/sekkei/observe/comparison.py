"""Our histogram beside the measured one: which peaks are there, and which must not be."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.observe.free_electron import with_series_resistance
from sekkei.observe.histogram import Histogram, smooth
from sekkei.observe.peaks import (
    ASSIGNED_WITHIN_G0,
    Peak,
    PeakSpec,
    dip_ratio,
    find_conductance_peaks,
    histogram_peaks,
    is_wiggle,
    resampled_counts,
)
from sekkei.shapes import Float

Verdict = Literal["found", "not found", "too few data"]

FEWEST_EXPERIMENTS = 10
"""Fewer experiments than this through a conductance say nothing about a peak there."""

NEAR_G0 = 0.25
"""An experiment that came only this near a conductance has passed it all the same, in G0."""


@dataclass(frozen=True, slots=True)
class MeasuredHistogram:
    """Peaks of a measured histogram."""

    element: str
    """Chemical symbol."""

    nominal: tuple[int, ...]
    """Conductances in G0 that the peaks stand for."""

    peaks: tuple[float, ...]
    """Measured positions in G0."""

    tolerances: tuple[float, ...]
    """How far a position may be off and still agree, in G0."""

    absent: tuple[int, ...]
    """Conductances in G0 at which the sources saw no peak."""

    remark: str
    """What else to know; may be empty."""

    sources: tuple[str, ...]
    """Where it was published."""

    caveat: str
    """How far the positions are to be trusted."""


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One statement of an experiment, and whether our histogram bears it out."""

    nominal: int
    """Conductance in G0 that is spoken of."""

    expected: Literal["peak", "no peak"]
    """What the experiment saw there."""

    measured_g0: float | None
    """Measured position in G0; ``None`` for an absence."""

    tolerance_g0: float | None
    """Tolerance of the position in G0; ``None`` for an absence."""

    ours_g0: float | None
    """Position in G0 of our peak nearby, series resistance included, if there is one."""

    interval_g0: tuple[float, float] | None
    """Its bootstrap interval in G0."""

    support: float | None
    """Fraction of resamples with the peak; for an absence, with a dip instead."""

    verdict: Verdict
    """Whether our histogram has a peak there."""

    agrees: bool | None
    """Whether that is what the experiment saw; ``None`` where data are too few."""

    remark: str
    """What the verdict rests on, in one line."""


def measured_histogram(element: str) -> MeasuredHistogram:
    """Look up a measured histogram.

    Raises
    ------
    InvalidInputError
        If none is known for the element.
    """
    table = _table()
    if element not in table:
        raise InvalidInputError(
            f"a measured histogram is known for {', '.join(table)}, but not for {element!r}; "
            "show the histogram without comparison",
            element=element,
        )
    return table[element]


def compare_with_measured(
    histogram: Histogram,
    measured: MeasuredHistogram,
    rng: np.random.Generator,
    *,
    peak_spec: PeakSpec | None = None,
    series_resistance_ohm: float = 0.0,
    n_channel: int | None = None,
) -> tuple[ComparisonRow, ...]:
    """Hold a histogram against measured peaks and absences.

    Parameters
    ----------
    histogram
        Ours.
    measured
        Theirs.
    rng
        Source of the bootstrap resamples.
    peak_spec
        What counts as a peak.
    series_resistance_ohm
        Put in series with our peaks before comparing, in ohm.
    n_channel
        Channels of the electrode. A pull starts near that conductance, so a peak there shows the
        start and not a contact; the row is then ``too few data``.

    Returns
    -------
    tuple of ComparisonRow
        In order of conductance. ``found`` means a peak within tolerance of the measured one, in
        at least half the resamples, that stands out by three standard deviations (for an absence,
        any peak within 0.25 G0); ``not found`` that there is none although at least ten
        experiments passed through that conductance, were it by a jump; ``too few data`` that
        fewer did.
    """
    spec = peak_spec or PeakSpec()
    peaks = tuple(
        _seen(peak, series_resistance_ohm) for peak in histogram_peaks(histogram, rng, spec)
    )
    passing = {n: passing_experiments(histogram, n) for n in (*measured.nominal, *measured.absent)}
    limit = np.inf if n_channel is None else n_channel - 0.5
    rows = [
        _peak_row(measured, i, peaks, (passing[n], n >= limit), spec)
        for i, n in enumerate(measured.nominal)
    ]
    if measured.absent:
        resampled = resampled_counts(histogram, rng, spec)
        rows += [_absence_row(histogram, n, resampled, spec, passing[n]) for n in measured.absent]
    return tuple(sorted(rows, key=lambda row: row.nominal))


def summary_sentence(rows: Sequence[ComparisonRow]) -> str:
    """Say in one sentence how many statements of the experiment are borne out.

    Examples
    --------
    >>> summary_sentence(())
    'No measured histogram to compare with.'
    """
    if not rows:
        return "No measured histogram to compare with."
    known = [row for row in rows if row.agrees is not None]
    open_rows = len(rows) - len(known)
    if not known:
        return f"Too few data to decide any of the {len(rows)} statements of the experiment."
    agreeing = sum(bool(row.agrees) for row in known)
    left = f"; for {open_rows} more there are too few data" if open_rows else ""
    return f"{agreeing} of {len(known)} statements of the experiment are borne out{left}."


def _seen(peak: Peak, resistance_ohm: float) -> Peak:
    ends = (peak.position, *(peak.interval or ()))
    moved = with_series_resistance(np.array(ends), resistance_ohm)
    interval = (float(moved[1]), float(moved[2])) if peak.interval else None
    return replace(peak, position=float(moved[0]), interval=interval)


def passing_experiments(histogram: Histogram, nominal: int | float) -> int:
    """Count the experiments that passed through a conductance in G0, were it by a jump."""
    is_above = histogram.centers >= nominal - NEAR_G0
    is_below = histogram.centers <= nominal + NEAR_G0
    above = histogram.by_experiment[:, is_above].sum(axis=1) > 0.0
    below = histogram.by_experiment[:, is_below].sum(axis=1) > 0.0
    return int((above & below).sum())


def _peak_row(
    measured: MeasuredHistogram,
    i: int,
    peaks: Sequence[Peak],
    data: tuple[int, bool],
    spec: PeakSpec,
) -> ComparisonRow:
    nominal, position, tolerance = measured.nominal[i], measured.peaks[i], measured.tolerances[i]
    own = [p for p in peaks if _is_assigned(p.position, measured, i)]
    peak = min(own, key=lambda p: (is_wiggle(p, spec), abs(p.position - position)), default=None)
    n_passing, is_start = data
    verdict: Verdict = "not found"
    is_near = peak is not None and abs(peak.position - position) <= tolerance
    remark = _passed(n_passing)
    if n_passing < FEWEST_EXPERIMENTS or is_start:
        verdict = "too few data"
    elif peak and is_near and not is_wiggle(peak, spec):
        verdict = "found"
    elif peak and is_near:
        # It stands in the right place, and whoever reads the table wants to know why not.
        remark = f"noise makes such a bump (significance {peak.significance:.1f}); {remark}"
    return ComparisonRow(
        nominal=nominal,
        expected="peak",
        measured_g0=position,
        tolerance_g0=tolerance,
        ours_g0=peak.position if peak else None,
        interval_g0=peak.interval if peak else None,
        support=peak.support if peak else None,
        verdict=verdict,
        agrees=None if verdict == "too few data" else verdict == "found",
        remark="the electrode has no more channels: pulls start here" if is_start else remark,
    )


def _passed(n: int) -> str:
    return "1 experiment passed" if n == 1 else f"{n} experiments passed"


def _is_assigned(position: float, measured: MeasuredHistogram, i: int) -> bool:
    distances = np.abs(np.array(measured.peaks) - position)
    return int(distances.argmin()) == i and float(distances[i]) <= ASSIGNED_WITHIN_G0


def _absence_row(
    histogram: Histogram,
    nominal: int,
    resampled: Float[np.ndarray, "resample bin"],
    spec: PeakSpec,
    n_passing: int,
) -> ComparisonRow:
    counts = smooth(histogram.counts, spec.bandwidth, histogram.spec.bin_width)
    positions, _ = find_conductance_peaks(counts, histogram.centers, spec)
    near = positions[np.abs(positions - nominal) <= spec.reach]
    ratio = float(dip_ratio(counts, histogram.centers, float(nominal)))
    verdict: Verdict = "found" if near.size else "not found"
    if n_passing < FEWEST_EXPERIMENTS:
        verdict = "too few data"
    dips = dip_ratio(resampled, histogram.centers, float(nominal)) < 1.0
    is_dip = ratio < 1.0
    remark = (
        f"count is {ratio:.2f} of the lower shoulder" if np.isfinite(ratio) else "one side empty"
    )
    return ComparisonRow(
        nominal=nominal,
        expected="no peak",
        measured_g0=None,
        tolerance_g0=None,
        ours_g0=float(near[0]) if near.size else None,
        interval_g0=None,
        support=float(dips.mean()),
        verdict=verdict,
        agrees=None if verdict == "too few data" else (is_dip and near.size == 0),
        remark=f"{remark}; {_passed(n_passing)}",
    )


@cache
def _table() -> dict[str, MeasuredHistogram]:
    raw = json.loads((files("sekkei.observe") / "data" / "histograms.json").read_text("utf-8"))
    return {
        element: MeasuredHistogram(
            element=element,
            nominal=tuple(row["nominal"]),
            peaks=tuple(row["peaks_g0"]),
            tolerances=tuple(row["tolerance_g0"]),
            absent=tuple(row["absent_g0"]),
            remark=row["remark"],
            sources=tuple(row["sources"]),
            caveat=raw["caveat"],
        )
        for element, row in raw["elements"].items()
    }
