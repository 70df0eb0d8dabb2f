"""What a campaign would do, and what that is likely to cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from sekkei.campaign.context import Dynamics
from sekkei.campaign.counting import count_experiments
from sekkei.campaign.matrix_choice import choose_kept, missing_matrices
from sekkei.campaign.retry import Retries, RetryChoice
from sekkei.campaign.run import check_campaign
from sekkei.campaign.snapshots import StageSnapshots
from sekkei.campaign.specification import CampaignSpec
from sekkei.campaign.stage_spec import LabelPlan, MatrixPlan, StageSpec
from sekkei.campaign.stages import missing_experiments, missing_labels, recipe_of
from sekkei.lake import Lake, label_key, matrix_key
from sekkei.shapes import Float

DEFAULT_CPU_SECONDS: Mapping[str, float] = {
    "experiments": 12.0,
    "gpaw": 10.0,
    "tight-binding": 0.1,
    "inference": 0.01,
}
"""Stated cost of a piece where the lake holds none of its method, in CPU-s; 1 s for others."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What one stage would do."""

    stage: str
    """Name."""

    kind: str
    """What it is."""

    planned: int
    """Pieces that its list has now."""

    stored: int | None
    """Of these, in the lake; None where only running it would tell."""

    refused: int | None
    """Of these, in the lake as refusals; None with ``stored``."""

    missing: int
    """Of these, neither; all of them where only running it would tell."""

    expected: int
    """Further ones that stages before it will ask for, at most."""

    cpu_seconds_each: float
    """Cost of a piece in CPU-s."""

    cost_basis: str
    """Where that figure is from."""

    cpu_hours: float
    """Cost of all that is missing or expected, in CPU-h."""

    tried_again: Mapping[str, int] = field(default_factory=dict)
    """Refusals among those that are missing, by kind: they are tried again."""


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
    """Labels that are missing of structures in the lake or in files."""

    labels_expected: int
    """Labels that the missing experiments will ask for, at most."""

    cpu_hours: float
    """Likely cost in CPU-h."""

    stages: tuple[StagePlan, ...]
    """Stage by stage, in order."""


def plan_campaign(
    spec: CampaignSpec,
    lake: Lake,
    *,
    dynamics: Dynamics | None = None,
    retry: RetryChoice | None = None,
) -> CampaignPlan:
    """Say what `run_campaign` would do, and do nothing.

    Raises
    ------
    InvalidInputError
        If a contact cannot be built, or there is no such labeler, option, file or kind of refusal.
    """
    check_campaign(spec)
    retries = Retries.of(lake, retry)
    stages = tuple(_Planner(spec, lake, dynamics or Dynamics(), retries).stages())
    breaks = [stage for stage in stages if stage.kind == "experiments"]
    labels = [stage for stage in stages if stage.kind in ("labels", "active_learning")]
    return CampaignPlan(
        name=spec.name,
        experiments=sum(stage.planned for stage in breaks),
        experiments_missing=sum(stage.missing for stage in breaks),
        labels_missing=sum(stage.missing for stage in labels),
        labels_expected=sum(stage.expected for stage in labels),
        cpu_hours=sum(stage.cpu_hours for stage in stages),
        stages=stages,
    )


def count_stages(
    spec: CampaignSpec, lake: Lake, *, dynamics: Dynamics | None = None
) -> tuple[StagePlan, ...]:
    """Count what the lake holds of a campaign that runs elsewhere.

    Its files are there and not here, so structures of files are left out, and nothing is checked.

    Raises
    ------
    MissingExtraError
        If an engine is not installed, by whose version rows are known.
    """
    planner = _Planner(spec, lake, dynamics or Dynamics(), Retries.of(lake), has_files=False)
    return tuple(planner.stages())


