"""A label that knows the conductance and nothing else."""

import numpy as np

from sekkei.transport.labeler import Label


def point_label(conductance: float, recipe: str, n_channel: int = 6) -> Label:
    """Return a label at the Fermi level only, made by nobody in no time."""
    return Label(
        energies=np.zeros(1),
        transmission=np.array([conductance]),
        conductance=float(conductance),
        window_conductance=float(conductance),
        window=0.0,
        n_channel=n_channel,
        fermi_level=0.0,
        recipe=recipe,
        engine=recipe,
        cpu_seconds=0.0,
        iterations=0,
    )
