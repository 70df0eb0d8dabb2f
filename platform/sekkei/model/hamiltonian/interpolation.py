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
    knots = spline.x
    here = np.searchsorted(knots, places.detach().numpy(), side="right") - 1
    piece = np.clip(here, 0, len(knots) - 2)
    inside = places.clamp(float(knots[0]), float(knots[-1]))
    shape = (-1, *[1] * (spline.c.ndim - 2))
    away = (inside - torch.from_numpy(knots[piece])).reshape(shape).to(places.dtype)
    cubic, square, slope, value = torch.from_numpy(spline.c).to(places.dtype)[:, piece]
    found = ((cubic * away + square) * away + slope) * away + value
    return torch.where((places < float(knots[-1])).reshape(shape), found, 0.0)
