"""Figures of how right labels are: beside a reference, and against what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sekkei.observe.figures.style import CYCLE, FAINT, INK, SOFT, new_figure, styled
from sekkei.shapes import Float

TARGET_BAND_MEV = 10.0
"""Aim for the bands near E_F."""


@dataclass(frozen=True, slots=True)
class BasisPoint:
    """One basis on one wire."""

    wire: str
    """For the legend."""

    basis: str
    """Name of the basis."""

    n_orbital: int
    """Functions on one atom."""

    rms_mev: float
    """Error of the bands near E_F in meV."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelPairs:
    """The same contacts labelled by a recipe and by a reference."""

    name: str
    """Electrode and element, for the legend."""

    reference: Float[np.ndarray, " contact"]
    """T(E_F) of the reference in G0."""

    found: Float[np.ndarray, " contact"]
    """T(E_F) of the recipe in G0."""


@dataclass(frozen=True, slots=True)
class RangeDeviation:
    """Errors of the contacts within a range of conductance."""

    low: float
    """In G0."""

    high: float
    """In G0."""

    bias: float
    """Mean error in G0."""

    spread: float
    """Standard deviation of the errors about it, in G0."""

    target: float
    """Mean absolute error that is aimed at, in G0."""


@dataclass(frozen=True, slots=True)
class CostPoint:
    """One setting of the recipe on a few contacts."""

    name: str
    """What it is."""

    cpu_seconds: float
    """Mean CPU time of a label in s."""

    error: float
    """Mean absolute error in G0; 0 is not drawn."""


@styled
def basis_figure(points: Sequence[BasisPoint]) -> Figure:
    """Draw the error of bands near E_F against the size of the basis, one line for each wire."""
    figure, (axes,) = new_figure(3.2)
    bases = list(dict.fromkeys(point.basis for point in points))
    counts = {point.basis: point.n_orbital for point in points}
    for i, wire in enumerate(dict.fromkeys(point.wire for point in points)):
        errors = {point.basis: point.rms_mev for point in points if point.wire == wire}
        x = [bases.index(basis) for basis in errors]
        color = (*CYCLE, INK)[i % (len(CYCLE) + 1)]
        axes.plot(x, list(errors.values()), marker="o", ms=4.0, color=color, label=wire)
    axes.axhline(TARGET_BAND_MEV, color=SOFT, lw=0.8, ls=(0, (4, 2)))
    axes.set_xticks(range(len(bases)), [f"{basis}\n{counts[basis]} orbitals" for basis in bases])
    axes.set(yscale="log", ylabel="rms error of bands (meV)")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(axis="y", color=FAINT, lw=0.5)
    figure.legend(loc="outside upper left", ncols=3, columnspacing=1.2)
    return figure


@styled
def reference_figure(
    pairs: Sequence[LabelPairs],
    ranges: Sequence[RangeDeviation],
    reference: str = "converged reference",
) -> Figure:
    """Draw labels against those of a reference: parity above, errors by range below.

    The bars below are mean and standard deviation of each range, the shaded boxes the mean
    absolute error that is aimed at.
    """
    figure, (above, below) = new_figure(6.0, 2, 1)
    top = 1.05 * max(float(np.append(one.reference, one.found).max()) for one in pairs)
    above.axline((0.0, 0.0), slope=1.0, color=SOFT, lw=0.8, zorder=1)
    below.axhline(0.0, color=SOFT, lw=0.8, zorder=1)
    for i, one in enumerate(pairs):
        color = CYCLE[i % len(CYCLE)]
        label = f"{one.name} ({one.reference.size})"
        for axes, y in ((above, one.found), (below, one.found - one.reference)):
            name = label if axes is above else None
            axes.plot(one.reference, y, "o", ms=4.0, color=color, alpha=0.8, label=name)
    for one_range in ranges:
        _draw_range(below, one_range, top)
    above.set(xlim=(0.0, top), ylim=(0.0, top), ylabel="default recipe ($G_0$)")
    below.set(xlim=(0.0, top), xlabel=f"{reference} ($G_0$)", ylabel="error ($G_0$)")
    figure.legend(loc="outside upper left", ncols=2)
    return figure


@styled
def cost_figure(points: Sequence[CostPoint]) -> Figure:
    """Draw error against CPU time of a label, both on logarithmic axes, each point named."""
    figure, (axes,) = new_figure(3.2)
    drawn = [point for point in points if point.error > 0.0]
    for i, point in enumerate(drawn):
        axes.plot([point.cpu_seconds], [point.error], "o", color=CYCLE[i % len(CYCLE)], ms=5.0)
        axes.annotate(
            point.name,
            (point.cpu_seconds, point.error),
            (5.0, 3.0),
            textcoords="offset points",
            fontsize=8.0,
            color=INK,
        )
    axes.set(xscale="log", yscale="log", xlabel="CPU time of a label (s)")
    axes.set_ylabel("mean absolute error of $T(E_F)$ ($G_0$)")
    axes.margins(0.18)
    axes.grid(color=FAINT, lw=0.5)
    return figure


def _draw_range(axes: Axes, one: RangeDeviation, top: float) -> None:
    low, high = one.low, min(one.high, top)
    axes.fill_between([low, high], -one.target, one.target, color=FAINT, alpha=0.6, lw=0.0)
    middle = 0.5 * (low + high)
    axes.errorbar([middle], [one.bias], [one.spread], fmt="s", color=INK, ms=4.0, capsize=3.0)
