"""Cubic splines of SciPy at places that are tensors, so that values know their slopes."""

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from torch import Tensor

from sekkei.shapes import Float


def interpolate(spline: CubicSpline, places: Float[Tensor, " place"]) -> Float[Tensor, "place ..."]:
    """Evaluate a spline; zero beyond its last knot, constant below its first.

    Parameters
    ----------
    spline
        Of one number, or of an array of them.
    places
        Where.
    """
    knots, shape = spline.x, spline.c.shape[2:]
    here = np.searchsorted(knots, places.detach().numpy(), side="right") - 1
    piece = np.clip(here, 0, len(knots) - 2)
    inside = places.clamp(float(knots[0]), float(knots[-1]))
    away = (inside - torch.from_numpy(knots[piece])).to(places.dtype)[:, None]
    flat = spline.c.reshape(*spline.c.shape[:2], -1)
    # Most integrals between two atoms above each other vanish by symmetry.
    used = flat.any(axis=(0, 1))
    cubic, square, slope, value = torch.from_numpy(flat[..., used]).to(places.dtype)[:, piece]
    found = ((cubic * away + square) * away + slope) * away + value
    found = torch.where((places < float(knots[-1]))[:, None], found, 0.0)
    if not used.all():
        all_of_them = found.new_zeros((len(places), len(used)))
        all_of_them[:, torch.from_numpy(used)] = found
        found = all_of_them
    return found.reshape(-1, *shape)
