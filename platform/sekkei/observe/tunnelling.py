"""What a trace does between two snapshots of an open contact, where nothing was kept."""

import numpy as np

from sekkei.observe.trace import Trace
from sekkei.shapes import Float

DECAY_PER_ANGSTROM = 1.7
"""Steepest fall of ln(conductance) over a vacuum gap. Four broken potassium contacts opened rigidly
by 2.3 Å, labelled by DFT, fell by 1.61 to 1.69 per Å; twice sqrt(2 m W)/ħ is 1.55 for potassium."""

_STEP_ANGSTROM = 0.05
"""Between two points the conductance then falls by less than a tenth."""


def fill_open(trace: Trace) -> Trace:
    """Fill the displacement over which a contact is open by an exponential fall.

    A pull goes on for a while after its contact broke, and only the ends of that are kept. A
    snapshot right after the break would stand for half of it, and make a peak that no experiment
    sees.

    Parameters
    ----------
    trace
        Stays as it is where it is closed, rises while it opens, or does not say what is open.

    Returns
    -------
    Trace
        With a point every 0.05 Å between two open snapshots. They fall exponentially from the one
        to the other, or by 1.7 per Å if that is less; their sigma falls along.
    """
    if trace.is_open is None:
        return trace
    both = trace.is_open[:-1] & trace.is_open[1:]
    falls = (trace.conductances[:-1] > 0.0) & (trace.conductances[1:] < trace.conductances[:-1])
    steps = [(i + 1, _fall(trace, i)) for i in np.flatnonzero(both & falls).tolist()]
    if not steps:
        return trace
    where = np.concatenate([np.full(along.size, i) for i, (along, _) in steps])
    along = np.concatenate([along for _, (along, _) in steps])
    factor = np.concatenate([factor for _, (_, factor) in steps])
    return Trace(
        experiment=trace.experiment,
        cycle=trace.cycle,
        stage=trace.stage,
        displacements=np.insert(trace.displacements, where, along),
        conductances=np.insert(trace.conductances, where, trace.conductances[where - 1] * factor),
        sigmas=np.insert(trace.sigmas, where, trace.sigmas[where - 1] * factor),
        is_open=np.insert(trace.is_open, where, True),
    )


def _fall(trace: Trace, i: int) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """Displacements between snapshot i and the next, and the fall of conductance until there."""
    start, end = trace.displacements[i : i + 2]
    first, last = trace.conductances[i : i + 2]
    along = np.linspace(start, end, int(np.ceil((end - start) / _STEP_ANGSTROM)) + 1)[1:-1]
    steepest = np.exp(-DECAY_PER_ANGSTROM * (end - start))
    decay = -np.log(max(last / first, steepest)) / (end - start) if end > start else 0.0
    return along, np.exp(-decay * (along - start))
