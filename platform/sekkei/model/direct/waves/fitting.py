"""One effective Hamiltonian, one set of labels."""

import numpy as np

from sekkei.model.dataset import TOLERATED_G0, Dataset, Quantity
from sekkei.model.direct.options import WaveOptions
from sekkei.model.direct.waves.bands import shipped_bands, start_parameters
from sekkei.model.direct.waves.levenberg import (
    Descent,
    Parameters,
    Prior,
    Targets,
    transmissions,
)
from sekkei.model.direct.waves.survey import Survey
from sekkei.model.metric import CurvePoint
from sekkei.shapes import Float

_WINDOW_EV = 0.05 * np.sqrt(0.6)
_GAUSS = np.array([5.0, 8.0, 5.0]) / 18.0
"""Three energies and weights that integrate T over a window of 0.05 eV about E_F [1]_.

References
----------
.. [1] M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, table 25.4.
"""


def readout(
    quantity: Quantity,
) -> tuple[Float[np.ndarray, " energy"], Float[np.ndarray, " energy"]]:
    """Return energies in eV and weights that make a conductance of T."""
    if quantity == "conductance_g0":
        return np.zeros(1), np.ones(1)
    return np.array([-_WINDOW_EV, 0.0, _WINDOW_EV]), _GAUSS


def wave_targets(dataset: Dataset, surveys: tuple[Survey, ...], options: WaveOptions) -> Targets:
    """Return what labels teach: T at the Fermi level and, where they have it, around it.

    A label of the mean over a window without T(E) is taken for T at the Fermi level.
    """
    offsets = np.array([x for x in options.offsets_ev if x != 0.0])
    around = dataset.transmission_at(offsets.tolist())
    is_asked = ~np.isnan(around).all(axis=0)
    energies = np.concatenate([[0.0], offsets[is_asked]])
    at_fermi = dataset.transmission_at([0.0])[:, 0]
    at_fermi = np.where(np.isnan(at_fermi), dataset.conductance_g0, at_fermi)
    share = np.where(energies == 0.0, 1.0, options.offset_weight)
    transmission = np.column_stack([at_fermi, around[:, is_asked]])
    is_known = ~np.isnan(transmission)
    return Targets(
        surveys=surveys,
        energies=energies,
        transmission=np.where(is_known, transmission, 0.0),
        weights=np.sqrt(dataset.weights)[:, None] * share * is_known / TOLERATED_G0,
    )


def fit_waves(
    train: Targets, watch: Targets, options: WaveOptions, seed: int
) -> tuple[Parameters, tuple[CurvePoint, ...]]:
    """Fit an effective Hamiltonian, first to small batches, then to all labels.

    Returns
    -------
    parameters, curve
        Those of the last stage with the least error on ``watch``, or the last ones if nothing is
        watched; the root mean squared error on both after each step.
    """
    rng = np.random.default_rng(seed)
    start = start_parameters()
    prior = Prior(shipped_bands(options.without_wires), start, options.stiffness)
    descent, n = Descent(start, memory=options.memory), len(train.surveys)
    best, least = start, np.inf
    curve: list[CurvePoint] = []
    for size, n_step in options.batches:
        is_last = size >= n
        for _ in range(n_step):
            chosen = np.sort(rng.permutation(n)[: min(size, n)])
            share = len(chosen) / min(n, options.counted_labels)
            moved = descent.step(train.rows(chosen), prior, share)
            error = _rmse(watch, descent.parameters)
            curve.append(CurvePoint(0, len(curve) + 1, descent.rmse, error))
            if is_last and error < least:  # Never where nothing is watched: then it is NaN.
                best, least = descent.parameters, error
            if is_last and not moved:
                break
        if is_last:
            break
    return (best if np.isfinite(least) else descent.parameters), tuple(curve)


def _rmse(targets: Targets, parameters: Parameters) -> float:
    if not targets.surveys:
        return float("nan")
    found, _ = transmissions(targets.at_fermi(), parameters)
    return float(np.sqrt(((found[:, 0] - targets.transmission[:, 0]) ** 2).mean()))
