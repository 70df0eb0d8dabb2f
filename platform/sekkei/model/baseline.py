"""What a network must beat: the narrowest cross-section, and a straight line."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar
from scipy.special import jn_zeros
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold

AreaModel = Callable[
    [Float[np.ndarray, " row"], Float[np.ndarray, " row"]], Float[np.ndarray, " row"]
]


def sharvin_conductance(
    area: Float[np.ndarray, " row"], wavevector: Float[np.ndarray, " row"]
) -> Float[np.ndarray, " row"]:
    r"""Semiclassical conductance of a round free-electron contact.

    .. math:: G/G_0 = \left(\frac{k_F R}{2}\right)^2 \left(1 - \frac{2}{k_F R}\right),
              \quad A = \pi R^2

    Parameters
    ----------
    area
        Narrowest cross-section in Å², ``(n_row,)``.
    wavevector
        Fermi wavevector in 1/Å, ``(n_row,)``.

    Returns
    -------
    ndarray
        Conductance in G0, ``(n_row,)``; 0 where the contact is narrower than the perimeter
        correction allows.

    References
    ----------
    .. [1] Yu. V. Sharvin, Sov. Phys. JETP 21, 655 (1965).
    .. [2] J. A. Torres, J. I. Pascual and J. J. Saenz, Phys. Rev. B 49, 16581 (1994),
       doi:10.1103/PhysRevB.49.16581.

    Examples
    --------
    >>> sharvin_conductance(np.array([0.0, 100 * np.pi]), np.array([1.0, 1.0]))
    array([ 0., 20.])
    """
    reduced = wavevector * np.sqrt(np.maximum(area, 0.0) / np.pi)
    conductance: np.ndarray = np.maximum((reduced / 2.0) ** 2 - reduced / 2.0, 0.0)
    return conductance


def bessel_conductance(
    area: Float[np.ndarray, " row"], wavevector: Float[np.ndarray, " row"]
) -> Float[np.ndarray, " row"]:
    r"""Open channels of a round free-electron wire with hard walls.

    A channel opens where :math:`k_F R` passes a zero of a Bessel function; those of order
    m > 0 come twice, which is why such a wire never conducts 2 or 4 G0.

    Parameters
    ----------
    area
        Narrowest cross-section in Å², ``(n_row,)``.
    wavevector
        Fermi wavevector in 1/Å, ``(n_row,)``.

    Returns
    -------
    ndarray
        Conductance in G0, ``(n_row,)``.

    References
    ----------
    .. [1] E. N. Bogachek, A. N. Zagoskin and I. O. Kulik, Sov. J. Low Temp. Phys. 16, 796 (1990).
    .. [2] J. M. Krans et al., Nature 375, 767 (1995), doi:10.1038/375767a0.

    Examples
    --------
    Zeros at 2.40 (once), 3.83 (twice), 5.14 (twice), 5.52 (once): steps at 1, 3, 5, 6.

    >>> radii = np.array([2.0, 3.0, 4.0, 5.2, 5.6])
    >>> bessel_conductance(np.pi * radii**2, np.ones(5))
    array([0., 1., 3., 5., 6.])
    """
    reduced = wavevector * np.sqrt(np.maximum(area, 0.0) / np.pi)
    zeros, weights = _bessel_zeros(float(reduced.max(initial=0.0)))
    opened: np.ndarray = (reduced[:, None] >= zeros[None, :]) @ weights
    return opened


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
    n_fold = min(5, len(set(groups.tolist())))
    folds = list(GroupKFold(n_fold).split(descriptors, conductance, groups)) if n_fold > 1 else None
    ridge = RidgeCV(alphas=np.logspace(-3, 4, 15), cv=folds)
    ridge.fit(descriptors, conductance)

    def predict(rows: np.ndarray) -> np.ndarray:
        return np.maximum(np.asarray(ridge.predict(rows), dtype=np.float64), 0.0)

    return predict


def _bessel_zeros(largest: float) -> tuple[np.ndarray, np.ndarray]:
    # Orders and zeros beyond largest do not matter: j(m, 1) > m, j(m, n) > n pi - pi/2.
    n_zero = max(1, int(largest / np.pi) + 2)
    rows = [(order, jn_zeros(order, n_zero)) for order in range(int(largest) + 2)]
    zeros = np.concatenate([found for _, found in rows])
    weights = np.concatenate([np.full(n_zero, 1.0 if m == 0 else 2.0) for m, _ in rows])
    return zeros, weights
