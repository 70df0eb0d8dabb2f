"""What a network must beat: the narrowest cross-section, and a straight line."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize_scalar

from sekkei.shapes import Float
from sekkei.structure.element import element, symbols_of
from sekkei.structure.free_electron import bessel_conductance, weyl_conductance
from sekkei.structure.junction import DEVICE, Junction

AreaModel = Callable[
    [Float[np.ndarray, " row"], Float[np.ndarray, " row"]], Float[np.ndarray, " row"]
]
"""From the narrowest cross-section in Å² and the Fermi wavevector in 1/Å to G0."""

AREA_MODELS: dict[str, tuple[AreaModel, bool]] = {
    "sharvin": (weyl_conductance, False),
    "sharvin-scaled": (weyl_conductance, True),
    "bessel": (bessel_conductance, False),
    "bessel-scaled": (bessel_conductance, True),
}
"""Baselines of the narrowest cross-section, and whether its size is fitted."""


def fit_area_model(
    name: str,
    area: Float[np.ndarray, " row"],
    wavevector: Float[np.ndarray, " row"],
    conductance: Float[np.ndarray, " row"],
) -> AreaModel:
    """Fit one of `AREA_MODELS` to training rows: nothing, or one factor on the cross-section."""
    model, is_scaled = AREA_MODELS[name]
    scale = fit_area_scale(model, area, wavevector, conductance) if is_scaled else 1.0
    return lambda area, wavevector: model(scale * area, wavevector)


def device_wavevector(junction: Junction) -> float:
    """Return the mean Fermi wavevector of the device atoms in 1/Å; of all if there are none.

    Raises
    ------
    LabelError
        If an element is not one that Sekkei has constants for.
    """
    is_device = junction.regions == DEVICE
    numbers = junction.numbers[is_device] if is_device.any() else junction.numbers
    symbols = symbols_of(numbers)
    return float(np.mean([element(symbol).fermi_wavevector for symbol in symbols]))


def fit_area_scale(
    model: AreaModel,
    area: Float[np.ndarray, " row"],
    wavevector: Float[np.ndarray, " row"],
    conductance: Float[np.ndarray, " row"],
) -> float:
    """Find the factor on the cross-section with the least squared error on training rows.

    Where an atom ends is a convention, so a baseline may choose it once; the search goes from
    1/4 to 4.
    """

    def loss(log_scale: float) -> float:
        predicted = model(area * np.exp(log_scale), wavevector)
        return float(((predicted - conductance) ** 2).mean())

    # Bessel steps make the loss a staircase: look everywhere before refining.
    grid = np.linspace(-np.log(4.0), np.log(4.0), 121)
    best = float(grid[np.argmin([loss(x) for x in grid])])
    step = float(grid[1] - grid[0])
    refined = minimize_scalar(loss, bounds=(best - step, best + step), method="bounded")
    return float(np.exp(refined.x if refined.fun < loss(best) else best))


def fit_ridge(
    descriptors: Float[np.ndarray, "row descriptor"],
    conductance: Float[np.ndarray, " row"],
    groups: Float[np.ndarray, " row"] | np.ndarray,
) -> Callable[[Float[np.ndarray, "row descriptor"]], Float[np.ndarray, " row"]]:
    """Fit a ridge regression whose penalty is chosen by leaving experiments out.

    Returns
    -------
    Callable
        From descriptors ``(n_row, n_descriptor)`` to conductance in G0, never negative.
    """
    from sklearn.linear_model import RidgeCV  # noqa: PLC0415  (a second, to predictors as well)
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415

    n_fold = min(5, len(set(groups.tolist())))
    folds = list(GroupKFold(n_fold).split(descriptors, conductance, groups)) if n_fold > 1 else None
    ridge = RidgeCV(alphas=np.logspace(-3, 4, 15), cv=folds)
    ridge.fit(descriptors, conductance)

    def predict(rows: np.ndarray) -> np.ndarray:
        return np.maximum(np.asarray(ridge.predict(rows), dtype=np.float64), 0.0)

    return predict
