"""Closed forms that a conductance of a contact is held against."""

import numpy as np
from scipy.special import jn_zeros

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float
from sekkei.units import G0_SIEMENS


def cylinder_thresholds(n_mode: int) -> Float[np.ndarray, " mode"]:
    r"""Values of kF·R at which free electrons in a hard-walled cylinder open a mode, ascending.

    The mode of angular momentum m opens at the zeros of the Bessel function J_m [1]_; those of
    m > 0 open in pairs. Hence the steps 1, 3, 5, 6, 8, 10, 12, 14, 15, 17 … G0, and none at 2 and
    4.

    References
    ----------
    .. [1] E. N. Bogachek, A. N. Zagoskin and I. O. Kulik, Sov. J. Low Temp. Phys. 16, 796 (1990);
       M. Brandbyge et al., Phys. Rev. B 52, 8499 (1995). doi:10.1103/PhysRevB.52.8499

    Examples
    --------
    >>> [round(float(x), 4) for x in cylinder_thresholds(6)]
    [2.4048, 3.8317, 3.8317, 5.1356, 5.1356, 5.5201]
    """
    if n_mode < 1:
        raise InvalidInputError(f"a cylinder must have a mode or more, but {n_mode} were asked for")
    zeros = [
        zero for m in range(n_mode) for zero in np.repeat(jn_zeros(m, n_mode), 1 if m == 0 else 2)
    ]
    return np.sort(np.array(zeros))[:n_mode]


def cylinder_steps(highest_g0: float) -> tuple[int, ...]:
    """Conductances in G0 at which a free-electron cylinder has plateaus, up to a highest one.

    Examples
    --------
    >>> cylinder_steps(10.0)
    (1, 3, 5, 6, 8, 10)
    """
    thresholds = cylinder_thresholds(int(highest_g0) + 2)
    ends = np.flatnonzero(np.diff(thresholds) > 1e-9) + 1
    return tuple(int(n) for n in ends if n <= highest_g0)


def with_series_resistance(
    conductance_g0: Float[np.ndarray, "*shape"],
    resistance_ohm: float | Float[np.ndarray, "*#shape"],
) -> Float[np.ndarray, "*shape"]:
    """Conductance in G0 of a contact behind a resistance: G / (1 + G R G0).

    References
    ----------
    .. [1] N. Agraït, A. Levy Yeyati and J. M. van Ruitenbeek, Phys. Rep. 377, 81 (2003).
       doi:10.1016/S0370-1573(02)00633-6

    Examples
    --------
    >>> round(float(with_series_resistance(np.array(3.0), 300.0)), 3)
    2.804
    """
    return np.asarray(conductance_g0 / (1.0 + conductance_g0 * resistance_ohm * G0_SIEMENS))


def fit_series_resistance(
    nominal_g0: Float[np.ndarray, " peak"],
    observed_g0: Float[np.ndarray, " peak"],
    tolerance_g0: Float[np.ndarray, " peak"] | None = None,
) -> float:
    """Resistance in ohm that moves nominal peaks to where they were observed.

    Least squares on reciprocal conductance, where the form of `with_series_resistance` is linear;
    a tolerance enters as the standard deviation of the observed value. The real resistance grows
    with conductance [1]_, so one number is a first approximation. Negative where peaks are
    observed *above* the nominal values: then there is no series resistance to speak of.

    Raises
    ------
    InvalidInputError
        If there is no peak, or a conductance or tolerance is not positive.

    References
    ----------
    .. [1] D. J. Bakker, Y. Noat, A. I. Yanson and J. M. van Ruitenbeek, Phys. Rev. B 65, 235416
       (2002), arXiv:cond-mat/0108071.
    """
    sigma = np.ones_like(observed_g0) if tolerance_g0 is None else tolerance_g0
    smallest = min(float(a.min(initial=np.inf)) for a in (nominal_g0, observed_g0, sigma))
    if observed_g0.size == 0 or not smallest > 0.0:
        raise InvalidInputError(
            "a series resistance is fitted to positive conductances, but found "
            f"{observed_g0.size} peaks, the smallest value {smallest:g}"
        )
    weights = (observed_g0**2 / sigma) ** 2  # d(1/G) = dG / G^2
    excess = 1.0 / observed_g0 - 1.0 / nominal_g0
    return float((weights @ excess) / weights.sum() / G0_SIEMENS)
