"""Families of experiments: what a campaign breaks."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field, model_validator

from sekkei.specification import Specification, parse_specification
from sekkei.structure.experiment import ExperimentSpec

MOST_KINDS = 50_000
"""Most members of a family that differ in more than their seeds: each is checked."""


class Variation(Specification):
    """Values that a family goes through, the first field fastest, and then from the start again."""

    neck_width: list[int] = Field(default_factory=list)
    """Most atoms in one layer of the narrow part."""

    neck_length: list[int] = Field(default_factory=list)
    """Atomic layers of the narrow part."""

    composition: list[dict[str, float]] = Field(default_factory=list)
    """Fraction of each element in the device region."""

    def at(self, i_experiment: int) -> dict[str, Any]:
        """Return what member ``i_experiment`` of a family has instead of its template's."""
        chosen: dict[str, Any] = {}
        for name in type(self).model_fields:
            values = getattr(self, name)
            if values:
                i_experiment, i_value = divmod(i_experiment, len(values))
                chosen[name] = values[i_value]
        return chosen

    @property
    def n_combination(self) -> int:
        """Number of different combinations."""
        n = 1
        for name in type(self).model_fields:
            n *= len(getattr(self, name)) or 1
        return n


class Family(Specification):
    """Experiments that differ in their seeds, and in what ``vary`` lists."""

    count: Annotated[int, Field(ge=1, le=1_000_000)]
    """Number of experiments."""

    template: ExperimentSpec = Field(default_factory=ExperimentSpec)
    """The first of them; member i has both of its seeds raised by i."""

    vary: Variation = Field(default_factory=Variation)
    """What else changes from one to the next."""

    @model_validator(mode="after")
    def _every_member_is_an_experiment(self) -> "Family":
        if self.n_kind > MOST_KINDS:
            raise ValueError(
                f"members that differ in more than their seeds must be at most {MOST_KINDS:,}, "
                f"but vary has {self.vary.n_combination:,} combinations; leave values out that "
                "are given twice, or make several families"
            )
        for i_experiment in (*range(self.n_kind), self.count - 1):  # the last has the largest seeds
            self.member(i_experiment)
        return self

    @property
    def n_kind(self) -> int:
        """Number of members that differ in more than their seeds; they come first."""
        return min(self.count, self.vary.n_combination)

    def member(self, i_experiment: int) -> ExperimentSpec:
        """Return one of the experiments.

        Raises
        ------
        InvalidInputError
            If a varied value does not fit; a family with such a member cannot be made.
        """
        plain = self.template.model_dump()
        plain["seed"] += i_experiment
        plain["contact"]["seed"] += i_experiment
        plain["contact"] |= self.vary.at(i_experiment)
        return parse_specification(plain, ExperimentSpec)


def members(families: Iterable[Family]) -> Iterator[ExperimentSpec]:
    """Yield every experiment, family by family."""
    for family in families:
        for i_experiment in range(family.count):
            yield family.member(i_experiment)
