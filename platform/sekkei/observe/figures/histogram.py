"""Figures of traces and histograms."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from sekkei.observe.comparison import MeasuredHistogram
from sekkei.observe.figures.style import (
    CYCLE,
    FAINT,
    INK,
    SOFT,
    VERMILION,
    new_figure,
    styled,
)
from sekkei.observe.histogram import (
    DisplacementHistogram,
    Histogram,
    as_density,
    smooth,
)
from sekkei.observe.peaks import Peak
from sekkei.observe.spread import Band
from sekkei.observe.trace import Trace
from sekkei.shapes import Float

BROKEN_BELOW_G0 = 0.3
"""Counts below this conductance may run off the scale, in G0."""

CONDUCTANCE = r"conductance ($G_0 = 2e^2/h$)"


@styled
def histogram_figure(
    histograms: Mapping[str, Histogram],
    *,
    measured: MeasuredHistogram | None = None,
    peaks: Sequence[Peak] = (),
    bandwidth_g0: float = 0.1,
    band: Band | None = None,
) -> Figure:
    """Draw conductance histograms with measured positions above them.

    Parameters
    ----------
    histograms
        By name for the legend; the first is filled with its bins, each has a smoothed line.
    measured
        Positions to mark: triangles with tolerance where peaks were measured, rings where their
        absence was.
    peaks
        Peaks of the first histogram; position and interval are drawn.
    bandwidth_g0
        Smoothing of the lines, in G0; 0 for none.
    band
        Intervals of the bars of the first histogram.
    """
    figure, (axes,) = new_figure(3.1)
    for i, (name, histogram) in enumerate(histograms.items()):
        _draw_histogram(axes, histogram, name, bandwidth_g0, is_first=i == 0)
    first = next(iter(histograms.values()))
    top = 1.05 * max(_highest(h, bandwidth_g0) for h in histograms.values())
    if band is not None:
        axes.vlines(first.centers, band.low, band.high, color=CYCLE[0], lw=0.6, alpha=0.5)
        closed = first.centers >= BROKEN_BELOW_G0
        top = max(top, 1.05 * float(band.high[closed].max(initial=0.0)))
    for peak in peaks:
        axes.plot([peak.position] * 2, [0.0, top], color=CYCLE[0], lw=0.8, ls=(0, (4, 2)))
        if peak.interval is not None:
            axes.axvspan(*peak.interval, color=CYCLE[0], alpha=0.10, lw=0.0)
    axes.set(
        xlim=(0.0, first.spec.upper), xlabel=CONDUCTANCE, ylabel=r"probability density ($1/G_0$)"
    )
    axes.set_xticks(np.arange(int(first.spec.upper) + 1))
    axes.set_ylim(0.0, top * (1.22 if measured else 1.0))
    if measured:
        _draw_measured(axes, measured, top)
    n_column = 2 if len(histograms) == 1 else 1  # two names side by side may be too wide
    figure.legend(loc="outside upper left", ncols=n_column, columnspacing=1.2, fontsize=7.5)
    return figure


@styled
def traces_figure(traces: Sequence[Trace], *, gap_angstrom: float = 3.0) -> Figure:
    """Draw traces side by side, each shifted along the displacement so that none overlaps.

    Between two snapshots the line holds the nearer one's conductance, as the histogram counts it.
    """
    figure, (axes,) = new_figure(2.9)
    start = 0.0
    for i, trace in enumerate(traces):
        shifted = trace.displacements - trace.displacements[0] + start
        color = CYCLE[i % len(CYCLE)]
        axes.step(shifted, trace.conductances, where="mid", color=color, lw=1.2)
        axes.plot(shifted, trace.conductances, ".", color=color, ms=3.0)
        start = float(shifted[-1]) + gap_angstrom
    axes.set_ylim(bottom=0.0)
    axes.grid(axis="y", color=FAINT, lw=0.6)
    axes.set(xlabel="displacement, each trace shifted (Å)", ylabel=CONDUCTANCE)
    return figure


@styled
def displacement_figure(histogram: DisplacementHistogram) -> Figure:
    """Draw conductance against displacement, traces aligned where they break."""
    figure, (axes,) = new_figure(3.1)
    # An empty bin is white: it holds no trace, not few.
    shown = np.ma.masked_equal(histogram.counts.T, 0.0)
    mesh = axes.pcolormesh(
        histogram.displacement_edges,
        histogram.conductance_edges,
        shown,
        cmap="cividis_r",
        vmin=0.0,
        vmax=_color_limit(histogram),
        rasterized=True,
    )
    axes.axvline(0.0, color=SOFT, lw=0.8, ls=(0, (4, 2)))
    axes.set(
        xlabel=f"displacement after breaking at {histogram.reference:g} $G_0$ (Å)",
        ylabel=CONDUCTANCE,
    )
    figure.colorbar(mesh, ax=axes, label="number of traces", pad=0.02, extend="max")
    return figure


@styled
def plateau_figure(lengths_angstrom: Mapping[str, np.ndarray], *, bin_angstrom: float) -> Figure:
    """Draw how long plateaus are; one series per name, plateaus of length 0 left out."""
    figure, (axes,) = new_figure(2.6)
    longest = max(float(sample.max(initial=0.0)) for sample in lengths_angstrom.values())
    edges = np.arange(0.0, longest + 2.0 * bin_angstrom, bin_angstrom)
    for i, (name, sample) in enumerate(lengths_angstrom.items()):
        present = sample[sample > 0.0]
        label = f"{name} ({present.size} of {sample.size} traces)"
        counts = np.histogram(present, edges)[0]
        axes.stairs(counts, edges, color=CYCLE[i % len(CYCLE)], lw=1.4, label=label)
    axes.set(xlabel="plateau length (Å)", ylabel="number of traces")
    axes.legend()
    return figure


def _densities(
    histogram: Histogram, bandwidth_g0: float
) -> tuple[Float[np.ndarray, " bin"], Float[np.ndarray, " bin"]]:
    width = histogram.spec.bin_width
    smoothed = smooth(histogram.counts, bandwidth_g0, width)
    return histogram.density, as_density(smoothed, width)


def _draw_histogram(
    axes: Axes, histogram: Histogram, name: str, bandwidth_g0: float, *, is_first: bool
) -> None:
    color = CYCLE[len(axes.lines) % len(CYCLE)]
    bars, line = _densities(histogram, bandwidth_g0)
    label = f"{name}: {histogram.n_snapshot} snapshots of {len(histogram.experiments)} experiments"
    if is_first:
        axes.stairs(bars, histogram.edges, fill=True, color=color, alpha=0.25, lw=0.0)
    axes.plot(histogram.centers, line, color=color, label=label)


def _highest(histogram: Histogram, bandwidth_g0: float) -> float:
    """Highest density of closed contacts; the broken ones would flatten all the rest."""
    closed = histogram.centers >= BROKEN_BELOW_G0
    return max(float(line[closed].max(initial=0.0)) for line in _densities(histogram, bandwidth_g0))


def _color_limit(histogram: DisplacementHistogram) -> float:
    closed = histogram.conductance_edges[:-1] >= BROKEN_BELOW_G0
    return max(1.0, float(histogram.counts[:, closed].max(initial=0.0)))


def _draw_measured(axes: Axes, measured: MeasuredHistogram, top: float) -> None:
    height = 1.11 * top
    spans = [
        [(p - t, height), (p + t, height)]
        for p, t in zip(measured.peaks, measured.tolerances, strict=True)
    ]
    axes.add_collection(LineCollection(spans, colors=INK, linewidths=1.2))
    axes.plot(
        measured.peaks,
        [height] * len(measured.peaks),
        "v",
        color=INK,
        ms=6.0,
        label=f"measured on {measured.element}",
    )
    if measured.absent:
        axes.plot(
            measured.absent,
            [height] * len(measured.absent),
            "o",
            mfc="white",
            mec=VERMILION,
            mew=1.3,
            ms=5.5,
            label="measured: no peak",
        )
