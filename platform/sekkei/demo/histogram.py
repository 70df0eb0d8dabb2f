"""The histogram of a demonstration: pure potassium, as the model predicts it."""

from typing import Any

import numpy as np

from sekkei.demo.scale import ELECTRODE
from sekkei.lake import Lake
from sekkei.observe import (
    compare_with_measured,
    conductance_histogram,
    histogram_peaks,
    measured_histogram,
)
from sekkei.observe.lake_traces import lake_traces

_N_CHANNEL = 6
"""Of the wires at both ends: no contact between them conducts more."""


def demo_histogram(lake: Lake, model: str) -> dict[str, Any]:
    """Histogram what a model predicts for pure potassium."""
    rng = np.random.default_rng(0)
    traces = lake_traces(lake, model=model, electrode=ELECTRODE, composition={"K": 1.0})
    histogram = conductance_histogram(traces)
    return {
        "traces": traces,
        "histogram": histogram,
        "peaks": histogram_peaks(histogram, rng),
        "comparison": compare_with_measured(
            histogram, measured_histogram("K"), rng, n_channel=_N_CHANNEL
        ),
    }
