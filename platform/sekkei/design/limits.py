"""Bounds of the fraction of one element."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from sekkei.specification import Specification

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class FractionLimits(Specification):
    """How much of one element a candidate may hold. One number instead of this fixes it."""

    least: Fraction = 0.0
    """Least fraction; above 0, every candidate holds the element."""

    most: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """Greatest fraction."""

    least_if_present: Fraction = 0.0
    """Least fraction of a candidate that holds the element at all."""

    @model_validator(mode="before")
    @classmethod
    def _fixed(cls, raw: Any) -> Any:
        is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
        return {"least": raw, "most": raw} if is_number else raw

    @model_validator(mode="after")
    def _ordered(self) -> "FractionLimits":
        low = max(self.least, self.least_if_present)
        if low > self.most:
            raise ValueError(f"the least must not be above the most, but {low:g} > {self.most:g}")
        return self
