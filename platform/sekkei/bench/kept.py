"""Labels that a benchmark keeps, so that a run of hours goes on where it was stopped."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sekkei.errors import LabelError
from sekkei.identity import content_hash
from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.transport.cache import ArrayCache
from sekkei.transport.gpaw.basis import basis_revisions
from sekkei.transport.labeler import Labeler


@dataclass(frozen=True, slots=True)
class KeptLabel:
    """What a benchmark needs of a label."""

    conductance: float
    """T(E_F) in G0."""

    window: float
    """Mean of T over the recipe's window about E_F in G0."""

    cpu_seconds: float
    """CPU time in s, the electrode's share left out; that of the run that made it."""

    iterations: int
    """Self-consistency iterations in the last basis."""


def kept_label(cache: ArrayCache, labeler: Labeler, junction: Junction) -> KeptLabel:
    """Return a label, from the cache if it was made before.

    Raises
    ------
    LabelError
        If the labeler refuses, now or when it was asked first.
    """
    arrays = _kept(cache, labeler, junction)
    return KeptLabel(
        conductance=float(arrays["conductance"]),
        window=float(arrays["window"]),
        cpu_seconds=float(arrays["cpu_seconds"]),
        iterations=int(arrays["iterations"]),
    )


def kept_spectrum(
    cache: ArrayCache, labeler: Labeler, junction: Junction
) -> tuple[Float[np.ndarray, " energy"], Float[np.ndarray, " energy"]]:
    """Return the energies (eV) and transmissions of a label, kept as `kept_label` keeps it.

    Raises
    ------
    LabelError
        As `kept_label` does.
    """
    arrays = _kept(cache, labeler, junction)
    return arrays["energies"], arrays["transmission"]


def label_key(labeler: Labeler, junction: Junction) -> str:
    """Identity of a label: recipe and content of the junction."""
    return content_hash(
        "kept label",
        labeler.recipe,
        junction.numbers,
        junction.positions,
        junction.regions,
        junction.electrode_period,
        junction.lateral_period or (),
        *basis_revisions(junction.numbers),
    )


def _kept(cache: ArrayCache, labeler: Labeler, junction: Junction) -> Mapping[str, np.ndarray]:
    arrays = cache.get(label_key(labeler, junction), lambda: _arrays(labeler, junction))
    if "refusal" in arrays:
        raise LabelError(str(arrays["refusal"]))
    return arrays


def _arrays(labeler: Labeler, junction: Junction) -> Mapping[str, np.ndarray]:
    try:
        label = labeler.label(junction)
    except LabelError as error:
        return {"refusal": np.array(error.message)}
    return {
        "conductance": np.array(label.conductance),
        "window": np.array(label.window_conductance),
        "cpu_seconds": np.array(label.cpu_seconds),
        "iterations": np.array(label.iterations),
        "energies": label.energies,
        "transmission": label.transmission,
    }
