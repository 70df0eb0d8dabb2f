"""Figures of a design campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sekkei.observe.figures.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    SOFT,
    VERMILION,
    element_color,
    new_figure,
    styled,
)

SMALLEST_DISTANCE_G0 = 1e-3
"""Nearer than this is drawn at this, on the logarithmic axis, in G0."""


@dataclass(frozen=True, slots=True)
class DesignPoint:
    """One proposal, as the convergence figure needs it."""

    round: int
    """Round in which it was proposed, from 0."""

    predicted_g0: float
    """Predicted conductance in G0."""

    verified_g0: float | None = None
    """Conductance by the label in G0; ``None`` if not verified."""


@dataclass(frozen=True, slots=True)
class CompositionBar:
    """One bar of the composition figure."""

    name: str
    """For the axis."""

    composition: Mapping[str, float]
    """Fraction of each element; sums to 1."""

    is_hit: bool | None = None
    """Whether it is a hit by its proof, or else by its labels; ``None`` without either."""


@styled
def convergence_figure(
    points: Sequence[DesignPoint], target_g0: float, tolerance_g0: float
) -> Figure:
    """Draw how far proposals are from the target, round by round.

    Open circles are predictions, filled diamonds labels, a line joins the two of
    one proposal; below the shaded edge lies a hit.
    """
    figure, (axes,) = new_figure(3.0)
    axes.axhspan(SMALLEST_DISTANCE_G0 / 2.0, tolerance_g0, color=GREEN, alpha=0.10, lw=0.0)
    axes.axhline(tolerance_g0, color=GREEN, lw=1.0, label=f"tolerance {tolerance_g0:g} $G_0$")
    rounds = _spread_rounds([point.round for point in points])
    predicted = _distance([point.predicted_g0 for point in points], target_g0)
    axes.plot(rounds, predicted, "o", mfc="white", mec=BLUE, ms=5.0, label="predicted")
    is_verified = np.array([point.verified_g0 is not None for point in points], dtype=bool)
    found = [point.verified_g0 for point in points if point.verified_g0 is not None]
    verified = _distance(found, target_g0)
    for x, low, high in zip(rounds[is_verified], predicted[is_verified], verified, strict=True):
        axes.plot([x, x], [low, high], color=SOFT, lw=0.7, zorder=1)
    axes.plot(rounds[is_verified], verified, "D", color=VERMILION, ms=5.0, label="labelled")
    axes.set(yscale="log", xlabel="round", ylabel="distance from the target ($G_0$)")
    axes.set_ylim(bottom=SMALLEST_DISTANCE_G0 / 1.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside upper left", ncols=3)
    return figure


@styled
def composition_figure(bars: Sequence[CompositionBar]) -> Figure:
    """Draw the composition of proposals as stacked bars, first proposal on top.

    A hit is marked with a tick, a miss with a cross.
    """
    figure, (axes,) = new_figure(0.9 + 0.3 * len(bars))
    symbols = sorted({s for bar in bars for s in bar.composition}, key=_element_order)
    rows = np.arange(len(bars))[::-1]
    left = np.zeros(len(bars))
    for symbol in symbols:
        fraction = np.array([bar.composition.get(symbol, 0.0) for bar in bars])
        color = element_color(symbol)
        axes.barh(rows, fraction, 0.72, left, color=color, ec="white", lw=0.8, label=symbol)
        left += fraction
    for row, bar in zip(rows, bars, strict=True):
        if bar.is_hit is not None:
            color, marker = (GREEN, r"$\checkmark$") if bar.is_hit else (INK, "x")
            axes.plot([1.04], [row], marker=marker, color=color, ms=7.0, clip_on=False)
    axes.set_yticks(rows, [bar.name for bar in bars])
    axes.set(xlim=(0.0, 1.0), xlabel="fraction of the atoms in the device region")
    axes.tick_params(axis="y", length=0.0)
    axes.spines["left"].set_color(FAINT)
    figure.legend(loc="outside upper center", ncols=5)
    return figure


def _distance(conductances_g0: Sequence[float], target_g0: float) -> np.ndarray:
    return np.maximum(np.abs(np.array(conductances_g0) - target_g0), SMALLEST_DISTANCE_G0)


def _spread_rounds(rounds: Sequence[int]) -> np.ndarray:
    """Shift proposals of one round apart, in order, so that none hides another."""
    x = np.array(rounds, dtype=np.float64)
    for value in set(rounds):
        same = np.flatnonzero(np.array(rounds) == value)
        x[same] += np.linspace(-0.28, 0.28, same.size) if same.size > 1 else 0.0
    return x


def _element_order(symbol: str) -> tuple[int, str]:
    known = ("Li", "Na", "K", "Rb", "Cs")
    return (known.index(symbol) if symbol in known else len(known), symbol)
