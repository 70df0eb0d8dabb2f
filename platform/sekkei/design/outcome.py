"""What a structure, or a whole pulling, is worth: the one number that a target is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from sekkei.design.candidate import Candidate, Observation
from sekkei.design.specification import DesignSpec
from sekkei.design.spectrum import OPEN_G0, Spectrum
from sekkei.errors import InvalidInputError

MOST_G0 = 100.0
"""Most that a measured contact may conduct, or be unsure of: no contact that can be asked for
conducts a fifth of it, and one wrong unit would drown all other observations."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one structure, or of one pulling."""

    conductances_g0: Sequence[float]
    """In G0: one, or those along a pulling."""

    sigma_g0: float = 0.0
    """Standard deviation of each."""

    spectrum: float | None = None
    """The quantity of `DesignSpec.spectrum`, if it is asked for and there is one."""

    spectrum_sigma: float = 0.0
    """Its standard deviation."""


def outcome_of(spec: DesignSpec, candidate: Candidate, seen: Seen) -> tuple[float, float]:
    """Return the number that `DesignSpec.target` is about and its standard deviation, in G0."""
    if spec.plateau is not None:
        far = candidate.elongation_angstrom
        return spec.plateau.value(spec.within, seen.conductances_g0, far), seen.sigma_g0
    last = seen.conductances_g0[-1]
    if spec.spectrum is None:
        return last, seen.sigma_g0
    found, slope = spec.spectrum.distance(spec.within, last, seen.spectrum)
    return found, slope * seen.spectrum_sigma if slope else seen.sigma_g0


def as_asked(spec: DesignSpec, seen: Observation) -> Observation:
    """Return an observation whose conductance is the number that the target is about."""
    if spec.plateau is None and spec.spectrum is None:
        return seen
    value, sigma = outcome_of(spec, seen.candidate, seen_of(seen))
    return seen.model_copy(
        update={
            "conductance_g0": value,
            "sigma_g0": sigma,
            "pulling_g0": (),
            "spectrum": None,
            "spectrum_sigma": None,
        }
    )


def seen_of(seen: Observation) -> Seen:
    """Return what an observation says, without of what and by whom."""
    conductances = seen.pulling_g0 or (seen.conductance_g0,)
    return Seen(conductances, seen.sigma_g0, seen.spectrum, seen.spectrum_sigma or 0.0)


def check_seen(spec: DesignSpec, seen: Observation) -> None:
    """See that an observation is of what was asked for: one structure, or a pulling.

    Raises
    ------
    InvalidInputError
        If it is of the other, or was measured and is above `MOST_G0`.
    """
    if seen.source == "measured":
        _check_measured(seen)
    if spec.plateau is not None and not seen.pulling_g0:
        raise InvalidInputError(
            "an outcome of a design with a plateau must be of a whole pulling, but is one "
            f"conductance, {seen.conductance_g0:g} G0; give those along the pulling",
            conductance_g0=seen.conductance_g0,
        )
    if spec.spectrum is not None:
        _check_spectrum(spec.spectrum, seen)
    if spec.plateau is None and seen.pulling_g0:
        raise InvalidInputError(
            f"an outcome must be one conductance, but is a pulling of {len(seen.pulling_g0)}; "
            "ask for a plateau in the specification, or give that at the elongation",
            n_frame=len(seen.pulling_g0),
        )


def _check_spectrum(spectrum: Spectrum, seen: Observation) -> None:
    is_measured = seen.source == "measured"
    if seen.spectrum is None:
        if not is_measured or seen.conductance_g0 < OPEN_G0:
            return
        raise InvalidInputError(
            f"a measurement of this design must have a {spectrum.quantity} beside its "
            f"{seen.conductance_g0:g} G0, but has none; give spectrum"
        )
    try:
        spectrum.check_value(seen.spectrum)
        if is_measured:
            spectrum.check_sigma(seen.spectrum_sigma or 0.0)
    except ValueError as error:
        raise InvalidInputError(str(error), spectrum=seen.spectrum) from error


def _check_measured(seen: Observation) -> None:
    conductances = seen.pulling_g0 or (seen.conductance_g0,)
    for name, value in (("conductance_g0", max(conductances)), ("sigma_g0", seen.sigma_g0)):
        if value > MOST_G0:
            raise InvalidInputError(
                f"{name} must be at most {MOST_G0:g} G0, but is {value:g}; give it in units of "
                "2e²/h"
            )
