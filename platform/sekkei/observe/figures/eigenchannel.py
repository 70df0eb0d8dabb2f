"""A picture of eigenchannels: where in the junction each mode lives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from sekkei.errors import InvalidInputError
from sekkei.observe.figures.style import CYCLE, FAINT, INK, WIDTH_INCH, new_figure, styled
from sekkei.shapes import Float

BALL_ANGSTROM = 1.6
"""Radius of an atom in the picture, and of the disk of the atom with the largest weight."""

_FILLS = ("full", "none")


@dataclass(frozen=True, slots=True, eq=False)
class ChannelPicture:
    """Eigenchannels at one energy, on atoms."""

    positions: Float[np.ndarray, "atom 3"]
    """In angstrom, transport along z."""

    transmissions: Float[np.ndarray, " channel"]
    """Of each channel that is drawn."""

    weights: Float[np.ndarray, "channel atom"]
    """Mulliken weight of the scattering state that comes in from the left, in any unit."""

    densities: Mapping[str, Float[np.ndarray, " atom"]] = field(default_factory=dict)
    """Local densities of states by name, in 1/eV; each is drawn against z below the channels."""


@styled
def eigenchannel_figure(picture: ChannelPicture) -> Figure:
    """Draw each channel's weight on the atoms, seen from the side; the wave comes from the left.

    The area of a disk is proportional to the weight, on one scale for all channels.

    Raises
    ------
    InvalidInputError
        If there is no channel.
    """
    n_channel = len(picture.transmissions)
    if n_channel == 0:
        raise InvalidInputError(
            "a picture of eigenchannels needs at least one, but found none; ask for more channels"
        )
    length, height = (float(np.ptp(picture.positions[:, i])) + 2.5 * BALL_ANGSTROM for i in (2, 0))
    panel = height * (WIDTH_INCH - 0.75) / length
    n_row, below = n_channel + bool(picture.densities), 1.6 * bool(picture.densities)
    figure, panels = new_figure(min(0.9 + n_channel * (panel + 0.3) + below, 10.0), n_row, 1)
    largest = float(picture.weights.max())
    for i in range(n_channel):
        _draw_channel(panels[i], picture, i, largest)
        panels[i].tick_params(labelbottom=i == n_row - 1)
    if picture.densities:
        _draw_densities(panels[-1], picture)
        panels[-1].set_xlim(panels[0].get_xlim())
    panels[-1].set_xlabel("z (Å), direction of transport")
    return figure


def _draw_densities(axes: Axes, picture: ChannelPicture) -> None:
    z = picture.positions[:, 2]
    for i, (name, values) in enumerate(picture.densities.items()):
        axes.plot(z, values, "o", ms=3.5, color=CYCLE[i], label=name, fillstyle=_FILLS[i % 2])
    axes.set(ylabel="states (1/eV)", ylim=(0.0, None))
    axes.set_title("local density of states", loc="left", fontsize=8.5, color=INK)
    # Beside the title: points may be anywhere below it.
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.97), ncols=len(picture.densities))


def _draw_channel(axes: Axes, picture: ChannelPicture, i_channel: int, largest: float) -> None:
    z, x = picture.positions[:, 2], picture.positions[:, 0]
    # Mulliken weights may be slightly negative; that is drawn as nothing.
    size = np.sqrt(np.clip(picture.weights[i_channel], 0.0, None) / largest) * BALL_ANGSTROM
    balls = [Circle(place, BALL_ANGSTROM) for place in zip(z, x, strict=True)]
    disks = [Circle((z[i], x[i]), size[i]) for i in range(len(z))]
    axes.add_collection(PatchCollection(balls, facecolors="none", edgecolors=FAINT, lw=0.6))
    color = CYCLE[i_channel % len(CYCLE)]
    axes.add_collection(PatchCollection(disks, facecolors=color, edgecolors="none", alpha=0.55))
    margin = 1.25 * BALL_ANGSTROM
    axes.set(xlim=(z.min() - margin, z.max() + margin), aspect="equal", ylabel="x (Å)")
    axes.set_ylim(x.min() - margin, x.max() + margin)
    title = f"channel {i_channel + 1}: T = {picture.transmissions[i_channel]:.3f}"
    axes.set_title(title, loc="left", fontsize=8.5, color=INK)