class _Planner:
    def __init__(
        self,
        spec: CampaignSpec,
        lake: Lake,
        dynamics: Dynamics,
        retries: Retries,
        *,
        has_files: bool = True,
    ) -> None:
        self._spec, self._lake, self._dynamics = spec, lake, dynamics
        self._retries, self._refused = retries, retries.left_alone(lake)
        self._snapshots = StageSnapshots(has_files)
        self._missing: dict[str, int] = {}
        self._later: dict[str, int] = {}
        self._unlabelled: dict[str, int] = {}

    def stages(self) -> Iterator[StagePlan]:
        """Plan every stage, in order."""
        for stage in self._spec.in_order():
            if stage.experiments is not None:
                yield self._plan_experiments(stage)
            elif (plan := stage.labels or stage.active_learning) is not None:
                yield self._plan_labels(stage, plan)
                if plan.matrices is not None:
                    yield self._plan_matrices(stage, plan, plan.matrices)
            else:
                yield self._plan_other(stage)

    def _plan_experiments(self, stage: StageSpec) -> StagePlan:
        refusals = self._lake.table("refusal")
        tried = refusals[refusals["stage"] == "experiment"]["subject"].tolist()
        held = self._lake.held("experiment")
        found = count_experiments(stage.experiments or (), self._dynamics, held.union(tried))
        missing = missing_experiments(self._lake, found.asked, self._refused)
        n_missing = found.planned - len(found.asked) + len(missing)
        stored = tuple(task.key for task in found.asked if task.key in held)
        self._snapshots.experiments[stage.name] = stored
        self._missing[stage.name] = n_missing
        table = self._lake.table("experiment")
        spent = table[table["engine"].isin(found.engines)]["task_cpu_seconds"].to_numpy(np.float64)
        again = self._retries.counted(label_key(task.key, task.recipe) for task in missing)
        counts = _Counts(found.planned, n_missing, len(stored), again=again)
        return _staged(stage, counts, "experiments", spent)

    def _plan_labels(self, stage: StageSpec, plan: LabelPlan) -> StagePlan:
        chosen = self._snapshots.settle(self._lake, stage)
        recipe = recipe_of(plan)
        missing = missing_labels(self._lake, chosen, recipe, self._refused)
        n_stored = len(self._lake.held("label") & {label_key(key, recipe) for key in chosen})
        self._later[stage.name] = n_expected = self._expected(stage, plan)
        self._unlabelled[stage.name] = len(missing)
        again = self._retries.counted(label_key(key, recipe) for key in missing)
        counts = _Counts(len(chosen), len(missing), n_stored, n_expected, again)
        return _staged(stage, counts, plan.labeler, self._spent(recipe))

    def _plan_matrices(self, stage: StageSpec, plan: LabelPlan, kept: MatrixPlan) -> StagePlan:
        """Plan what is labelled again; matrices that come with a label cost nothing more."""
        recipe = recipe_of(plan)
        settled = self._snapshots.settled[stage.name]
        chosen = choose_kept(self._lake, kept, settled, recipe)
        missing = missing_matrices(self._lake, chosen, recipe, self._refused)
        held = self._lake.held("matrix")
        n_stored = sum(matrix_key(label_key(key, recipe)) in held for key in chosen)
        n_more = self._unlabelled[stage.name] + self._later[stage.name]
        if kept.count is not None:
            n_more = max(0, min(kept.count - len(chosen), n_more))
        elif plan.share_known_before:
            n_more = 0
        again = self._retries.counted(matrix_key(label_key(key, recipe)) for key in missing)
        counts = _Counts(len(chosen), len(missing), n_stored, n_more, again)
        found = _staged(stage, counts, plan.labeler, self._spent(recipe))
        basis = f"labelled again: {found.cost_basis}"
        return replace(found, stage=f"{stage.name}, matrices", kind="matrices", cost_basis=basis)

    def _spent(self, recipe: str) -> Float[np.ndarray, " label"]:
        table = self._lake.table("label")
        found: np.ndarray = table[table["recipe"] == recipe]["cpu_seconds"].to_numpy(np.float64)
        return found

    def _expected(self, stage: StageSpec, plan: LabelPlan) -> int:
        """Count the snapshots of experiments that are still to run, and of what is learned."""
        n_broken = plan.per_experiment * sum(self._missing.get(name, 0) for name in stage.of)
        n_chosen = 0
        if stage.active_learning is not None:
            n_chosen = stage.active_learning.rounds * stage.active_learning.batch
        return n_broken + n_chosen + sum(self._later.get(name, 0) for name in stage.of)

    def _plan_other(self, stage: StageSpec) -> StagePlan:
        # How many snapshots an experiment will pass through is known when it has ended.
        n_piece = len(self._snapshots.settle(self._lake, stage))
        return _staged(stage, _Counts(n_piece, n_piece), stage.kind, np.zeros(0))


@dataclass(frozen=True, slots=True)
class _Counts:
    planned: int
    missing: int
    stored: int | None = None
    expected: int = 0
    again: Mapping[str, int] = field(default_factory=dict)

    @property
    def refused(self) -> int | None:
        return None if self.stored is None else self.planned - self.missing - self.stored


def _staged(stage: StageSpec, counts: _Counts, method: str, spent: np.ndarray) -> StagePlan:
    measured = spent[np.isfinite(spent)]
    if measured.size:
        each, basis = float(measured.mean()), f"mean of {measured.size} of its method in the lake"
    else:
        each, basis = DEFAULT_CPU_SECONDS.get(method, 1.0), "a stated default: none in the lake"
    return StagePlan(
        stage=stage.name,
        kind=stage.kind,
        planned=counts.planned,
        stored=counts.stored,
        refused=counts.refused,
        missing=counts.missing,
        expected=counts.expected,
        cpu_seconds_each=each,
        cost_basis=basis,
        cpu_hours=each * (counts.missing + counts.expected) / 3600.0,
        tried_again=counts.again,
    )
