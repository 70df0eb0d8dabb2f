"""What the same contacts conduct between different leads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from sekkei.observe.figures.style import BLACK, CYCLE, FAINT, new_figure, styled
from sekkei.shapes import Float

_MARKERS = ("o", "s", "^", "D", "v", "P")


@dataclass(frozen=True, slots=True, eq=False)
class LeadCurve:
    """One kind of lead, and the contacts that were labelled between two of it."""

    name: str
    """For the legend."""

    displacements: Float[np.ndarray, " contact"]
    """How far the contacts were pulled, ascending, in angstrom."""

    conductances: Float[np.ndarray, " contact"]
    """T(E_F) of each, in G0."""

    windows: Float[np.ndarray, " contact"]
    """Mean of T over the window of the recipe, in G0."""


@styled
def leads_figure(curves: Sequence[LeadCurve]) -> Figure:
    """Draw conductance against displacement, one line for each kind of lead.

    T(E_F) above, the mean over the window below; the last curve is drawn in black,
    without a line: it is what the others are held against, and may have gaps.
    """
    figure, panels = new_figure(4.6, 2, 1)
    names = ("$T(E_F)$ ($G_0$)", "mean of $T$ over the window ($G_0$)")
    for axes, name in zip(panels, names, strict=True):
        for i, curve in enumerate(curves):
            values = curve.conductances if axes is panels[0] else curve.windows
            is_last = i == len(curves) - 1
            axes.plot(
                curve.displacements,
                values,
                marker=_MARKERS[i % len(_MARKERS)],
                ms=5.5 if is_last else 4.0,
                ls="none" if is_last else "-",
                color=BLACK if is_last else CYCLE[i % len(CYCLE)],
                label=curve.name,
                zorder=3 if is_last else 2,
            )
        axes.set(ylabel=name)
        axes.set_ylim(bottom=0.0)
        axes.grid(axis="y", color=FAINT, lw=0.6)
        axes.label_outer()
    panels[1].set_xlabel("displacement (Å)")
    panels[0].legend(fontsize=7.5)
    return figure
