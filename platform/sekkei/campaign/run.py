"""Campaigns: what a specification lists minus what the lake holds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from sekkei.campaign.context import CampaignContext, CommitPolicy, Dynamics, open_context
from sekkei.campaign.counting import PackedKeys, different_members
from sekkei.campaign.matrix_stage import check_matrices, keep_matrices
from sekkei.campaign.production import produce_together
from sekkei.campaign.retry import RetryChoice
from sekkei.campaign.snapshots import StageSnapshots
from sekkei.campaign.source import check_files, commit_files
from sekkei.campaign.specification import CampaignSpec
from sekkei.campaign.stage_spec import InferencePlan, LabelPlan, StageSpec
from sekkei.campaign.stage_work import StageSummary, StageWork
from sekkei.campaign.stages import (
    LabelFeed,
    experiment_work,
    label_work,
    recipe_of,
    run_labels,
)
from sekkei.errors import InvalidInputError
from sekkei.fleet.event import Watch, ignore
from sekkei.fleet.port import Pool
from sekkei.lake import Lake
from sekkei.progress import Progress
from sekkei.structure.contact import build_contact

if TYPE_CHECKING:
    from sekkei.model.predictor import Predictor

LoadModel = Callable[[str], "Predictor"]
"""Finds a registered model by its name."""


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """What a campaign did."""

    name: str
    """Name of the campaign."""

    stages: tuple[StageSummary, ...]
    """One after the other."""

    state_id: str
    """State of the lake that it left."""

    @property
    def done(self) -> int:
        """Pieces made now."""
        return sum(stage.done for stage in self.stages)

    @property
    def refused(self) -> int:
        """Pieces refused now."""
        return sum(stage.refused for stage in self.stages)


def run_campaign(  # noqa: PLR0913  (each is a part that a caller may replace)
    spec: CampaignSpec,
    lake: Lake,
    pool: Pool,
    progress: Progress | None = None,
    *,
    policy: CommitPolicy | None = None,
    dynamics: Dynamics | None = None,
    watch: Watch = ignore,
    load_model: LoadModel | None = None,
    retry: RetryChoice | None = None,
) -> CampaignSummary:
    """Run what is missing of a campaign, and commit it as it arrives.

    Running it again does what is missing then: after a kill, what was not committed; after a
    change of the specification, what it lists anew; refusals that came of the circumstances, each
    once; otherwise nothing.

    Parameters
    ----------
    spec
        What to do.
    lake
        Where the results go.
    pool
        Who works.
    progress
        Who watches, for people.
    policy
        How often to commit.
    dynamics
        What runs experiments.
    watch
        Who watches, for logs and metrics.
    load_model
        Finds the models that stages name; needed if one does.
    retry
        Which refusals are tried again; those of the circumstances if absent.

    Raises
    ------
    InvalidInputError
        If a contact cannot be built, there is no such labeler, option, file or model; nothing was
        done.
    LakeConflictError
        If somebody else fills the lake.
    """
    check_campaign(spec)
    with open_context(
        lake, pool, progress, policy=policy, dynamics=dynamics, watch=watch, retry=retry
    ) as context:
        stages = tuple(_Run(spec, context, load_model).stages())
        return CampaignSummary(name=spec.name, stages=stages, state_id=context.refresh().state_id)


def check_campaign(spec: CampaignSpec) -> None:
    """Check what can be before hours of dynamics: contacts, labelers, files, options.

    Raises
    ------
    InvalidInputError
        If anything is not as it must be; says in which stage.
    """
    for stage in spec.in_order():
        if stage.experiments is not None:
            check_contacts(stage)
        for plan in (stage.labels, stage.active_learning):
            if plan is not None:
                recipe_of(plan)
                check_files(plan)
                check_matrices(plan)
        if stage.kind in ("inference", "active_learning", "design"):
            from sekkei.campaign.learning import check_learning  # noqa: PLC0415  (torch: seconds)

            check_learning(stage, spec.in_order())


def check_contacts(stage: StageSpec) -> None:
    """Build one contact of every shape that a stage has.

    Whether one can be built does not depend on its elements and its seed.

    Raises
    ------
    InvalidInputError
        If one cannot be built; says of which family.
    """
    built: set[tuple[str, int, int, int, int]] = set()
    for i_family, family in enumerate(stage.experiments or ()):
        for i_experiment in range(family.n_kind):
            spec = family.member(i_experiment).contact
            neck = (spec.neck_length, spec.neck_width, spec.taper)
            shape = (spec.electrode, spec.device_periods, *neck)
            if shape in built:
                continue
            built.add(shape)
            try:
                build_contact(spec)
            except InvalidInputError as error:
                raise InvalidInputError(
                    f"{stage.name}.{i_family}: {error.message}", **error.facts
                ) from error


@dataclass(slots=True)
class _Run:
    """One run of a campaign, stage by stage."""

    spec: CampaignSpec
    context: CampaignContext
    load_model: LoadModel | None
    snapshots: StageSnapshots = field(default_factory=StageSnapshots)

    def stages(self) -> Iterator[StageSummary]:
        """Do every stage: experiments and their labels together, the others one by one."""
        ordered = self.spec.in_order()
        flowing = [stage for stage in ordered if self._flows(stage, ordered)]
        yield from self._flow(flowing)
        for stage in ordered:
            if stage in flowing:
                continue
            if stage.labels is not None:
                yield self._labels(stage, stage.labels)
                yield from self.matrices(stage, stage.labels)
            else:
                from sekkei.campaign.learning import run_learning  # noqa: PLC0415  (the same)

                yield from run_learning(self, stage)

    def model_of(self, plan: InferencePlan) -> "Predictor":
        """Find the registered model of a plan.

        Raises
        ------
        InvalidInputError
            If there is none, or nowhere to look.
        """
        if self.load_model is None:
            raise InvalidInputError(
                f"a model must be in a registry, but none was given for {plan.model!r}; use "
                "learn_from, or name a --registry"
            )
        return self.load_model(plan.model)

    def matrices(self, stage: StageSpec, plan: LabelPlan) -> Iterator[StageSummary]:
        """Make what is missing of the matrices that labels of a stage are to keep, if any are."""
        if plan.matrices is not None:
            settled = self.snapshots.settled[stage.name]
            yield keep_matrices(self.context, settled, plan, stage.name, self.spec.workers.needs)

    def recipe_of_stage(self, name: str) -> str:
        """Return the method of a stage of labels."""
        (stage,) = (stage for stage in self.spec.in_order() if stage.name == name)
        return recipe_of(stage.labels or stage.active_learning or LabelPlan())

    def _flows(self, stage: StageSpec, ordered: Sequence[StageSpec]) -> bool:
        breaks = {other.name for other in ordered if other.experiments is not None}
        is_first = stage.labels is not None and set(stage.of) <= breaks
        return stage.experiments is not None or is_first

    def _flow(self, stages: Sequence[StageSpec]) -> tuple[StageSummary, ...]:
        if not stages:
            return ()
        for stage in stages:
            self._prepare(stage)
        works = {stage.name: self._work(stage) for stage in stages}
        self._connect(stages, works)
        needs = self.spec.workers.needs
        summaries = produce_together(self.context, tuple(works.values()), needs)
        for stage in stages:
            if stage.labels is not None and stage.of:
                self.snapshots.settle(self.context.lake, stage)
        kept = [self.matrices(stage, stage.labels) for stage in stages if stage.labels is not None]
        return (*summaries, *chain.from_iterable(kept))

    def _prepare(self, stage: StageSpec) -> None:
        if stage.experiments is not None:
            found = different_members(stage.experiments, self.context.dynamics)
            self.snapshots.experiments[stage.name] = PackedKeys(b"".join(m.key for m in found))
        elif stage.labels is not None and not stage.of:
            commit_files(self.context, stage.labels)
            # Filters look at the lake as it is before: labels of other stages do not join.
            self.snapshots.settle(self.context.lake, stage)

    def _work(self, stage: StageSpec) -> StageWork:
        if stage.experiments is not None:
            limit = self.spec.experiment_time_limit_s
            return experiment_work(self.context, stage.experiments, stage.name, limit)
        plan = stage.labels or LabelPlan()
        chosen = self.snapshots.chosen_by(self.context.lake, stage, plan)
        return label_work(self.context, chosen, plan, stage.name)

    def _connect(self, stages: Sequence[StageSpec], works: dict[str, StageWork]) -> None:
        lake = self.context.lake
        known = lake.held("label") | self.context.refused
        feeds: dict[str, list[LabelFeed]] = {}
        for stage in stages:
            plan = stage.labels
            if plan is None:
                continue
            recipe, n_each, work = recipe_of(plan), plan.per_experiment, works[stage.name]
            for name in stage.of:
                work.expected += n_each * works[name].missing
                share = plan.share_known_before
                feed = LabelFeed(work, n_each, recipe, share, known, self.context.progress)
                feeds.setdefault(name, []).append(feed)
        for name, found in feeds.items():
            works[name].feed = _all_of_them(found)

    def _labels(self, stage: StageSpec, plan: LabelPlan) -> StageSummary:
        self.context.refresh()
        commit_files(self.context, plan)
        chosen = self.snapshots.settle(self.context.lake, stage)
        return run_labels(self.context, chosen, plan, stage.name)


def _all_of_them(feeds: Sequence[LabelFeed]) -> Callable[..., None]:
    def feed(result: object) -> None:
        for one in feeds:
            one(result)  # type: ignore[arg-type]

    return feed
