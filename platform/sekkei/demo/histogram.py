"""The histogram of a demonstration: pure potassium, as the surrogate predicts it."""

from typing import Any

import numpy as np

from sekkei.lake import Lake
from sekkei.observe import (
    compare_with_measured,
    conductance_histogram,
    histogram_peaks,
    measured_histogram,
)
from sekkei.observe.lake_traces import lake_traces


def demo_histogram(lake: Lake, model: str) -> dict[str, Any]:
    """Histogram pure potassium between the widest wires that the demonstration has."""
    rng = np.random.default_rng(0)
    wires = set(lake.table("experiment")["electrode"])
    electrode = "bcc100-5+4" if "bcc100-5+4" in wires else "staggered-3"
    potassium = {"electrode": electrode, "composition": {"K": 1.0}}
    if electrode not in set(_pure_potassium(lake)["electrode"]):
        potassium = {"electrode": "staggered-3", "composition": {"K": 1.0}}
    traces = lake_traces(lake, model=model, **potassium)  # type: ignore[arg-type]
    histogram = conductance_histogram(traces)
    n_channel = 6 if potassium["electrode"] == "bcc100-5+4" else 3
    return {
        "traces": traces,
        "histogram": histogram,
        "peaks": histogram_peaks(histogram, rng),
        "comparison": compare_with_measured(
            histogram, measured_histogram("K"), rng, n_channel=n_channel
        ),
    }


def _pure_potassium(lake: Lake) -> Any:
    table = lake.table("experiment")
    return table[np.isclose(table["fraction_K"], 1.0)]
