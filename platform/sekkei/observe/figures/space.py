"""What a search has seen of its space, on the plane in which most happens."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sekkei.observe.figures.style import GREEN, INK, new_figure, styled
from sekkei.shapes import Bool, Float

_MARKS = {"estimate": (False, "o", 22.0), "label or measurement": (True, "D", 30.0)}
"""Whether it is a label, marker and size in points squared, by what the legend calls it."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenSpace:
    """Candidates that have a conductance."""

    features: Float[np.ndarray, "candidate feature"]
    """Where they are."""

    conductance_g0: Float[np.ndarray, " candidate"]
    """What they conduct, in G0."""

    is_labelled: Bool[np.ndarray, " candidate"]
    """Whether that is a label or a measurement, not an estimate."""

    is_hit: Bool[np.ndarray, " candidate"]
    """Whether it is a hit."""


def main_axes(
    features: Float[np.ndarray, "candidate feature"],
) -> tuple[Float[np.ndarray, "candidate 2"], Float[np.ndarray, "2"]]:
    """Project points on the two directions in which they vary most.

    Returns
    -------
    points, shares
        Coordinates, and the share of the variance along each axis; 0 where there is none.

    Notes
    -----
    K. Pearson, Philos. Mag. 2, 559 (1901), doi:10.1080/14786440109462720.
    """
    centred = features - features.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(features), 2))
    shares = np.zeros(2)
    n = min(2, sizes.size)
    points[:, :n] = (left * sizes)[:, :n]
    total = float((sizes**2).sum())
    if total > 0.0:
        shares[:n] = sizes[:n] ** 2 / total
    return points, shares


@styled
def space_figure(seen: SeenSpace) -> Figure:
    """Draw candidates along the main axes of all that was seen, coloured by conductance.

    Circles are estimates, diamonds labels or measurements; hits have a green edge.
    """
    figure, (axes,) = new_figure(3.4)
    points, shares = main_axes(seen.features)
    lowest, highest = float(seen.conductance_g0.min()), float(seen.conductance_g0.max())
    for is_labelled, marker, size in _MARKS.values():
        chosen = seen.is_labelled == is_labelled
        drawn = axes.scatter(
            points[chosen, 0],
            points[chosen, 1],
            size,
            seen.conductance_g0[chosen],
            marker=marker,
            cmap="cividis",
            vmin=lowest,
            vmax=highest,
            linewidths=1.2,
            edgecolors=[GREEN if hit else INK for hit in seen.is_hit[chosen]],
        )
    figure.legend(handles=_legend(), loc="outside upper left", ncols=3)
    figure.colorbar(drawn, ax=axes, label="conductance ($G_0$)")
    first, second = (f"{100.0 * share:.0f} %" for share in shares)
    axes.set(
        xlabel=f"main axis 1 ({first} of the variance)",
        ylabel=f"main axis 2 ({second})",
    )
    return figure


def _legend() -> list[Line2D]:
    marks = [(name, marker, size**0.5, INK) for name, (_, marker, size) in _MARKS.items()]
    return [
        Line2D([], [], marker=marker, ms=size, mec=color, mew=1.2, mfc="none", ls="", label=name)
        for name, marker, size, color in [*marks, ("hit", "s", 5.0, GREEN)]
    ]
