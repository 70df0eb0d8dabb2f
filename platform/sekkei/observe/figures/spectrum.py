"""T(E) of junctions, beside the channels of their electrodes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sekkei.errors import InvalidInputError
from sekkei.observe.figures.style import BLUE, FAINT, SOFT, VERMILION, new_figure, styled
from sekkei.shapes import Float, Int

MOST_PANELS = 8
"""More would not fit a page."""


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumPicture:
    """T(E) of one junction and what stands behind it."""

    energies: Float[np.ndarray, " energy"]
    """In eV against the Fermi level."""

    transmission: Float[np.ndarray, " energy"]
    """On that grid."""

    window: float
    """Half width of the window of the mean, in eV; it is shaded."""

    title: str
    """Of the panel."""

    step_energies: Float[np.ndarray, " step"] | None = None
    """In eV against the Fermi level; None where the electrode has no bands of its own, as a
    surface at several k across."""

    step_channels: Int[np.ndarray, " step"] | None = None
    """Open channels of the electrode there."""


@styled
def spectrum_figure(pictures: Mapping[str, SpectrumPicture]) -> Figure:
    """Draw T(E), one panel for each junction, under the channels of the electrode as steps.

    Raises
    ------
    InvalidInputError
        If there are none, or too many for a page.
    """
    if not 1 <= len(pictures) <= MOST_PANELS:
        raise InvalidInputError(
            f"a figure of T(E) must have 1 to {MOST_PANELS} panels, but there are "
            f"{len(pictures)} labels; write .csv, or split the file"
        )
    figure, panels = new_figure(0.8 + 1.9 * len(pictures), len(pictures), 1)
    for axes, (name, picture) in zip(panels, pictures.items(), strict=True):
        _draw(axes, picture)
        axes.set_title(f"{name}: {picture.title}", fontsize=8.5)
        axes.label_outer()
    panels[0].legend(loc="upper left", fontsize=7.5)
    figure.supxlabel("energy against the Fermi level (eV)", fontsize=9.5)
    figure.supylabel("transmission", fontsize=9.5)
    return figure


def _draw(axes: Axes, picture: SpectrumPicture) -> None:
    axes.axvspan(-picture.window, picture.window, color=FAINT, lw=0.0, label="window of the mean")
    axes.axvline(0.0, color=SOFT, lw=0.8)
    top = float(picture.transmission.max())
    if picture.step_energies is not None and picture.step_channels is not None:
        shown = np.abs(picture.step_energies) <= picture.energies[-1] + 1e-9
        energies, channels = picture.step_energies[shown], picture.step_channels[shown]
        axes.plot(
            energies,
            channels,
            color=VERMILION,
            lw=0.9,
            drawstyle="steps-mid",
            label="channels of the electrode",
        )
        top = max(top, float(channels.max()))
    axes.plot(picture.energies, picture.transmission, color=BLUE, label="T(E) of the junction")
    axes.set(xlim=(picture.energies[0], picture.energies[-1]), ylim=(0.0, 1.3 * max(top, 0.1)))
