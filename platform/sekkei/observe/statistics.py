"""Distances between distributions of conductance."""

import numpy as np
from scipy.stats import wasserstein_distance

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float


def wasserstein_g0(
    ours_g0: Float[np.ndarray, " ours"],
    theirs_g0: Float[np.ndarray, " theirs"],
    our_weights: Float[np.ndarray, " ours"] | None = None,
    their_weights: Float[np.ndarray, " theirs"] | None = None,
) -> float:
    """Distance between two samples of conductance, in G0.

    The first Wasserstein distance [1]_: the mean change of conductance that turns one
    distribution into the other. Bins play no part in it.

    Raises
    ------
    InvalidInputError
        If a sample is empty, or its weights vanish.

    References
    ----------
    .. [1] A. Ramdas, N. Garcia Trillos and M. Cuturi, Entropy 19, 47 (2017).
       doi:10.3390/e19020047

    Examples
    --------
    >>> round(wasserstein_g0(np.array([1.0, 3.0]), np.array([1.1, 3.3])), 12)
    0.2
    """
    for name, sample, weights in (
        ("first", ours_g0, our_weights),
        ("second", theirs_g0, their_weights),
    ):
        if sample.size == 0 or (weights is not None and not weights.sum() > 0.0):
            raise InvalidInputError(
                f"a sample must have values of some weight, but the {name} has {sample.size} "
                "values; label more snapshots"
            )
    return float(wasserstein_distance(ours_g0, theirs_g0, our_weights, their_weights))
