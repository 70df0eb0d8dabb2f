"""Campaigns: what a specification lists minus what the lake holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from sekkei.errors import InvalidInputError
from sekkei.fleet.campaign_spec import CampaignSpec
from sekkei.fleet.choice import choose_snapshots
from sekkei.fleet.port import Pool
from sekkei.fleet.production import StageSummary
from sekkei.fleet.progress import Progress
from sekkei.fleet.stages import (
    experiment_tasks,
    missing_experiments,
    missing_labels,
    recipe_of,
    run_experiments,
    run_labels,
)
from sekkei.fleet.workshop import CommitPolicy, Dynamics, Workshop, open_workshop
from sekkei.lake import Lake
from sekkei.structure.contact import build_contact


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """What a campaign would do now."""

    name: str
    """Name of the campaign."""

    experiments: int
    """Different experiments that it lists."""

    experiments_missing: int
    """Of these, neither in the lake nor refused."""

    labels_missing: int
    """Labels that are missing of experiments in the lake."""

    labels_expected: int
    """Labels that the missing experiments will ask for, at most."""


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """What a campaign did."""

    name: str
    """Name of the campaign."""

    stages: tuple[StageSummary, ...]
    """One after the other."""

    snapshot_id: str
    """State of the lake that it left."""

    @property
    def done(self) -> int:
        """Pieces made now."""
        return sum(stage.done for stage in self.stages)

    @property
    def refused(self) -> int:
        """Pieces refused now."""
        return sum(stage.refused for stage in self.stages)


def plan_campaign(
    spec: CampaignSpec, lake: Lake, *, dynamics: Dynamics | None = None
) -> CampaignPlan:
    """Say what `run_campaign` would do, and do nothing.

    Raises
    ------
    InvalidInputError
        If a contact cannot be built, or there is no such labeler or option.
    """
    check_contacts(spec)
    tasks = experiment_tasks(spec.members(), dynamics or Dynamics())
    missing = missing_experiments(lake, tasks)
    labels_missing, n_each = 0, 0
    if spec.labels is not None:
        n_each, recipe = spec.labels.per_experiment, recipe_of(spec.labels)
        chosen = choose_snapshots(lake, [task.key for task in tasks], n_each)
        labels_missing = len(missing_labels(lake, chosen, recipe))
    return CampaignPlan(
        name=spec.name,
        experiments=len(tasks),
        experiments_missing=len(missing),
        labels_missing=labels_missing,
        labels_expected=n_each * len(missing),
    )


def run_campaign(
    spec: CampaignSpec,
    lake: Lake,
    pool: Pool,
    progress: Progress | None = None,
    *,
    policy: CommitPolicy | None = None,
    dynamics: Dynamics | None = None,
) -> CampaignSummary:
    """Run what is missing of a campaign, and commit it as it arrives.

    Running it again does what is missing then: after a kill, what was not committed; after a
    change of the specification, what it lists anew; otherwise nothing.

    Raises
    ------
    InvalidInputError
        If a contact cannot be built, or there is no such labeler or option; nothing was done.
    LakeConflictError
        If somebody else fills the lake.
    """
    check_contacts(spec)
    with open_workshop(lake, pool, progress, policy=policy, dynamics=dynamics) as workshop:
        stages = tuple(_stages(spec, workshop))
        return CampaignSummary(
            name=spec.name, stages=stages, snapshot_id=workshop.refresh().snapshot_id
        )


def check_contacts(spec: CampaignSpec) -> None:
    """Build one contact of every kind that a campaign has.

    Raises
    ------
    InvalidInputError
        If one cannot be built; says of which family.
    """
    for i_family, family in enumerate(spec.experiments):
        for i_experiment in range(family.n_kind):
            try:
                build_contact(family.member(i_experiment).contact)
            except InvalidInputError as error:
                raise InvalidInputError(
                    f"experiments.{i_family}: {error.message}", **error.facts
                ) from error


def _stages(spec: CampaignSpec, workshop: Workshop) -> Iterator[StageSummary]:
    if spec.labels is not None:
        # A labeler that cannot be made should say so before hours of dynamics, not after.
        recipe_of(spec.labels)
    yield run_experiments(workshop, spec.members())
    if spec.labels is not None:
        keys = [task.key for task in experiment_tasks(spec.members(), workshop.dynamics)]
        chosen = choose_snapshots(workshop.lake, keys, spec.labels.per_experiment)
        yield run_labels(workshop, chosen, spec.labels)
