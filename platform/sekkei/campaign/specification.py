"""What a campaign is: families of experiments, how their snapshots are labelled, what follows."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from sekkei.campaign.family import Family, Variation, members
from sekkei.campaign.stage_spec import NAME, LabelPlan, StageSpec, order_stages
from sekkei.fleet.port import Needs
from sekkei.specification import Specification
from sekkei.structure.experiment import ExperimentSpec

__all__ = ["CampaignSpec", "Family", "LabelPlan", "StageSpec", "Variation", "WorkerPlan"]


class WorkerPlan(Specification):
    """What one worker takes of its node; every worker can do every stage."""

    cpus: Annotated[int, Field(ge=1, le=1024)] = 1
    """CPUs, and OpenMP threads."""

    gpus: Annotated[float, Field(ge=0.0, le=64.0)] = 0.0
    """GPUs, or a share of one."""

    memory_gb: Annotated[float, Field(ge=0.0, le=1e6)] = 0.0
    """Memory that is set aside on the node, in GB; 0 for none in particular."""

    @property
    def needs(self) -> Needs:
        """The same, as a pool takes it."""
        return Needs(self.cpus, self.gpus, int(self.memory_gb * 1e9))


class CampaignSpec(Specification):
    """A declared piece of mass production."""

    name: Annotated[str, Field(pattern=NAME)]
    """Name, for people."""

    experiments: Annotated[list[Family], Field(min_length=1, default_factory=list)]
    """What to break. Short for a stage ``experiments``."""

    labels: LabelPlan | None = Field(default_factory=LabelPlan)
    """How to label; ``null`` for structures only. Short for a stage ``labels``."""

    stages: list[StageSpec] = Field(default_factory=list)
    """Further stages, in any order; those that need nothing of each other run together."""

    workers: WorkerPlan = Field(default_factory=WorkerPlan)
    """What one worker takes of its node."""

    experiment_time_limit_s: Annotated[float, Field(gt=0.0)] = 3600.0
    """Longest time that one try of an experiment may take, in s."""

    @model_validator(mode="after")
    def _stages_fit_together(self) -> "CampaignSpec":
        self.in_order()
        return self

    def members(self) -> Iterator[ExperimentSpec]:
        """Yield every experiment of the short form, family by family."""
        return members(self.experiments)

    def in_order(self) -> tuple[StageSpec, ...]:
        """Return every stage after those that it awaits, the short forms first.

        Raises
        ------
        ValueError
            If there is none, two have a name, one awaits a stage that there is not, or stages
            await each other in a circle.
        """
        return order_stages((*self._short_forms(), *self.stages))

    def _short_forms(self) -> Iterator[StageSpec]:
        if self.experiments:
            yield StageSpec(name="experiments", experiments=self.experiments)
        plan = self.labels
        if plan is None or not (self.experiments or "labels" in self.model_fields_set):
            return
        of = ["experiments"] if self.experiments and not plan.has_source else []
        yield StageSpec(name="labels", of=of, labels=plan)
