"""Which snapshots of an experiment are worth a label."""

from collections.abc import Sequence

import numpy as np
from ase.data import chemical_symbols
from jaxtyping import Float

from sekkei.errors import InvalidInputError
from sekkei.structure.element import element
from sekkei.structure.experiment import Snapshot

MOST_CONDUCTANCE_G0 = 6.0
"""Contacts whose Sharvin estimate exceeds this are taken only when others run out."""

_BROKEN_SHARE = 0.1
_WEIGHT_NARROWEST, _WEIGHT_TIME, _WEIGHT_DISPLACEMENT = 1.0, 0.7, 0.3


def select_spread(snapshots: Sequence[Snapshot], n: int) -> tuple[Snapshot, ...]:
    """Choose snapshots that differ as much as possible, the same ones every time.

    Farthest-point sampling [1]_ over narrowest cross-section (most weight), time and displacement,
    starting from the narrowest contact that holds. About a tenth at most are broken contacts,
    spread over the experiment in the same way.

    Parameters
    ----------
    snapshots
        Of one or several experiments.
    n
        How many to choose; all of them where there are fewer.

    Returns
    -------
    tuple
        At most ``n`` snapshots, in the order in which they were given.

    Raises
    ------
    InvalidInputError
        If ``n`` is negative.

    References
    ----------
    .. [1] T. F. Gonzalez, Theor. Comput. Sci. 38, 293 (1985),
       doi:10.1016/0304-3975(85)90224-5.
    """
    if n < 0:
        raise InvalidInputError(f"the number of snapshots must not be negative, but is {n}", n=n)
    if n >= len(snapshots):
        return tuple(snapshots)
    conductance = np.array([sharvin_conductance(snapshot) for snapshot in snapshots])
    broken = conductance == 0.0
    features = _features(snapshots, conductance)
    n_broken = min(int(broken.sum()), round(_BROKEN_SHARE * n))
    chosen = _farthest(features, np.flatnonzero(broken), n_broken)
    for wanted in (~broken & (conductance <= MOST_CONDUCTANCE_G0), ~broken, broken):
        left = np.setdiff1d(np.flatnonzero(wanted), chosen)
        chosen += _farthest(features, left, n - len(chosen))
    return tuple(snapshots[i] for i in sorted(chosen))


def sharvin_conductance(snapshot: Snapshot) -> float:
    r"""Free-electron estimate of what a contact conducts, in G0.

    Notes
    -----
    .. math:: G = G_0 \frac{k_F^2 A}{4 \pi}

    with the narrowest cross-section A and the mean Fermi wavevector of the atoms [1]_.

    References
    ----------
    .. [1] Yu. V. Sharvin, Sov. Phys. JETP 21, 655 (1965).
    """
    kinds, counts = np.unique(snapshot.junction.numbers, return_counts=True)
    wavevectors = [element(chemical_symbols[kind]).fermi_wavevector for kind in kinds]
    return float(np.average(wavevectors, weights=counts) ** 2 * snapshot.narrowest / (4.0 * np.pi))


def _features(
    snapshots: Sequence[Snapshot], conductance: Float[np.ndarray, " snapshot"]
) -> Float[np.ndarray, "snapshot 3"]:
    frames = np.array([snapshot.frame for snapshot in snapshots], dtype=np.float64)
    displacements = np.array([snapshot.displacement for snapshot in snapshots])
    columns = (
        _WEIGHT_NARROWEST * _normal(conductance),
        _WEIGHT_TIME * _normal(frames),
        _WEIGHT_DISPLACEMENT * _normal(displacements),
    )
    return np.column_stack(columns)


def _normal(values: Float[np.ndarray, " snapshot"]) -> Float[np.ndarray, " snapshot"]:
    span = float(np.ptp(values))
    return (values - values.min()) / span if span > 0.0 else np.zeros_like(values)


def _farthest(
    features: Float[np.ndarray, "snapshot 3"], candidates: np.ndarray, n: int
) -> list[int]:
    if n <= 0 or candidates.size == 0:
        return []
    chosen = [int(candidates[np.argmin(features[candidates, 0])])]
    distance = np.full(candidates.size, np.inf)
    while len(chosen) < min(n, candidates.size):
        step = np.linalg.norm(features[candidates] - features[chosen[-1]], axis=1)
        distance = np.minimum(distance, step)
        # Equal snapshots stay distinct choices: what is chosen is out.
        distance[np.isin(candidates, chosen)] = -1.0
        chosen.append(int(candidates[int(np.argmax(distance))]))
    return chosen
