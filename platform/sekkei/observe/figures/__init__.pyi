from .design import CompositionBar, DesignPoint, composition_figure, convergence_figure
from .eigenchannel import ChannelPicture, eigenchannel_figure
from .histogram import displacement_figure, histogram_figure, plateau_figure, traces_figure
from .junction import junction_figure
from .model import Curve, ParitySample, learning_figure, parity_figure, transmission_figure
from .statistics import (
    contribution_figure,
    correlation_figure,
    equivalence_figure,
    log_histogram_figure,
)
from .style import as_bytes, save

__all__ = [
    "ChannelPicture",
    "CompositionBar",
    "Curve",
    "DesignPoint",
    "ParitySample",
    "as_bytes",
    "composition_figure",
    "contribution_figure",
    "convergence_figure",
    "correlation_figure",
    "displacement_figure",
    "eigenchannel_figure",
    "equivalence_figure",
    "histogram_figure",
    "junction_figure",
    "learning_figure",
    "log_histogram_figure",
    "parity_figure",
    "plateau_figure",
    "save",
    "traces_figure",
    "transmission_figure",
]
