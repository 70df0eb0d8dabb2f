"""Distances across the direction of transport, where a junction may be periodic."""

import numpy as np
from scipy.spatial import cKDTree

from sekkei.shapes import Float, Int


def nearest_image(
    vectors: Float[np.ndarray, "*any axis"], lateral_period: tuple[float, float] | None
) -> Float[np.ndarray, "*any axis"]:
    """Return each vector, or its shortest image across.

    Parameters
    ----------
    vectors
        In angstrom, ``(…, 2)`` or ``(…, 3)``; the first two components are x and y.
    lateral_period
        Lengths along x and y after which everything repeats, in angstrom; None in vacuum, where
        nothing changes.
    """
    if lateral_period is None:
        return vectors
    lengths = np.array(lateral_period)
    shortest = np.array(vectors)
    shortest[..., :2] -= np.round(shortest[..., :2] / lengths) * lengths
    return shortest


def close_pairs(
    positions: Float[np.ndarray, "atom 3"],
    distance: float,
    lateral_period: tuple[float, float] | None,
) -> Int[np.ndarray, "pair 2"]:
    """Find the pairs of atoms that are at most ``distance`` apart, images across counted.

    An atom and its own image are no pair; lateral periods must be longer than ``distance``.
    """
    if lateral_period is None:
        return np.asarray(cKDTree(positions).query_pairs(distance, output_type="ndarray"))
    # A tree is periodic along an axis of positive length, but takes no atom outside of it.
    lengths = np.array([*lateral_period, 0.0])
    inside = np.array(positions)
    inside[:, :2] %= lengths[:2]
    inside[:, :2] = np.where(inside[:, :2] >= lengths[:2], 0.0, inside[:, :2])
    tree = cKDTree(inside, boxsize=lengths)
    return np.asarray(tree.query_pairs(distance, output_type="ndarray"))
