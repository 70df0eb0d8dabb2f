"""Figures of correlations, logarithms, spreads and tests name their units and what they show."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from sekkei.observe import (
    HistogramSpec,
    PeakSpec,
    Trace,
    conductance_histogram,
    correlation_histogram,
    density_band,
    draw_peaks,
    level_contribution,
    log_histogram,
    measured_histogram,
    peak_equivalence,
    sampling_contribution,
)
from sekkei.observe.analysis import PeakTest
from sekkei.observe.figures import (
    as_bytes,
    contribution_figure,
    correlation_figure,
    equivalence_figure,
    histogram_figure,
    log_histogram_figure,
)

FEW = PeakSpec(n_resample=50)


@pytest.fixture(scope="module")
def traces() -> list[Trace]:
    """Made-up pulls with peaks at 1 and 3 G0, for drawing only."""
    rng = np.random.default_rng(0)
    found = []
    for i in range(20):
        values = np.abs(rng.normal(np.repeat([3.0, 1.0, 0.0], 8), 0.1))
        along = np.arange(values.size, dtype=float)
        found.append(Trace(f"e{i}", 0, "pull", along, values, np.zeros_like(values)))
    return found


def _labels(figure: Figure) -> list[str]:
    return [t for axes in figure.axes for t in (axes.get_xlabel(), axes.get_ylabel()) if t]


def test_a_correlation_says_which_strokes_and_how_much_is_noise(traces) -> None:
    figure = correlation_figure(correlation_histogram(traces))

    assert _labels(figure) == [
        "opening conductance ($G_0 = 2e^2/h$)",
        "opening conductance ($G_0 = 2e^2/h$)",
        "correlation of counts",
    ]
    assert figure.axes[0].get_title(loc="left") == "20 traces; independent bins: ±0.22"
    assert as_bytes(figure)


def test_a_logarithmic_histogram_says_what_lies_below(traces) -> None:
    deep = [
        Trace(t.experiment, 0, "pull", t.displacements, t.conductances - 0.05, t.sigmas)
        for t in traces
    ]

    figure = log_histogram_figure({"labels": log_histogram(traces), "deep": log_histogram(deep)})

    (legend,) = figure.legends
    first, second = (text.get_text() for text in legend.get_texts())
    assert first == "labels: 0.0% below $10^{-6}$"
    assert second.startswith("deep: 1")
    assert figure.axes[0].get_xscale() == "log"
    assert _labels(figure) == ["conductance ($G_0 = 2e^2/h$)", "probability density (1/decade)"]


def test_contributions_stand_below_the_histogram_by_name(traces) -> None:
    whole, part = conductance_histogram(traces), conductance_histogram(traces[:10])
    rng = np.random.default_rng(0)
    reasons = [
        sampling_contribution("labels", whole, rng, (1,), FEW),
        level_contribution("potential", {"a": whole, "b": part}, rng, (1,), FEW),
    ]

    figure = contribution_figure(whole, reasons)

    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["sampling", "potential (a, b)"]
    assert [len(axes.lines) for axes in figure.axes] == [1, 2]


def test_tests_of_peaks_show_margins_and_statements(traces) -> None:
    draws = draw_peaks(conductance_histogram(traces), np.random.default_rng(0), FEW)
    test = PeakTest("published", peak_equivalence(draws, measured_histogram("K")))

    figure = equivalence_figure({"labels": test})

    (axes,) = figure.axes
    assert [t.get_text() for t in axes.get_yticklabels()] == [
        f"labels: {n} $G_0$" for n in (1, 3, 5, 6)
    ]
    assert [patch.get_width() for patch in axes.patches] == pytest.approx([0.2, 0.4, 0.6, 0.6])
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["equivalent", "different", "undecided"]


def test_a_band_is_drawn_over_the_bars(traces) -> None:
    histogram = conductance_histogram(traces, HistogramSpec())
    band = density_band(histogram, np.random.default_rng(0), PeakSpec(bandwidth=0.0))
    assert band is not None

    plain, banded = (histogram_figure({"a": histogram}, band=b).axes[0] for b in (None, band))

    assert len(banded.collections) == len(plain.collections) + 1
    closed = histogram.centers >= 0.3
    assert banded.get_ylim()[1] >= band.high[closed].max()
