"""Figures of labels and of models that learned them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from sekkei.observe.figures.style import BLUE, CYCLE, FAINT, SOFT, VERMILION, new_figure, styled
from sekkei.shapes import Float


@dataclass(frozen=True, slots=True, eq=False)
class ParitySample:
    """What a model said of some snapshots, beside their labels."""

    name: str
    """Split, for the legend: training, validation or test."""

    actual: Float[np.ndarray, " snapshot"]
    """Conductance of the labels in G0."""

    predicted: Float[np.ndarray, " snapshot"]
    """Predicted conductance in G0."""

    sigma: Float[np.ndarray, " snapshot"]
    """Predicted standard deviation in G0; 0 where there is none."""

    experiments: tuple[str, ...]
    """Experiment of each snapshot: neighbours in one are nearly equal."""

    @property
    def mean_absolute_error(self) -> float:
        """Mean absolute error in G0."""
        return float(np.abs(self.predicted - self.actual).mean())


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line of a figure."""

    name: str
    """For the legend."""

    x: Float[np.ndarray, " point"]
    """Abscissae."""

    y: Float[np.ndarray, " point"]
    """Ordinates."""

    error: Float[np.ndarray, " point"] | None = None
    """Half length of the error bars, in the unit of ``y``."""


@styled
def parity_figure(
    samples: Sequence[ParitySample], baselines_mae_g0: Mapping[str, float] | None = None
) -> Figure:
    """Draw predicted against labelled conductance, with the baselines' errors in the legend."""
    figure, (axes,) = new_figure(4.6)
    marks = dict(zip(("train", "training", "test"), (SOFT, SOFT, BLUE), strict=True))
    for i, sample in enumerate(samples):
        color = marks.get(sample.name, CYCLE[i % len(CYCLE)])
        _draw_sample(axes, sample, color)
    low, high = _limits(samples)
    ends = (low - 0.03 * (high - low), high + 0.03 * (high - low))
    axes.axline((0.0, 0.0), slope=1.0, color=SOFT, lw=0.8, zorder=1)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.set(xlabel="labelled conductance ($G_0$)", ylabel="predicted conductance ($G_0$)")
    figure.legend(loc="outside upper left", fontsize=8.0)
    if baselines_mae_g0:
        rows = [f"{name} {mae:.3f}" for name, mae in baselines_mae_g0.items()]
        text = "MAE of the baselines ($G_0$)\n" + "\n".join(rows)
        axes.text(0.98, 0.02, text, transform=axes.transAxes, ha="right", fontsize=8.0, color=SOFT)
    return figure


@styled
def learning_figure(
    curves: Sequence[Curve],
    *,
    x_label: str,
    y_label: str = "mean absolute error ($G_0$)",
    has_log_axes: bool = True,
) -> Figure:
    """Draw error against epochs or against the number of labels."""
    figure, (axes,) = new_figure(2.9)
    for i, curve in enumerate(curves):
        color, marker = CYCLE[i % len(CYCLE)], "o" if curve.x.size <= 20 else ""
        axes.errorbar(
            curve.x, curve.y, curve.error, marker=marker, ms=4.0, color=color, label=curve.name
        )
    if has_log_axes:
        axes.set(xscale="log", yscale="log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_formatter(NullFormatter())
    axes.grid(color=FAINT, lw=0.5)
    axes.set(xlabel=x_label, ylabel=y_label)
    axes.legend()
    return figure


@styled
def transmission_figure(curves: Sequence[Curve], *, window_ev: float = 0.0) -> Figure:
    """Draw T(E) of a few labels as small multiples on common axes.

    Parameters
    ----------
    curves
        Energies against the Fermi level in eV, and transmission; the name is the panel's title.
    window_ev
        Half width in eV of the window that a windowed conductance averages over; shaded.
    """
    n_column = 2 if len(curves) > 1 else 1
    n_row = -(-len(curves) // n_column)
    figure, panels = new_figure(0.7 + 1.45 * n_row, n_row, n_column)
    top = 1.08 * max(float(curve.y.max()) for curve in curves)
    for axes, curve in zip(panels, curves, strict=False):
        axes.axvspan(-window_ev, window_ev, color=FAINT, lw=0.0)
        axes.axvline(0.0, color=SOFT, lw=0.8)
        axes.plot(curve.x, curve.y, color=BLUE)
        at_fermi = float(np.interp(0.0, curve.x, curve.y))
        axes.plot([0.0], [at_fermi], "o", color=VERMILION, ms=4.0)
        axes.set_title(f"{curve.name}: {at_fermi:.2f} $G_0$", fontsize=8.5)
        axes.set(xlim=(curve.x[0], curve.x[-1]), ylim=(0.0, top))
        axes.label_outer()
    for axes in panels[len(curves) :]:
        axes.remove()
    figure.supxlabel("energy against the Fermi level (eV)", fontsize=9.5)
    figure.supylabel("transmission", fontsize=9.5)
    return figure


def _limits(samples: Sequence[ParitySample]) -> tuple[float, float]:
    """Return the ends of both axes, error bars included."""
    ends = [(s.actual, s.predicted - s.sigma, s.predicted + s.sigma) for s in samples]
    values = np.concatenate([column for columns in ends for column in columns])
    return min(0.0, float(values.min())), float(values.max())


def _draw_sample(axes: Axes, sample: ParitySample, color: str) -> None:
    n_experiment = len(set(sample.experiments))
    label = (
        f"{sample.name}: {sample.actual.size} snapshots of {n_experiment} experiments, "
        f"MAE {sample.mean_absolute_error:.3f}"
    )
    bars = sample.sigma if (sample.sigma > 0.0).any() else None
    axes.errorbar(
        sample.actual,
        sample.predicted,
        yerr=bars,
        fmt="o",
        ms=3.2,
        color=color,
        ecolor=color,
        elinewidth=0.7,
        alpha=0.75,
        label=label,
    )
