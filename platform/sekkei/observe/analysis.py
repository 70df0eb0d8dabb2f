"""Everything that a histogram is asked about, of several sources side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.observe.absence import AbsenceRow, absence_table
from sekkei.observe.comparison import MeasuredHistogram
from sekkei.observe.correlation import CorrelationHistogram, CorrelationSpec, correlation_histogram
from sekkei.observe.equivalence import Equivalence, EquivalenceSpec, peak_equivalence
from sekkei.observe.histogram import (
    DisplacementHistogram,
    Histogram,
    HistogramSpec,
    displacement_histogram,
)
from sekkei.observe.logarithmic import LogHistogram, LogHistogramSpec, log_histogram
from sekkei.observe.peaks import Peak, PeakSpec, histogram_peaks
from sekkei.observe.plateau import PlateauRow, plateau_table
from sekkei.observe.source import Source, SourceDistance, source_distances
from sekkei.observe.spread import (
    Band,
    Contribution,
    PeakDraws,
    density_band,
    draw_peaks,
    level_contribution,
    sampling_contribution,
)
from sekkei.observe.trace import select_traces

PUBLISHED = "published"
"""Name of the reference whose positions are in the table of `measured_histogram`."""

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, eq=False)
class PeakTest:
    """One test of equivalence, and between whom."""

    reference: str
    """``published``, or the name of a measured source."""

    equivalence: Equivalence
    """What may be said."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceAnalysis:
    """What one source shows. A part that its traces do not allow is ``None`` or empty."""

    source: Source
    """Whose traces."""

    histogram: Histogram
    """Pulls, linear in conductance."""

    band: Band | None
    """Interval of each bar."""

    peaks: tuple[Peak, ...]
    """Peaks of the pulls."""

    tests: tuple[PeakTest, ...]
    """Equivalence of peaks with each reference, without and with a series resistance."""

    absences: tuple[AbsenceRow, ...]
    """Local minima where an experiment saw no peak."""

    closing: Histogram | None
    """Pushes."""

    logarithmic: LogHistogram
    """Pulls, logarithmic in conductance."""

    plateaus: tuple[PlateauRow, ...]
    """Lengths of plateaus of the pulls."""

    image: DisplacementHistogram | None
    """Conductance against displacement, aligned where pulls break."""

    correlation: CorrelationHistogram | None
    """Of pulls with themselves."""

    memory: CorrelationHistogram | None
    """Of each pull with the push after it."""

    contributions: tuple[Contribution, ...]
    """Why its histogram might look otherwise: sampling, potential."""

    remarks: tuple[str, ...]
    """Why a part is missing, one line each."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceComparison:
    """Several sources side by side."""

    analyses: tuple[SourceAnalysis, ...]
    """One for each source."""

    distances: tuple[SourceDistance, ...]
    """Between every two sources."""

    models: Contribution | None
    """What the choice of the model changes; ``None`` for fewer than two models."""


@dataclass(frozen=True, slots=True)
class AnalysisSpec:
    """What is asked of sources."""

    published: MeasuredHistogram | None = None
    """Published peaks to hold them against."""

    break_g0: float = 0.5
    """Conductance in G0 at which pulls are aligned for the map."""

    level: float = 0.05
    """Error rate of every statement."""

    seed: int = 0
    """Of every resample."""

    histogram: HistogramSpec = HistogramSpec()  # noqa: RUF009  (frozen)
    """Bins."""


def compare_sources(
    sources: Sequence[Source],
    spec: AnalysisSpec | None = None,
    *,
    potentials: Mapping[str, Mapping[str, Source]] | None = None,
) -> SourceComparison:
    """Analyse sources, and compare them with each other and with what was measured.

    Parameters
    ----------
    sources
        One or more, of different names.
    spec
        What is asked.
    potentials
        Name of a source to its parts by potential, see `sources_by_potential`.

    Raises
    ------
    InvalidInputError
        If there is no source, two have one name, or one has no pull.
    """
    spec = spec or AnalysisSpec()
    names = [source.name for source in sources]
    if not names or len(set(names)) < len(names):
        raise InvalidInputError(
            f"sources must be one or more of different names, but found {names}; name them apart"
        )
    # Drawn by a seed of their own: a source must not be resampled in step with its reference.
    measured = {
        s.name: draw_peaks(s.histogram(spec.histogram), np.random.default_rng([spec.seed, i]))
        for i, s in enumerate(sources, start=1)
        if s.kind == "measured"
    }
    analyses = tuple(
        analyse_source(s, spec, references=measured, parts=(potentials or {}).get(s.name))
        for s in sources
    )
    models = {a.source.name: a.histogram for a in analyses if a.source.kind == "predictions"}
    return SourceComparison(
        analyses=analyses,
        distances=source_distances(sources, np.random.default_rng(spec.seed), spec=spec.histogram),
        models=_levels("model", models, spec),
    )


def analyse_source(
    source: Source,
    spec: AnalysisSpec,
    *,
    references: Mapping[str, PeakDraws] | None = None,
    parts: Mapping[str, Source] | None = None,
) -> SourceAnalysis:
    """Analyse one source; ``references`` are measured ones by name, ``parts`` its potentials."""
    remarks: list[str] = []

    def tried(compute: Callable[[], _Found]) -> _Found | None:
        try:
            return compute()
        except InvalidInputError as error:
            remarks.append(f"{source.name}: {error.message}")
            return None

    histogram = source.histogram(spec.histogram)
    pulls = select_traces(source.traces)
    if not source.has_displacement:
        remarks.append(
            f"{source.name}: no displacement was recorded, so there are no plateau lengths and no "
            "map of conductance against displacement; give the step between samples"
        )
    closing = replace(spec.histogram, stages=("push",))
    counted = CorrelationSpec(weighting=source.weighting, bandwidth=0.1)
    return SourceAnalysis(
        source=source,
        histogram=histogram,
        band=density_band(histogram, _rng(spec), PeakSpec(bandwidth=0.0)),
        peaks=histogram_peaks(histogram, _rng(spec)),
        tests=_tests(source, histogram, spec, references or {}),
        absences=_absences(histogram, spec),
        closing=tried(lambda: source.histogram(closing)),
        logarithmic=log_histogram(source.traces, LogHistogramSpec(weighting=source.weighting)),
        plateaus=plateau_table(pulls, _rng(spec)) if source.has_displacement else (),
        image=_image(source, spec) if source.has_displacement else None,
        correlation=tried(lambda: correlation_histogram(source.traces, counted)),
        memory=tried(lambda: correlation_histogram(source.traces, counted, second="push")),
        contributions=_contributions(source, histogram, spec, parts),
        remarks=tuple(remarks),
    )


def _rng(spec: AnalysisSpec) -> np.random.Generator:
    return np.random.default_rng(spec.seed)


def _tests(
    source: Source, histogram: Histogram, spec: AnalysisSpec, references: Mapping[str, PeakDraws]
) -> tuple[PeakTest, ...]:
    if spec.published is None:
        return ()
    against: dict[str, MeasuredHistogram | PeakDraws] = {PUBLISHED: spec.published}
    against |= {name: draws for name, draws in references.items() if name != source.name}
    ours = draw_peaks(histogram, _rng(spec))
    plain = EquivalenceSpec(spec.published.nominal, spec.published.tolerances, spec.level)
    return tuple(
        PeakTest(
            name,
            peak_equivalence(
                ours,
                reference,
                replace(plain, with_series_resistance=is_fitted),
                n_channel=source.starts_at,
            ),
        )
        for name, reference in against.items()
        for is_fitted in (False, True)
    )


def _absences(histogram: Histogram, spec: AnalysisSpec) -> tuple[AbsenceRow, ...]:
    nominal = spec.published.absent if spec.published else ()
    return absence_table(histogram, nominal, _rng(spec), level=spec.level)


def _image(source: Source, spec: AnalysisSpec) -> DisplacementHistogram:
    return displacement_histogram(
        source.traces, reference_g0=spec.break_g0, spec=source.counted(spec.histogram)
    )


def _contributions(
    source: Source, histogram: Histogram, spec: AnalysisSpec, parts: Mapping[str, Source] | None
) -> tuple[Contribution, ...]:
    if len(histogram.experiments) < 2:
        return ()
    found = [sampling_contribution(source.name, histogram, _rng(spec), _nominal(spec))]
    levels = {name: part.histogram(spec.histogram) for name, part in (parts or {}).items()}
    between = _levels("potential", levels, spec)
    return (*found, between) if between else tuple(found)


def _levels(
    name: str, histograms: Mapping[str, Histogram], spec: AnalysisSpec
) -> Contribution | None:
    if len(histograms) < 2 or min(len(h.experiments) for h in histograms.values()) < 2:
        return None
    return level_contribution(name, histograms, _rng(spec), _nominal(spec))


def _nominal(spec: AnalysisSpec) -> tuple[int, ...]:
    return spec.published.nominal if spec.published else ()
