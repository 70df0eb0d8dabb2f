"""Figures that could go into a paper: plain records in, a matplotlib figure out.

Nothing here touches ``pyplot`` or leaves a setting behind.
"""

from sekkei.observe.figures.design import (
    CompositionBar,
    DesignPoint,
    composition_figure,
    convergence_figure,
)
from sekkei.observe.figures.eigenchannel import ChannelPicture, eigenchannel_figure
from sekkei.observe.figures.histogram import (
    displacement_figure,
    histogram_figure,
    plateau_figure,
    traces_figure,
)
from sekkei.observe.figures.junction import junction_figure
from sekkei.observe.figures.model import (
    Curve,
    ParitySample,
    learning_figure,
    parity_figure,
    transmission_figure,
)
from sekkei.observe.figures.style import as_bytes, save

__all__ = [
    "ChannelPicture",
    "CompositionBar",
    "Curve",
    "DesignPoint",
    "ParitySample",
    "as_bytes",
    "composition_figure",
    "convergence_figure",
    "displacement_figure",
    "eigenchannel_figure",
    "histogram_figure",
    "junction_figure",
    "learning_figure",
    "parity_figure",
    "plateau_figure",
    "save",
    "traces_figure",
    "transmission_figure",
]
