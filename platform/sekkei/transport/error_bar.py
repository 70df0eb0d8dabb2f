r"""How far a label may be from a converged basis, read off the label itself.

A recipe and a converged basis give the same :math:`T(E)`, but the levels of the neck stand 5 to 20
meV elsewhere, each by its own amount. How much that may move :math:`T(E_F)` shows in two signs:

- the *spread* of T within some 10 meV of the Fermi level: what a common shift does;
- the *shot noise* :math:`\sum_n \tau_n (1 - \tau_n)` of the eigenchannels [1]_: a channel that is
  open or closed is stationary, and one in between is a matter of interference.

Their squares are added to that of a floor, and where an electron tunnels, of one more term: T is
too small there, because the recipe's functions are short. The weights were fitted to contacts that
were labelled twice (`sekkei bench label-error`), and hold for the recipe they were fitted for.

References
----------
.. [1] M. Büttiker, Phys. Rev. Lett. 65, 2901 (1990), doi:10.1103/PhysRevLett.65.2901.
"""

from dataclasses import dataclass
from math import nan

import numpy as np

from sekkei.shapes import Float

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)


@dataclass(frozen=True, slots=True)
class ErrorBar:
    """Half widths of intervals about a label that hold the reference's conductance."""

    likely: float
    """Holds it in 68 % of labels, in G0; NaN where nothing is known."""

    wide: float
    """Holds it in 90 % of labels, in G0."""


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """What error bars are made of."""

    recipe: str
    """Identity of the method whose labels it was fitted to; it says nothing of others."""

    floor: float
    """Error of a label with no sign at all, in G0."""

    gap: float
    """Error of a label of an electron that tunnels, in G0: short functions end in the gap."""

    closed: float
    """Conductance in G0 below which floor and gap fade: nothing conducts in either basis."""

    tunnels: float
    """Conductance in G0 over which the gap fades: the contact closes."""

    shift: float
    """Standard deviation of the common shift whose effect is the spread, in eV."""

    spread: float
    """Weight of the spread, which is in G0."""

    noise: float
    """Weight of the shot noise, in G0."""

    likely: float
    """68 % half width over the scale."""

    wide: float
    """90 % half width over the scale."""


FITTED = ErrorModel(
    recipe="ff04409ce34f1b28160beeaaa2f19927",
    floor=0.0017,
    gap=0.0375,
    closed=0.02,
    tunnels=0.4,
    shift=0.01,
    spread=0.359,
    noise=0.0975,
    likely=1.21,
    wide=1.97,
)
"""Of the default recipe, against the same with ``basis=reference``."""

WIDE_RATIO = FITTED.wide / FITTED.likely
"""A 90 % half width over the 68 % one that labels keep."""


@dataclass(frozen=True, slots=True)
class ErrorSigns:
    """What T(E) and its channels say about a label; all in G0."""

    conductance: float
    """T at the Fermi level."""

    spread: float
    """Root mean square of T(E) - T(E_F), E normally distributed about the Fermi level."""

    noise: float
    """Sum of tau (1 - tau) over the eigenchannels at the Fermi level."""


def error_signs(
    energies: Float[np.ndarray, " energy"],
    transmission: Float[np.ndarray, " energy"],
    eigenchannels: Float[np.ndarray, " channel"],
    shift: float,
) -> ErrorSigns | None:
    """Return the signs of an error; None where a label is too poor for them.

    Parameters
    ----------
    energies
        In eV against the Fermi level, ascending.
    transmission
        At those energies.
    eigenchannels
        Transmissions at the Fermi level.
    shift
        Standard deviation of the energies looked at, in eV.

    Notes
    -----
    The mean is taken by Gauss-Hermite quadrature with seven nodes, T is linear between energies:
    exact where T(E) is a straight line, whatever the grid. Energies beyond 3.8 times ``shift`` do
    not matter.
    """
    at = _NODES * shift
    is_reached = energies.size > 1 and energies[0] <= at[0] and at[-1] <= energies[-1]
    if not is_reached or not eigenchannels.size:
        return None
    here = float(np.interp(0.0, energies, transmission))
    away = np.interp(at, energies, transmission) - here
    channels = eigenchannels.clip(0.0, 1.0)
    return ErrorSigns(
        conductance=here,
        spread=float(np.sqrt(_WEIGHTS @ away**2 / _WEIGHTS.sum())),
        noise=float((channels * (1.0 - channels)).sum()),
    )


def error_scale(signs: ErrorSigns, model: ErrorModel) -> float:
    """Return what both half widths of an error bar are multiples of, in G0."""
    row = np.array([[signs.conductance, signs.spread, signs.noise]])
    return float(error_scales(row, model)[0])


def error_scales(
    signs: Float[np.ndarray, "label 3"], model: ErrorModel
) -> Float[np.ndarray, " label"]:
    """Return the scales of several labels, whose signs are rows in the order of `ErrorSigns`."""
    conductance, spread, noise = signs.T
    conducts = np.minimum(1.0, conductance / model.closed)
    parts = (
        model.floor * conducts,
        model.gap * conducts * np.exp(-conductance / model.tunnels),
        model.spread * spread,
        model.noise * noise,
    )
    scales: np.ndarray = np.sqrt(sum(part**2 for part in parts))
    return scales


def label_error(
    recipe: str,
    energies: Float[np.ndarray, " energy"],
    transmission: Float[np.ndarray, " energy"],
    eigenchannels: Float[np.ndarray, " channel"],
    model: ErrorModel = FITTED,
) -> ErrorBar:
    """Estimate how far a conductance is from that of a converged basis.

    Parameters
    ----------
    recipe
        Identity of the method that made the label.
    energies
        In eV against the Fermi level, ascending.
    transmission
        At those energies.
    eigenchannels
        Transmissions at the Fermi level.
    model
        What bars are made of.

    Returns
    -------
    ErrorBar
        NaN for another method than the model's, without eigenchannels (as between surfaces), and
        where T is known at the Fermi level only.

    Examples
    --------
    >>> energies = np.linspace(-0.1, 0.1, 21)
    >>> one = label_error(FITTED.recipe, energies, np.full(21, 4.0), np.ones(4))
    >>> round(one.likely / (FITTED.likely * FITTED.floor), 3)
    1.0
    """
    signs = error_signs(energies, transmission, eigenchannels, model.shift)
    if signs is None or recipe != model.recipe:
        return ErrorBar(nan, nan)
    scale = error_scale(signs, model)
    return ErrorBar(model.likely * scale, model.wide * scale)
