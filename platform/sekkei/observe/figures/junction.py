"""A picture of a junction, seen from two sides."""

import numpy as np
from ase.data import chemical_symbols, covalent_radii
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from sekkei.observe.figures.style import (
    FAINT,
    SOFT,
    WIDTH_INCH,
    element_color,
    new_figure,
    styled,
)
from sekkei.structure.junction import LEFT, RIGHT, Junction

_SHELLS = ((1.0, -0.30), (0.92, 0.0), (0.62, 0.14), (0.34, 0.32), (0.14, 0.58))
"""Radius of each disk of a ball over the ball's own, and how much lighter (or darker) it is."""


@styled
def junction_figure(junction: Junction, *, title: str = "") -> Figure:
    """Draw a junction projected on x-z and y-z, far atoms paler, leads shaded and named.

    Radii are covalent radii (B. Cordero et al., Dalton Trans. 2832 (2008),
    doi:10.1039/b801115j), colours those of the elements in every figure.
    """
    x, y, z = junction.positions.T
    margin = 1.15 * max(float(covalent_radii[n]) for n in set(junction.numbers.tolist()))
    # One scale for both views, so the height of the figure follows from the junction.
    length = float(np.ptp(z)) + 2.0 * margin
    heights = [float(np.ptp(side)) + 2.0 * margin for side in (x, y)]
    scale = (WIDTH_INCH - 0.75) / length
    figure, panels = new_figure(min(1.35 + sum(heights) * scale, 9.0), 2, 1)
    # With z to the right, x upwards is seen from +y, and y upwards from -x.
    for axes, name, side, depth in zip(panels, "xy", (x, y), (y, -x), strict=True):
        _draw_balls(axes, junction, side, depth)
        axes.set(xlim=(float(z.min()) - margin, float(z.max()) + margin), aspect="equal")
        axes.set(ylim=(float(side.min()) - margin, float(side.max()) + margin))
        axes.set(ylabel=f"{name} (Å)")
        _shade_leads(axes, junction, margin)
    panels[0].tick_params(labelbottom=False)
    panels[1].set_xlabel("z (Å), direction of transport")
    figure.legend(handles=_legend(junction), loc="outside upper center", ncols=6)
    if title:
        figure.suptitle(title, fontsize=9.5)
    return figure


def _draw_balls(axes: Axes, junction: Junction, side: np.ndarray, depth: np.ndarray) -> None:
    z = junction.positions[:, 2]
    spread = float(np.ptp(depth)) or 1.0
    fog = 0.55 * (depth.max() - depth) / spread
    circles, colors = [], []
    for i in np.argsort(depth, kind="stable"):
        number = int(junction.numbers[i])
        radius = 0.86 * float(covalent_radii[number])
        color = np.array(to_rgb(element_color(chemical_symbols[number])))
        for size, light in _SHELLS:
            # The light comes from the upper left: smaller disks sit towards it.
            shift = 0.30 * radius * (1.0 - size)
            circles.append(Circle((z[i] - shift, side[i] + shift), size * radius))
            colors.append(_shaded(color, light, float(fog[i])))
    axes.add_collection(PatchCollection(circles, facecolors=colors, edgecolors="none"))


def _shaded(color: np.ndarray, light: float, fog: float) -> np.ndarray:
    lit = color + light * (1.0 - color) if light >= 0.0 else color * (1.0 + light)
    return np.asarray(lit + fog * (1.0 - lit))


def _shade_leads(axes: Axes, junction: Junction, margin: float) -> None:
    z = junction.positions[:, 2]
    left, right = z[junction.regions == LEFT], z[junction.regions == RIGHT]
    # A lead ends half a layer beyond its last atoms.
    gap = 0.5 * float(min(np.diff(np.unique(np.round(left, 2))), default=margin))
    spans = ((left.min() - margin, left.max() + gap), (right.min() - gap, right.max() + margin))
    for (low, high), name in zip(spans, ("left lead", "right lead"), strict=True):
        axes.axvspan(low, high, color=FAINT, alpha=0.45, lw=0.0, zorder=0)
        axes.text(
            (low + high) / 2.0,
            1.0,
            name,
            color=SOFT,
            fontsize=7.5,
            ha="center",
            va="bottom",
            transform=axes.get_xaxis_transform(),
        )


def _legend(junction: Junction) -> list[Line2D]:
    numbers, counts = np.unique(junction.numbers, return_counts=True)
    return [
        Line2D(
            [],
            [],
            ls="",
            marker="o",
            ms=7.0,
            color=element_color(chemical_symbols[number]),
            label=f"{chemical_symbols[number]} ({count})",
        )
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
    ]
