"""What ``sekkei histogram`` prints and draws."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sekkei.cli.output import print_json, print_rows, print_text, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sekkei.cli.histogram_lake import LakeAnswer
    from sekkei.client.answer import ServedHistogram
    from sekkei.observe import (
        Contribution,
        CorrelationHistogram,
        LakeHistogram,
        MeasuredHistogram,
        Source,
        SourceAnalysis,
        SourceComparison,
    )
    from sekkei.observe.figures.style import Format

KINDS: "tuple[Format, ...]" = ("png", "svg")
"""Files of each figure."""

_PEAKS = ("position", "interval", "support", "significance", "height")
_COMPARED = (
    "nominal", "expected", "measured_g0", "ours_g0", "interval_g0", "support", "verdict", "remark",
)  # fmt: skip
_SOURCES = ("name", "kind", "quantity", "n_experiment", "n_trace", "n_snapshot")
_TESTS = (
    "source", "reference", "series_resistance_ohm", "nominal", "reference_g0", "ours_g0",
    "interval_g0", "margin_g0", "presence", "statement",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Telling:
    """How results are to be shown."""

    element: str | None
    """Element that a user named."""

    out: Path
    """Folder of the figures."""

    is_full: bool
    """Whether every analysis is wanted."""

    as_json: bool
    """For machines."""


def tell_one(found: "LakeAnswer", out: Path, *, as_json: bool) -> None:
    """Show the histogram of one source of a lake."""
    from sekkei.observe.figures import histogram_figure

    first, (source,) = found.first, found.sources
    name = "labels" if source.model is None else "surrogate"
    figure = histogram_figure({name: first.histogram}, measured=first.measured, peaks=first.peaks)
    show_histogram(first, _counted(first, source), figure, out, as_json=as_json)


def show_histogram(
    found: "LakeHistogram | ServedHistogram",
    record: dict[str, Any],
    figure: "Figure",
    out: Path,
    *,
    as_json: bool,
) -> None:
    """Show one histogram, wherever it was made."""
    files = _save({"histogram": figure}, out)
    if as_json:
        print_json(record | _found(found) | {"files": files})
        return
    print_rows(map(asdict, found.peaks), as_json=False, shown=_PEAKS)
    print_rows(map(asdict, found.comparison), as_json=False, shown=_COMPARED)
    print_text(found.summary + "\n")


def tell_comparison(found: "LakeAnswer | None", own: "Sequence[Source]", how: Telling) -> None:
    """Show several sources side by side, or one with every analysis."""
    from sekkei.observe import AnalysisSpec, compare_sources

    published = _published(found, how.element)
    sources = [*(found.sources if found else ()), *own]
    compared = compare_sources(
        sources,
        AnalysisSpec(published=published),
        potentials=found.potentials if found else None,
    )
    for analysis in compared.analyses:
        for remark in analysis.remarks if how.is_full else ():
            say(remark)
    files = _save(dict(_figures(compared, published, is_full=how.is_full)), how.out)
    if how.as_json:
        base = _record(found.first, found.sources[0]) if found else {"element": how.element}
        print_json(base | _compared(compared, is_full=how.is_full) | {"files": files})
        return
    _print(compared, is_full=how.is_full)


def _published(found: "LakeAnswer | None", element: str | None) -> "MeasuredHistogram | None":
    from sekkei.observe import measured_histogram

    if found is not None:
        return found.first.measured
    return None if element is None else measured_histogram(element)


def _record(found: "LakeHistogram", source: "Source") -> dict[str, Any]:
    return _counted(found, source) | _found(found)


def _counted(found: "LakeHistogram", source: "Source") -> dict[str, Any]:
    return {
        **asdict(found.selection),
        "quantity": source.quantity,
        "state": found.state_id,
        "n_experiment": len(found.histogram.experiments),
        "n_trace": found.histogram.n_trace,
        "n_snapshot": found.histogram.n_snapshot,
    }


def _found(found: "LakeHistogram | ServedHistogram") -> dict[str, Any]:
    return {
        "peaks": [asdict(peak) for peak in found.peaks],
        "comparison": [asdict(row) for row in found.comparison],
        "summary": found.summary,
    }


def _compared(compared: "SourceComparison", *, is_full: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "sources": [_source(a) | _peaks(a) for a in compared.analyses],
        "distances": [asdict(distance) for distance in compared.distances],
        "equivalence": list(_tests(compared)),
        "absences": list(_absences(compared)),
    }
    if is_full:
        record["analyses"] = {a.source.name: _analysis(a) for a in compared.analyses}
        record["models"] = None if compared.models is None else _contribution(compared.models)
    return record


def _source(analysis: "SourceAnalysis") -> dict[str, Any]:
    source, histogram = analysis.source, analysis.histogram
    return {
        "name": source.name,
        "kind": source.kind,
        "quantity": source.quantity,
        "model": source.model,
        "weighting": source.weighting,
        "n_experiment": len(histogram.experiments),
        "n_trace": histogram.n_trace,
        "n_snapshot": histogram.n_snapshot,
    }


def _peaks(analysis: "SourceAnalysis") -> dict[str, Any]:
    return {"peaks": [asdict(peak) for peak in analysis.peaks]}


def _tests(compared: "SourceComparison") -> Iterator[dict[str, Any]]:
    for analysis in compared.analyses:
        for test in analysis.tests:
            found = test.equivalence
            named = {
                "source": analysis.source.name,
                "reference": test.reference,
                "level": found.level,
                "series_resistance_ohm": found.series_resistance_ohm,
                "overall": found.statement,
            }
            yield from (named | asdict(row) for row in found.rows)


def _absences(compared: "SourceComparison") -> Iterator[dict[str, Any]]:
    for analysis in compared.analyses:
        yield from ({"source": analysis.source.name} | asdict(row) for row in analysis.absences)


def _analysis(analysis: "SourceAnalysis") -> dict[str, Any]:
    histogram, band, log = analysis.histogram, analysis.band, analysis.logarithmic
    return {
        "centers_g0": histogram.centers.tolist(),
        "density": histogram.density.tolist(),
        "density_low": None if band is None else band.low.tolist(),
        "density_high": None if band is None else band.high.tolist(),
        "closing_density": None if analysis.closing is None else analysis.closing.density.tolist(),
        "log_edges_g0": log.edges.tolist(),
        "log_density": log.density.tolist(),
        "n_negative": log.n_negative,
        "plateaus": [asdict(row) for row in analysis.plateaus],
        "correlation": _correlation(analysis.correlation),
        "opening_closing": _correlation(analysis.memory),
        "contributions": [_contribution(found) for found in analysis.contributions],
        "remarks": list(analysis.remarks),
    }


def _contribution(found: "Contribution") -> dict[str, Any]:
    return {
        "name": found.name,
        "levels": list(found.levels),
        "density": found.density.tolist(),
        "peaks": list(found.peaks),
    }


def _correlation(found: "CorrelationHistogram | None") -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "n_pair": found.n_pair,
        "noise": found.noise,
        "edges_g0": found.edges.tolist(),
        "coefficients": found.coefficients.tolist(),
    }


def _print(compared: "SourceComparison", *, is_full: bool) -> None:
    print_rows(map(_source, compared.analyses), as_json=False, shown=_SOURCES)
    for analysis in compared.analyses:
        print_text(f"peaks of {analysis.source.name}\n")
        print_rows(map(asdict, analysis.peaks), as_json=False, shown=_PEAKS)
        if is_full and analysis.plateaus:
            print_text(f"plateaus of {analysis.source.name}\n")
            print_rows(map(asdict, analysis.plateaus), as_json=False)
    print_rows(map(asdict, compared.distances), as_json=False)
    print_rows(_tests(compared), as_json=False, shown=_TESTS)
    print_rows(_absences(compared), as_json=False)
    if is_full:
        print_rows(_reasons(compared), as_json=False)


def _reasons(compared: "SourceComparison") -> Iterator[dict[str, Any]]:
    """Say how much each reason moves each peak."""
    found = [(a.source.name, reason) for a in compared.analyses for reason in a.contributions]
    found += [("all models", compared.models)] if compared.models else []
    for name, reason in found:
        yield {
            "source": name,
            "contribution": reason.name,
            "levels": reason.levels,
            "largest_density": float(reason.density.max()),
            "peak_deviations_g0": ["-" if p is None else f"{p:.3f}" for p in reason.peaks],
        }


def _figures(
    compared: "SourceComparison", published: "MeasuredHistogram | None", *, is_full: bool
) -> "Iterator[tuple[str, Figure]]":
    from sekkei.observe.figures import equivalence_figure, histogram_figure, log_histogram_figure

    first = compared.analyses[0]
    histograms = {a.source.name: a.histogram for a in compared.analyses}
    yield (
        "histogram",
        histogram_figure(histograms, measured=published, peaks=first.peaks, band=first.band),
    )
    if not is_full:
        return
    logs = {a.source.name: a.logarithmic for a in compared.analyses}
    yield "logarithm", log_histogram_figure(logs)
    tests = {
        f"{a.source.name} / {t.reference}": t
        for a in compared.analyses
        for t in a.tests
        if t.equivalence.series_resistance_ohm is None
    }
    if tests:
        yield "peaks", equivalence_figure(tests)
    for analysis in compared.analyses:
        name = re.sub(r"[^\w-]+", "-", analysis.source.name).strip("-")
        for kind, figure in _figures_of(analysis, compared):
            yield f"{kind}-{name}", figure


def _figures_of(
    analysis: "SourceAnalysis", compared: "SourceComparison"
) -> "Iterator[tuple[str, Figure]]":
    from sekkei.observe import plateau_lengths, select_traces
    from sekkei.observe.figures import (
        contribution_figure,
        correlation_figure,
        displacement_figure,
        histogram_figure,
        plateau_figure,
    )

    if analysis.closing is not None:
        both = {"opening": analysis.histogram, "closing": analysis.closing}
        yield "opening-closing", histogram_figure(both)
    if analysis.image is not None:
        yield "map", displacement_figure(analysis.image)
    if analysis.plateaus:
        pulls = select_traces(analysis.source.traces)
        lengths = {f"{n} $G_0$": plateau_lengths(pulls, float(n)) for n in (1, 2, 3)}
        yield "plateaus", plateau_figure(lengths, bin_angstrom=0.5)
    if analysis.correlation is not None:
        yield "correlation", correlation_figure(analysis.correlation)
    if analysis.memory is not None:
        yield "opening-closing-correlation", correlation_figure(analysis.memory)
    reasons = [*analysis.contributions, *([compared.models] if compared.models else [])]
    if reasons:
        yield "spread", contribution_figure(analysis.histogram, reasons)


def _save(figures: "dict[str, Figure]", out: Path) -> list[str]:
    from sekkei.observe.figures import save
    from sekkei.observe.figures.style import check_own

    check_own(out / f"{name}.{kind}" for name in figures for kind in KINDS)
    files = []
    for name, figure in figures.items():
        files += [str(path) for path in save(figure, out, name, KINDS)]
    for file in files:
        say(f"wrote {file}")
    return files
