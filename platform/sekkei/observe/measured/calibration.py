"""From what an instrument wrote to G0 and angstrom. Nothing is guessed."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.observe.measured.recording import Recording
from sekkei.shapes import Float
from sekkei.units import G0_SIEMENS

ConductanceUnit = Literal["G0", "log10G0", "S", "uS", "nS", "A", "uA", "nA"]
DisplacementUnit = Literal["angstrom", "nm", "um", "m", "V"]

_SIEMENS = {"S": 1.0, "uS": 1e-6, "nS": 1e-9}
_AMPERE = {"A": 1.0, "uA": 1e-6, "nA": 1e-9}
_ANGSTROM = {"angstrom": 1.0, "nm": 10.0, "um": 1e4, "m": 1e10}


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the numbers of a measurement mean."""

    conductance_unit: ConductanceUnit | None = None
    """Unit of conductance or current; ``log10G0`` is the decimal logarithm of G/G0."""

    bias_mv: float | None = None
    """Bias voltage in mV; needed for a current."""

    offset: float = 0.0
    """Value that the instrument shows at no conductance, in its own unit; it is taken off."""

    series_ohm: float = 0.0
    """Resistance in series with the contact in ohm; its part is taken off."""

    displacement_unit: DisplacementUnit | None = None
    """Unit of displacement, or of ``step``; ``V`` is that of a piezo."""

    angstrom_per_volt: float | None = None
    """How far a piezo moves the grips, in angstrom/V; needed for volts."""

    step: float | None = None
    """Displacement from one sample to the next, where none was recorded."""


def check_calibration(calibration: Calibration, *, has_displacement: bool) -> None:
    """See that every unit is known before anything is read.

    Parameters
    ----------
    calibration
        What is known.
    has_displacement
        Whether a displacement was recorded.

    Raises
    ------
    InvalidInputError
        If a unit, bias or piezo constant is missing, or a number cannot be.
    """
    _check_conductance(calibration)
    if has_displacement and calibration.step is not None:
        raise InvalidInputError(
            f"--step is for records without displacement, but one was recorded beside step "
            f"{calibration.step:g}; leave out one of them"
        )
    if has_displacement or calibration.step is not None:
        _check_displacement(calibration)


def calibrated(
    recording: Recording, calibration: Calibration
) -> tuple[Float[np.ndarray, " sample"], Float[np.ndarray, " sample"] | None]:
    """Return conductances in G0 and displacements in angstrom, if there are any.

    A value that is NaN stays NaN.

    Raises
    ------
    InvalidInputError
        If a unit, bias or piezo constant is missing.
    """
    check_calibration(calibration, has_displacement=recording.displacements is not None)
    conductances = _conductances(recording.values - calibration.offset, calibration)
    if recording.displacements is not None:
        return conductances, recording.displacements * _scale(calibration)
    if calibration.step is None:
        return conductances, None
    steps = np.arange(conductances.size, dtype=np.float64)
    return conductances, steps * (calibration.step * _scale(calibration))


def _check_conductance(calibration: Calibration) -> None:
    unit = calibration.conductance_unit
    if unit is None:
        raise InvalidInputError(
            "the unit of conductance must be given, since no file says it for sure; try "
            f"--conductance-unit with one of {', '.join(get_args(ConductanceUnit))}"
        )
    if unit in _AMPERE and not calibration.bias_mv:
        raise InvalidInputError(
            f"a current in {unit} needs the bias it was measured at, but found "
            f"{_shown(calibration.bias_mv)}; try --bias-mv MILLIVOLT"
        )
    if unit not in _AMPERE and calibration.bias_mv is not None:
        raise InvalidInputError(
            f"a bias is for currents, but found {calibration.bias_mv:g} mV beside a conductance in "
            f"{unit}; leave it out, or name a unit of current"
        )
    if unit == "log10G0" and calibration.offset != 0.0:
        raise InvalidInputError(
            f"an offset cannot be taken off a logarithm, but found {calibration.offset:g}; "
            "leave it out"
        )
    if not calibration.series_ohm >= 0.0:
        raise InvalidInputError(
            f"a series resistance must be positive, but found {calibration.series_ohm:g} ohm"
        )


def _check_displacement(calibration: Calibration) -> None:
    unit = calibration.displacement_unit
    if unit is None:
        raise InvalidInputError(
            "the unit of displacement must be given, since no file says it for sure; try "
            f"--displacement-unit with one of {', '.join(get_args(DisplacementUnit))}"
        )
    if unit == "V" and not calibration.angstrom_per_volt:
        raise InvalidInputError(
            "a piezo voltage needs how far it moves the grips, but found "
            f"{_shown(calibration.angstrom_per_volt)}; try --angstrom-per-volt NUMBER"
        )
    if calibration.step is not None and not calibration.step > 0.0:
        raise InvalidInputError(f"a step must be positive, but found {calibration.step:g}")


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"


def _scale(calibration: Calibration) -> float:
    if calibration.displacement_unit == "V":
        return abs(calibration.angstrom_per_volt or 0.0)
    return _ANGSTROM[str(calibration.displacement_unit)]


def _conductances(
    values: Float[np.ndarray, " sample"], calibration: Calibration
) -> Float[np.ndarray, " sample"]:
    unit = str(calibration.conductance_unit)
    if unit == "log10G0":
        found = 10.0**values
    elif unit == "G0":
        found = values
    elif unit in _SIEMENS:
        found = values * (_SIEMENS[unit] / G0_SIEMENS)
    else:
        volt = (calibration.bias_mv or 0.0) * 1e-3
        found = values * (_AMPERE[unit] / (volt * G0_SIEMENS))
    # 1/G = 1/G_contact + R; a value beyond 1/R cannot be, and becomes NaN.
    left = 1.0 - found * (calibration.series_ohm * G0_SIEMENS)
    contact: np.ndarray = np.full_like(found, np.nan)
    np.divide(found, left, out=contact, where=left > 0.0)
    return contact
