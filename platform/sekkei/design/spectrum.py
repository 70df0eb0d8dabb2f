"""What a contact must be beside its conductance: quiet, or thermoelectric."""

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from sekkei.design.target import Target
from sekkei.shapes import Float
from sekkei.specification import Specification
from sekkei.transport.spectrum import mean_slope
from sekkei.transport.thermo import TAIL, fano_factor, thermoelectric
from sekkei.units import BOLTZMANN_EV_PER_K

Quantity = Literal["fano", "slope", "thermopower"]

SLOPE_EV = 0.03
"""Half width of the window over which a slope is a mean: a bias of 60 mV. At its ends direct models
were trained."""

OPEN_G0 = 1e-3
"""A contact that conducts less has no such quantity: what is divided by is nothing."""

SHIFTS_EV = (-0.02, 0.0, 0.02)
"""Levels of a model may be off by this: how far that moves a value is its standard deviation."""

_FINE_EV, _COARSE_EV = 0.01, 0.02
_WARM_EV = 0.02

_ROOM_K = 300.0

_MOST = 1e4
"""No contact has a slope or a thermopower so large: a larger one is of another unit."""

_UNKNOWN = 5.0
"""Standard deviation of a value that a surrogate does not know, in tolerances."""

_UNITS = {"fano": "", "slope": " G0/eV", "thermopower": " µV/K"}
_LEAST = {"fano": 0.005, "slope": 0.1, "thermopower": 0.1}
"""Standard deviation that is not told from none: a label of DFT is not surer."""


_Value = Annotated[float, Field(ge=-_MOST, le=_MOST)]


