"""Figure of how near searches have come, label by label."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from sekkei.observe.figures.design import SMALLEST_DISTANCE_G0
from sekkei.observe.figures.style import GREEN, new_figure, styled
from sekkei.shapes import Float


def best_so_far(distances: Sequence[float], n_trial: int) -> Float[np.ndarray, " trial"]:
    """Return the least distance up to each of ``n_trial`` trials; it stays after the last one.

    Examples
    --------
    >>> best_so_far([0.4, 0.7, 0.1], 4).tolist()
    [0.4, 0.4, 0.1, 0.1]
    """
    least = np.minimum.accumulate(np.array(distances, dtype=np.float64))
    curve: np.ndarray = np.append(least, np.full(n_trial - len(least), least[-1]))
    return curve


@styled
def regret_figure(
    regrets: Mapping[str, Float[np.ndarray, "design trial"]], tolerance_g0: float
) -> Figure:
    """Draw the median distance from the target against labels, and the middle half of all designs.

    A search ends when it has proved a contact; within the tolerance little is told.
    """
    figure, (axes,) = new_figure(3.0)
    axes.axhspan(SMALLEST_DISTANCE_G0 / 2.0, tolerance_g0, color=GREEN, alpha=0.10, lw=0.0)
    for name, regret in regrets.items():
        # Infinite until there is a first label.
        drawn = np.where(np.isfinite(regret), np.maximum(regret, SMALLEST_DISTANCE_G0), np.nan)
        trials = np.arange(1, regret.shape[1] + 1)
        low, middle, high = np.nanquantile(drawn, [0.25, 0.5, 0.75], axis=0)
        (line,) = axes.plot(trials, middle, label=name)
        axes.fill_between(trials, low, high, color=line.get_color(), alpha=0.12, lw=0.0)
    axes.set(xscale="log", yscale="log", xlabel="labels", ylabel="nearest to the target ($G_0$)")
    axes.set_ylim(bottom=tolerance_g0 / 5.0)
    figure.legend(loc="outside upper left", ncols=3)
    return figure
