"""What free electrons conduct through a narrow place."""

import numpy as np
from scipy.special import jn_zeros

from sekkei.shapes import Float


def sharvin_conductance(
    area: Float[np.ndarray, " row"], wavevector: Float[np.ndarray, " row"]
) -> Float[np.ndarray, " row"]:
    r"""Semiclassical conductance of a contact, to leading order.

    .. math:: G = G_0 \frac{k_F^2 A}{4 \pi}

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
    .. [1] Yu. V. Sharvin, Sov. Phys. JETP 21, 655 (1965).

    Examples
    --------
    >>> sharvin_conductance(np.array([0.0, 4 * np.pi]), np.array([1.0, 2.0]))
    array([0., 4.])
    """
    conductance: np.ndarray = wavevector**2 * area / (4.0 * np.pi)
    return conductance


def weyl_conductance(
    area: Float[np.ndarray, " row"], wavevector: Float[np.ndarray, " row"]
) -> Float[np.ndarray, " row"]:
    r"""Semiclassical conductance of a round contact, with the correction of its perimeter.

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
    >>> weyl_conductance(np.array([0.0, 100 * np.pi]), np.array([1.0, 1.0]))
    array([ 0., 20.])
    """
    reduced = wavevector * np.sqrt(np.maximum(area, 0.0) / np.pi)
    conductance: np.ndarray = np.maximum((reduced / 2.0) ** 2 - reduced / 2.0, 0.0)
    return conductance


def most_channels(
    area: Float[np.ndarray, " row"], wavevector: Float[np.ndarray, " row"]
) -> Float[np.ndarray, " row"]:
    r"""Upper bound of the open channels of a wire, counted like `weyl_conductance`.

    .. math:: N \le \left(\frac{k_F R}{2}\right)^2 \left(1 + \frac{2}{k_F R}\right),
              \quad A = \pi R^2

    It is Weyl's count [1]_ with free ends instead of hard walls, which equals the count of hard
    walls that stand :math:`2/k_F` outside of the atoms' volume (2.7 Å in potassium). Electrons of
    a wire spill out by less. No wire of `build_electrode` has more channels from first
    principles.

    Parameters
    ----------
    area
        Volume of the atoms per length in Å², ``(n_row,)``.
    wavevector
        Fermi wavevector in 1/Å, ``(n_row,)``.

    Returns
    -------
    ndarray
        Not rounded, ``(n_row,)``.

    References
    ----------
    .. [1] H. Weyl, Math. Ann. 71, 441 (1912), doi:10.1007/BF01456804.

    Examples
    --------
    >>> most_channels(np.array([0.0, 100 * np.pi]), np.array([1.0, 1.0]))
    array([ 0., 30.])
    """
    reduced = wavevector * np.sqrt(np.maximum(area, 0.0) / np.pi)
    bound: np.ndarray = (reduced / 2.0) ** 2 + reduced / 2.0
    return bound


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


def _bessel_zeros(largest: float) -> tuple[np.ndarray, np.ndarray]:
    # Orders and zeros beyond largest do not matter: j(m, 1) > m, j(m, n) > n pi - pi/2.
    n_zero = max(1, int(largest / np.pi) + 2)
    rows = [(order, jn_zeros(order, n_zero)) for order in range(int(largest) + 2)]
    zeros = np.concatenate([found for _, found in rows])
    weights = np.concatenate([np.full(n_zero, 1.0 if m == 0 else 2.0) for m, _ in rows])
    return zeros, weights
