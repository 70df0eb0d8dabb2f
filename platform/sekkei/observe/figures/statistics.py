"""Figures of what lies behind a histogram: correlations, logarithms, spreads, tests."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sekkei.observe.analysis import PeakTest
from sekkei.observe.correlation import CorrelationHistogram
from sekkei.observe.figures.histogram import BROKEN_BELOW_G0, CONDUCTANCE
from sekkei.observe.figures.style import (
    CYCLE,
    FAINT,
    GREEN,
    INK,
    SOFT,
    VERMILION,
    new_figure,
    styled,
)
from sekkei.observe.histogram import Histogram, as_density, smooth
from sekkei.observe.logarithmic import LogHistogram
from sekkei.observe.spread import Contribution

_STAGES = {"pull": "opening", "push": "closing"}
_STATEMENTS = {"equivalent": GREEN, "different": VERMILION, "undecided": SOFT}
_MARKERS = {"equivalent": "o", "different": "X", "undecided": "D"}


@styled
def correlation_figure(histogram: CorrelationHistogram) -> Figure:
    """Draw a correlation histogram; bins that never vary are grey.

    Colours run to the largest coefficient off the diagonal, blue for pairs that exclude each other
    and red for those that come together.
    """
    figure, (axes,) = new_figure(4.1)
    shown = np.ma.masked_invalid(histogram.coefficients)
    axes.set_facecolor(FAINT)
    limit = _off_diagonal(histogram)
    mesh = axes.pcolormesh(
        histogram.edges,
        histogram.edges,
        shown.T,
        cmap="RdBu_r",
        vmin=-limit,
        vmax=limit,
        rasterized=True,
    )
    first, second = _STAGES[histogram.first], _STAGES[histogram.second]
    axes.plot(histogram.edges[[0, -1]], histogram.edges[[0, -1]], color=SOFT, lw=0.6)
    axes.set(
        aspect="equal",
        xlabel=f"{first} {CONDUCTANCE}",
        ylabel=f"{second} {CONDUCTANCE}",
        title=f"{histogram.n_pair} {'traces' if first == second else 'pairs'}; "
        f"independent bins: ±{histogram.noise:.2f}",
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    figure.colorbar(mesh, ax=axes, label="correlation of counts", pad=0.02, extend="both")
    return figure


@styled
def log_histogram_figure(histograms: Mapping[str, LogHistogram]) -> Figure:
    """Draw logarithmic histograms; the first is filled, and tails of a thousandth are cut."""
    figure, (axes,) = new_figure(3.1)
    for i, (name, histogram) in enumerate(histograms.items()):
        color = CYCLE[i % len(CYCLE)]
        density, edges = histogram.density, histogram.edges
        label = (
            f"{name}: {_share_below(histogram):.1%} below $10^{{{histogram.spec.lowest_decade}}}$"
        )
        if i == 0:
            axes.stairs(density, edges, fill=True, color=color, alpha=0.25, lw=0.0)
        axes.stairs(density, edges, color=color, lw=1.2, label=label)
    axes.axvline(1.0, color=SOFT, lw=0.8, ls=(0, (4, 2)))
    axes.set(
        xscale="log",
        xlim=_occupied(list(histograms.values())),
        xlabel=CONDUCTANCE,
        ylabel="probability density (1/decade)",
    )
    axes.set_ylim(bottom=0.0)
    figure.legend(loc="outside upper left", ncols=1, fontsize=7.5)
    return figure


@styled
def contribution_figure(histogram: Histogram, contributions: Sequence[Contribution]) -> Figure:
    """Draw a smoothed density, and below it the standard deviation by each contribution."""
    figure, (top, bottom) = new_figure(3.9, n_row=2)
    width = histogram.spec.bin_width
    line = as_density(smooth(histogram.counts, 0.1, width), width)
    top.plot(histogram.centers, line, color=INK)
    closed = histogram.centers >= BROKEN_BELOW_G0
    top.set_ylim(0.0, 1.1 * max(1e-9, float(line[closed].max(initial=0.0))))
    highest = 0.0
    for i, found in enumerate(contributions):
        levels = "" if found.name == "sampling" else f" ({', '.join(found.levels)})"
        color = CYCLE[i % len(CYCLE)]
        bottom.plot(histogram.centers, found.density, color=color, label=f"{found.name}{levels}")
        highest = max(highest, float(found.density[closed].max(initial=0.0)))
    bottom.set_ylim(0.0, 1.1 * max(1e-9, highest))
    for axes in (top, bottom):
        axes.set_xlim(0.0, histogram.spec.upper)
        axes.set_xticks(np.arange(int(histogram.spec.upper) + 1))
    top.set_ylabel(r"density ($1/G_0$)")
    bottom.set(xlabel=CONDUCTANCE, ylabel=r"deviation ($1/G_0$)")
    figure.legend(loc="outside upper left", ncols=2, columnspacing=1.2, fontsize=7.5)
    return figure


@styled
def equivalence_figure(tests: Mapping[str, PeakTest]) -> Figure:
    """Draw how far peaks are from where they should be, with intervals and margins.

    Parameters
    ----------
    tests
        By name for the rows; the grey bar is the margin, the line the interval of confidence
        1 - 2 level, the mark says the statement. On the right stands how many of the resamples
        have such a peak.
    """
    n_row = sum(len(test.equivalence.rows) for test in tests.values())
    figure, (axes,) = new_figure(1.3 + 0.24 * n_row)
    ticks, place = [], 0
    right = axes.get_yaxis_transform()
    for name, test in tests.items():
        for row in test.equivalence.rows:
            axes.barh(place, 2.0 * row.margin_g0, left=-row.margin_g0, height=0.7, color=FAINT)
            color = _STATEMENTS[row.statement]
            if row.interval_g0 is not None and row.ours_g0 is not None:
                axes.plot(row.interval_g0, [place] * 2, color=color, lw=1.6)
                middle = row.ours_g0 - row.reference_g0
                axes.plot(middle, place, _MARKERS[row.statement], color=color, ms=5.0)
            ticks.append(f"{name}: {row.nominal} $G_0$")
            axes.text(1.01, place, f"{row.presence:.0%}", va="center", transform=right, color=SOFT)
            place += 1
    axes.text(1.01, -1.0, "present", va="center", transform=right, color=SOFT, fontsize=7.5)
    axes.axvline(0.0, color=SOFT, lw=0.8, ls=(0, (4, 2)))
    axes.set_yticks(range(place), ticks)
    axes.invert_yaxis()
    axes.set_xlabel("position, ours minus reference ($G_0$)")
    handles = [
        Line2D([], [], color=_STATEMENTS[s], marker=_MARKERS[s], lw=1.6, ms=5.0, label=s)
        for s in _STATEMENTS
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=3, fontsize=7.5)
    return figure


def _off_diagonal(histogram: CorrelationHistogram) -> float:
    size = histogram.coefficients.shape[0]
    # Neighbours of the diagonal are correlated by the width of a plateau.
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) > 3
    found = np.abs(histogram.coefficients[apart])
    found = found[np.isfinite(found)]
    return max(0.1, float(np.quantile(found, 0.995)) if found.size else 0.0)


def _share_below(histogram: LogHistogram) -> float:
    total = histogram.below + float(histogram.counts.sum()) + histogram.beyond
    return histogram.below / total if total > 0.0 else 0.0


def _occupied(histograms: Sequence[LogHistogram]) -> tuple[float, float]:
    lows, highs = [], []
    for histogram in histograms:
        share = np.cumsum(histogram.counts) / max(float(histogram.counts.sum()), 1e-300)
        lows.append(histogram.edges[min(int(np.searchsorted(share, 1e-3)), share.size - 1)])
        highs.append(histogram.edges[min(int(np.searchsorted(share, 0.999)), share.size - 1) + 1])
    return float(min(lows)), float(max(highs))
