"""Stages of a campaign: of which kind each is, and which come before it."""

import difflib
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from sekkei.campaign.family import Family
from sekkei.specification import Specification
from sekkei.transport.plugins import labeler_names

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""What a name of a campaign or stage looks like."""


class MatrixPlan(Specification):
    """Which labels keep their matrices: those of the smallest keys, which are a fair sample."""

    share: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    """This share of the snapshots, by their keys; matrices come with the label."""

    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Or so many of the labels, once they are there: these snapshots are labelled again."""

    filters: list[str] = Field(default_factory=list)
    """Of labels, all of which must hold; with any, the snapshots are labelled again, too."""

    @model_validator(mode="after")
    def _one_measure(self) -> "MatrixPlan":
        if (self.share is None) == (self.count is None):
            raise ValueError("matrices must be kept of a share or of a count: give one of them")
        return self


class LabelPlan(Specification):
    """Which snapshots are labelled, and by what."""

    labeler: str = "gpaw"
    """Name of an installed labeler."""

    options: dict[str, Any] = Field(default_factory=dict)
    """Its options."""

    per_experiment: Annotated[int, Field(ge=1, le=10_000)] = 12
    """Snapshots of each experiment, spread over what it passed through."""

    where: list[str] = Field(default_factory=list)
    """Filters of labels in the lake: the structures of those that fit all are labelled."""

    files: list[Path] = Field(default_factory=list)
    """Structures of your own as extxyz, in the input convention, beside those of experiments."""

    time_limit_s: Annotated[float, Field(gt=0.0)] = 1800.0
    """Longest time that one try of a label may take, in s."""

    matrices: MatrixPlan | None = None
    """Which labels keep Hamiltonian and overlap in the lake; none if absent."""

    @property
    def has_source(self) -> bool:
        """Whether it says itself what is labelled."""
        return bool(self.where or self.files)

    @property
    def share_known_before(self) -> float:
        """Share of the snapshots that are known to keep matrices before they are labelled."""
        kept = self.matrices
        return kept.share or 0.0 if kept is not None and not kept.filters else 0.0

    @field_validator("labeler")
    @classmethod
    def _known_labeler(cls, name: str) -> str:
        if name not in labeler_names():
            raise ValueError(f"a labeler must be one of {', '.join(labeler_names())}")
        return name


class InferencePlan(Specification):
    """Prediction of snapshots by a surrogate."""

    model: str = ""
    """A registered model: NAME, NAME:VERSION, NAME:ALIAS, or an identity."""

    learn_from: str = ""
    """Or the stage of labels that one is trained on first."""

    training: dict[str, Any] = Field(default_factory=dict)
    """Options of that training; see `sekkei model train`."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Its seed."""

    @model_validator(mode="after")
    def _one_origin(self) -> "InferencePlan":
        if bool(self.model) == bool(self.learn_from):
            raise ValueError("a surrogate must have one origin: give model or learn_from")
        return self


class DesignPlan(InferencePlan):
    """Inverse design with a surrogate, verified by labels."""

    file: Path
    """Specification of the design; see `sekkei schema design`."""

    labeler: str = "gpaw"
    """Name of the labeler that verifies."""

    options: dict[str, Any] = Field(default_factory=dict)
    """Its options."""


class ActiveLearningPlan(LabelPlan):
    """Labels where the surrogate is least sure, round by round."""

    per_experiment: Annotated[int, Field(ge=1, le=10_000)] = 2
    """Snapshots of each experiment that are labelled before the first round."""

    rounds: Annotated[int, Field(ge=1, le=100)] = 3
    """Rounds of training, choosing and labelling."""

    batch: Annotated[int, Field(ge=1, le=100_000)] = 16
    """Labels of one round: the structures whose intervals are widest."""

    most_per_experiment: Annotated[int, Field(ge=1)] = 2
    """Most of them from one experiment: neighbouring frames say nearly the same."""

    training: dict[str, Any] = Field(default_factory=dict)
    """Options of the training; see `sekkei model train`."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Its seed."""


KINDS = ("experiments", "labels", "inference", "active_learning", "design")
"""What a stage may be."""


class StageSpec(Specification):
    """One stage: its name, the stages whose snapshots it takes, and exactly one kind."""

    name: Annotated[str, Field(pattern=NAME)]
    """Name, by which others refer to it."""

    of: list[str] = Field(default_factory=list)
    """Stages whose snapshots it takes."""

    experiments: Annotated[list[Family], Field(min_length=1)] | None = None
    """What to break."""

    labels: LabelPlan | None = None
    """How to label."""

    inference: InferencePlan | None = None
    """What to predict by."""

    active_learning: ActiveLearningPlan | None = None
    """Labels where the surrogate is least sure."""

    design: DesignPlan | None = None
    """Contacts for a conductance that is asked for."""

    @model_validator(mode="after")
    def _is_one_kind(self) -> "StageSpec":
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a stage must be exactly one of {', '.join(KINDS)}, but {self.name!r} is "
                f"{' and '.join(given) or 'none'}"
            )
        self._check_source(given[0])
        return self

    def _check_source(self, kind: str) -> None:
        has_own = self.labels is not None and self.labels.has_source
        if kind in ("experiments", "design") and self.of:
            raise ValueError(f"{kind} must stand alone, but {self.name!r} is of {self.of}")
        if kind in ("labels", "active_learning") and bool(self.of) == has_own:
            raise ValueError(
                f"a stage that labels must take snapshots of other stages, or labels fitting "
                f"filters or files, but {self.name!r} has {'both' if has_own else 'neither'}"
            )

    @property
    def kind(self) -> str:
        """What it is: one of ``KINDS``."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def awaits(self) -> tuple[str, ...]:
        """The stages that come before it."""
        plan = self.inference or self.design
        return (*self.of, *([plan.learn_from] if plan and plan.learn_from else []))


def order_stages(stages: Sequence[StageSpec]) -> tuple[StageSpec, ...]:
    """Return every stage after those that it awaits; see `CampaignSpec.in_order`."""
    if not stages:
        raise ValueError("a campaign must have experiments, labels with a source, or stages")
    by_name = {stage.name: stage for stage in stages}
    if len(by_name) < len(stages):
        raise ValueError(f"stages must have different names, found {[s.name for s in stages]}")
    for stage in stages:
        _check_awaited(stage, by_name)
    graph = TopologicalSorter({stage.name: stage.awaits for stage in stages})
    try:
        return tuple(by_name[name] for name in graph.static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1][::-1])
        raise ValueError(f"stages must not await each other in a circle: {circle}") from error


def _check_awaited(stage: StageSpec, by_name: Mapping[str, StageSpec]) -> None:
    for name in stage.awaits:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(by_name)}"
            raise ValueError(f"stage {stage.name!r} awaits {name!r}, which is none; {hint}")
    for name in stage.of:
        if by_name[name].design is not None:
            raise ValueError(
                f"stage {stage.name!r} must take snapshots of a stage that has some, but {name!r} "
                "is a design; select its structures with a filter"
            )
