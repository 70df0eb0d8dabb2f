r"""What an experiment at finite temperature and bias reads off T(E): G, shot noise, thermopower.

With the Fermi function f and the chemical potential mu,

.. math:: L_n = \int \left(-\frac{\partial f}{\partial E}\right) (E - \mu)^n\, T(E)\, dE,\quad
          G = G_0 L_0,\quad S = -\frac{1}{e T} \frac{L_1}{L_0},\quad
          \kappa = \frac{2}{h T} \left(L_2 - \frac{L_1^2}{L_0}\right)

References
----------
.. [1] U. Sivan and Y. Imry, Phys. Rev. B 33, 551 (1986), doi:10.1103/PhysRevB.33.551.
.. [2] M. Cutler and N. F. Mott, Phys. Rev. 181, 1336 (1969), doi:10.1103/PhysRev.181.1336.
.. [3] Y. M. Blanter and M. Buttiker, Phys. Rep. 336, 1 (2000),
   doi:10.1016/S0370-1573(99)00123-4.
"""

from dataclasses import dataclass

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float
from sekkei.units import BOLTZMANN_EV_PER_K

TAIL = 16.0
"""The Fermi function's slope is integrated so many kT to each side; 2e-7 of it lie beyond."""

N_NODE = 4001
"""Nodes of that integral; the trapezoidal rule converges exponentially on such a slope."""


@dataclass(frozen=True, slots=True)
class Thermoelectric:
    """Linear response of a junction at one temperature; electrons only."""

    conductance_g0: float
    """L0: the zero-bias conductance at this temperature, in G0."""

    seebeck_uv_per_k: float
    """Thermopower in microvolt per kelvin; negative where T(E) rises (electrons carry)."""

    lorenz: float
    """kappa / (G T) over its value pi^2 k_B^2 / (3 e^2) for a constant transmission."""


def thermoelectric(
    energies: Float[np.ndarray, " energy"],
    transmission: Float[np.ndarray, " energy"],
    temperature_k: float,
) -> Thermoelectric:
    """Conductance, thermopower and Lorenz ratio at a temperature.

    Parameters
    ----------
    energies
        Ascending, in eV against the chemical potential; T(E) is linear between them.
    transmission
        On that grid.
    temperature_k
        Above zero.

    Raises
    ------
    InvalidInputError
        If the temperature is not positive, the grid ends within 16 kT, or nothing conducts.

    Examples
    --------
    A perfect channel conducts one G0, has no thermopower, and obeys Wiedemann and Franz:

    >>> found = thermoelectric(np.array([-1.0, 1.0]), np.ones(2), 300.0)
    >>> [round(x, 4) for x in (found.conductance_g0, abs(found.seebeck_uv_per_k), found.lorenz)]
    [1.0, 0.0, 1.0]
    """
    first, second, third = transport_integrals(energies, transmission, temperature_k)
    if first <= 0.0:
        raise InvalidInputError(
            f"thermopower needs a junction that conducts, but its conductance is {first:g} G0; "
            "only the conductance has a meaning here"
        )
    kt = BOLTZMANN_EV_PER_K * temperature_k
    return Thermoelectric(
        conductance_g0=first,
        seebeck_uv_per_k=-1e6 * second / (first * temperature_k),
        lorenz=(third / first - (second / first) ** 2) / (np.pi**2 / 3.0 * kt**2),
    )


def transport_integrals(
    energies: Float[np.ndarray, " energy"],
    transmission: Float[np.ndarray, " energy"],
    temperature_k: float,
) -> tuple[float, float, float]:
    """Return L0, L1 and L2, in powers of eV; parameters and refusals as `thermoelectric`."""
    check_reach(energies, temperature_k)
    kt = BOLTZMANN_EV_PER_K * temperature_k
    x = np.linspace(-TAIL, TAIL, N_NODE)
    weight = 0.25 / np.cosh(x / 2.0) ** 2 * np.interp(kt * x, energies, transmission)
    moments = [float(np.trapezoid(weight * (kt * x) ** n, x)) for n in range(3)]
    return moments[0], moments[1], moments[2]


def check_reach(energies: Float[np.ndarray, " energy"], temperature_k: float) -> None:
    """Refuse a temperature that spreads electrons further than a grid of energies goes.

    Raises
    ------
    InvalidInputError
        If it is not positive, or the grid ends within 16 kT.
    """
    if not temperature_k > 0.0:
        raise InvalidInputError(
            f"a temperature must be positive, but found {temperature_k} K; T(E_F) itself is the "
            "conductance at zero"
        )
    kt = BOLTZMANN_EV_PER_K * temperature_k
    if energies[0] > -TAIL * kt or energies[-1] < TAIL * kt:
        raise InvalidInputError(
            f"the energies must reach {TAIL * kt:.3f} eV to both sides at {temperature_k:g} K, but "
            f"span {energies[0]:g} to {energies[-1]:g} eV; use a wider grid or a lower temperature"
        )


def fano_factor(channels: Float[np.ndarray, " channel"]) -> float:
    r"""Shot noise of a contact over that of independent electrons, at zero temperature.

    .. math:: F = \sum_n T_n (1 - T_n) \Big/ \sum_n T_n

    Parameters
    ----------
    channels
        Eigenchannel transmissions.

    Raises
    ------
    InvalidInputError
        If one is outside 0 to 1, or all are zero.

    Examples
    --------
    >>> fano_factor(np.array([1.0, 0.5]))
    0.16666666666666666
    """
    values = np.asarray(channels, dtype=float)
    if values.size == 0 or values.min() < -1e-9 or values.max() > 1.0 + 1e-6 or values.sum() <= 0:
        raise InvalidInputError(
            "a Fano factor needs transmissions between 0 and 1 that are not all zero, but found "
            f"{np.array2string(values, precision=4, threshold=8)}; are they eigenchannels?"
        )
    return float((values * (1.0 - values)).sum() / values.sum())
