"""What a design campaign is asked for."""

from typing import Annotated

from pydantic import Field, model_validator

from sekkei.design.plateau import Plateau
from sekkei.design.spectrum import Spectrum
from sekkei.design.target import Axis, Target, bounded_target, value_target
from sekkei.specification import Specification

_Conductance = Annotated[float, Field(gt=0.0, le=20.0)]


class AskedTarget(Specification):
    """A conductance to reach, and what more a contact must have."""

    target_g0: _Conductance | None = None
    """Conductance asked for, in G0; or else there are bounds."""

    tolerance_g0: Annotated[float, Field(gt=0.0, le=5.0)] = 0.15
    """A proposal is a hit if its conductance by the label is this near ``target_g0``, in G0;
    bounds need none."""

    at_least_g0: _Conductance | None = None
    """Least conductance that is a hit, in G0."""

    at_most_g0: _Conductance | None = None
    """Greatest conductance that is a hit, in G0."""

    distance: Axis = "linear"
    """What is learned, and the distance to the target measured on: the conductance, or its
    logarithm where the space spans decades."""

    plateau: Plateau | None = None
    """How much of its pulling a contact must conduct so; absent, only at its elongation."""

    spectrum: Spectrum | None = None
    """What else the contact must have at its elongation: a Fano factor, slope or thermopower."""

    least_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """A finalist is verified if at least this share of its fresh realisations are hits."""

    @model_validator(mode="after")
    def _one_target(self) -> "AskedTarget":
        bounds = [bound for bound in (self.at_least_g0, self.at_most_g0) if bound is not None]
        if self.target_g0 is None and not bounds:
            raise ValueError(
                "a conductance must be asked for; name target_g0, at_least_g0 or at_most_g0"
            )
        if self.target_g0 is not None and bounds:
            raise ValueError(
                "there must be one target, but found target_g0 and a bound; leave one out"
            )
        if len(bounds) == 2 and bounds[0] >= bounds[1]:
            raise ValueError(
                "at_least_g0 must be below at_most_g0; exchange them, or ask for target_g0 within "
                "tolerance_g0"
            )
        return self

    @property
    def target(self) -> Target:
        """The outcomes that are hits: conductances, or what is made of them and of more."""
        more = self.plateau or self.spectrum
        return self.within if more is None else more.target_of(self.within)

    @property
    def is_distance(self) -> bool:
        """Whether outcomes are distances from what is asked for, not conductances."""
        more = self.plateau or self.spectrum
        return more is not None and not self.within.is_one_sided

    @property
    def within(self) -> Target:
        """The conductances asked for."""
        if self.target_g0 is not None:
            return value_target(self.target_g0, self.tolerance_g0, self.distance)
        return bounded_target(self.at_least_g0, self.at_most_g0, self.distance)