class Spectrum(Specification):
    """A quantity of T(E) that a contact must have, too.

    With ``value`` and ``tolerance``, or both bounds, it must lie in an interval; with one bound,
    below or above it.
    """

    quantity: Quantity
    """``fano``: the Fano factor of shot noise at E_F; ``slope``: mean slope of T(E) within 0.03 eV
    of E_F, in G0/eV; ``thermopower``: in µV/K at ``temperature_k``, negative where T rises."""

    value: _Value | None = None
    """What is asked for; or else there are bounds."""

    tolerance: Annotated[float, Field(ge=1e-6, le=_MOST)] | None = None
    """How near it must be."""

    at_least: _Value | None = None
    """Least value; may be negative."""

    at_most: _Value | None = None
    """Greatest value; may be negative."""

    temperature_k: Annotated[float, Field(ge=1.0, le=350.0)] = _ROOM_K
    """Of a thermopower, in K; labels reach 0.5 eV, which is enough for 350 K."""

    @model_validator(mode="after")
    def _one_target(self) -> "Spectrum":
        bounds = [bound for bound in (self.at_least, self.at_most) if bound is not None]
        if (self.value is None) != (self.tolerance is None):
            raise ValueError("a value must have a tolerance; give both, or bounds")
        if (self.value is None) == (not bounds):
            raise ValueError("there must be a value with its tolerance, or a bound, and not both")
        if len(bounds) == 2 and bounds[0] >= bounds[1]:
            raise ValueError("at_least must be below at_most; exchange them")
        if len(bounds) == 1 and abs(bounds[0]) < 1e-6:
            raise ValueError(
                "one bound must not be 0: it says how much is far from it; give both bounds"
            )
        if self.quantity != "thermopower" and self.temperature_k != _ROOM_K:
            raise ValueError(f"a {self.quantity} has no temperature; leave out temperature_k")
        return self

    @model_validator(mode="after")
    def _can_be(self) -> "Spectrum":
        asked = [x for x in (self.value, self.at_least, self.at_most) if x is not None]
        for one in asked:
            self.check_value(one)
        if self.quantity == "fano" and (self.at_least == 1.0 or self.at_most == 0.0):
            raise ValueError("a Fano factor must be able to vary between 0 and 1; widen its bounds")
        return self

    def check_value(self, value: float) -> None:
        """See that a value can be one of this quantity.

        Raises
        ------
        ValueError
            If it cannot.
        """
        if self.quantity == "fano" and not 0.0 <= value <= 1.0:
            raise ValueError(
                f"a Fano factor must be within 0 and 1, but found {value:g}; a per cent is 0.01"
            )
        if abs(value) > _MOST:
            raise ValueError(
                f"a {self.quantity} must be within {_MOST:g}{_UNITS[self.quantity]} of 0, but "
                f"found {value:g}; look at its unit"
            )

    def check_sigma(self, sigma: float) -> None:
        """See that a standard deviation can be one of this quantity.

        Raises
        ------
        ValueError
            If it cannot.
        """
        most = 1.0 if self.quantity == "fano" else _MOST
        if sigma > most:
            raise ValueError(
                f"spectrum_sigma must be at most {most:g}, but found {sigma:g}; look at its unit"
            )

    @property
    def unknown(self) -> tuple[float, float]:
        """A value and a standard deviation that say nothing: any may be."""
        slope, centre, is_two_sided = self._scale(1.0)
        return (centre if is_two_sided else centre + 1.0 / slope), _UNKNOWN / abs(slope)

    @property
    def words(self) -> str:
        """What is asked for."""
        unit = _UNITS[self.quantity]
        name = "Fano factor" if self.quantity == "fano" else self.quantity
        at = f" at {self.temperature_k:g} K" if self.quantity == "thermopower" else ""
        if self.value is not None and self.tolerance is not None:
            return f"{name}{at} {self.value:g} within {self.tolerance:g}{unit}"
        if self.at_least is None:
            return f"{name}{at} at most {self.at_most:g}{unit}"
        if self.at_most is None:
            return f"{name}{at} at least {self.at_least:g}{unit}"
        return f"{name}{at} {self.at_least:g} to {self.at_most:g}{unit}"

    def target_of(self, within: Target) -> Target:
        """Return the target of `distance`: an upper bound, the half width of the conductance's."""
        room = within.room_g0(within.nominal_g0)
        return Target(-math.inf, room, room, words=f"{within}, {self.words}")

    def distance(
        self, within: Target, conductance_g0: float, value: float | None
    ) -> tuple[float, float]:
        r"""Return the number that is within `target_of` if, and only if, both are as asked for.

        .. math:: m = \max(|g - g_0|,\; \delta_g\, |q - q_0| / \delta_q)

        It is in G0, and has a slope everywhere. Of one bound :math:`b` it is :math:`\delta_g` there
        and 0 where the value is as far beyond it as the bound is from 0. A contact that does not
        conduct has no value, and is out.

        Parameters
        ----------
        within
            Conductances that are asked for, with two bounds.
        conductance_g0, value
            Of a structure, or a pulling's end.

        Returns
        -------
        number, slope
            In G0, and by how much it rises with the value: 0 where the conductance decides.
        """
        room, away = within.room_g0(within.nominal_g0), abs(within.miss(conductance_g0))
        if value is None:
            return max(away, 2.0 * room), 0.0
        slope, centre, is_two_sided = self._scale(room)
        other = slope * (value - centre)
        other = abs(other) if is_two_sided else max(0.0, other)
        return (other, abs(slope)) if other > away else (away, 0.0)

    def _scale(self, room: float) -> tuple[float, float, bool]:
        """Return slope and centre of the distance of a value, and whether it has two sides."""
        if self.value is not None and self.tolerance is not None:
            return room / self.tolerance, self.value, True
        if self.at_least is not None and self.at_most is not None:
            half = (self.at_most - self.at_least) / 2.0
            return room / half, self.at_least + half, True
        if self.at_most is not None:
            return room / abs(self.at_most), self.at_most - abs(self.at_most), False
        least = float(self.at_least or 0.0)
        return -room / abs(least), least + abs(least), False

    @property
    def least_sigma(self) -> float:
        """Least standard deviation of a value."""
        return _LEAST[self.quantity]

    def grid(self) -> Float[np.ndarray, " energy"]:
        """Return energies at which T must be known of a model, in eV; ascending, 0 among them.

        They reach further than the quantity needs by the shift of levels.
        """
        if self.quantity == "fano":
            return np.array(SHIFTS_EV)
        if self.quantity == "slope":
            ends = np.array([-SLOPE_EV, 0.0, SLOPE_EV])
            return np.unique(np.round(np.add.outer(SHIFTS_EV, ends), 6))
        kt = BOLTZMANN_EV_PER_K * self.temperature_k
        step = _COARSE_EV if kt > _WARM_EV else _FINE_EV
        n = math.ceil((TAIL * kt + SHIFTS_EV[-1]) / step)
        found: np.ndarray = np.arange(-n, n + 1) * step
        return found

    @property
    def reach_ev(self) -> float:
        """How far from the Fermi level T(E) decides the value, in eV."""
        return round(float(self.grid()[-1]) - SHIFTS_EV[-1], 6)

    def of_curve(
        self,
        energies: Float[np.ndarray, " energy"],
        transmission: Float[np.ndarray, " energy"],
        level: float = 0.0,
    ) -> float | None:
        """Return slope or thermopower; ``None`` if nothing conducts.

        Parameters
        ----------
        energies
            Ascending, in eV against the Fermi level.
        transmission
            On that grid.
        level
            Take the Fermi level to be here, in eV.

        Raises
        ------
        InvalidInputError
            If T(E) is not known far enough.
        """
        if np.interp(level, energies, transmission) < OPEN_G0:
            return None
        if self.quantity == "slope":
            return mean_slope(energies - level, transmission, SLOPE_EV)
        found = thermoelectric(energies - level, transmission, self.temperature_k)
        return found.seebeck_uv_per_k


def fano_of(channels: Float[np.ndarray, " channel"]) -> float | None:
    """Return the Fano factor of eigenchannels; ``None`` if nothing conducts."""
    return fano_factor(np.clip(channels, 0.0, 1.0)) if channels.sum() >= OPEN_G0 else None
