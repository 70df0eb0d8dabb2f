"""Which snapshots each stage of a campaign is about: what is run is what a dry run counts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sekkei.campaign.choice import choose_snapshots
from sekkei.campaign.source import files_rows, fitting
from sekkei.campaign.stage_spec import LabelPlan, StageSpec
from sekkei.lake import Lake


@dataclass(frozen=True, slots=True)
class StageSnapshots:
    """The snapshots of every stage so far; stages are settled in order, as a lake holds them."""

    has_files: bool = True
    """Whether files of structures are here to be read."""

    experiments: dict[str, Iterable[str]] = field(default_factory=dict)
    """Keys of the experiments of each stage that has some."""

    settled: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys of the snapshots of each other stage, once they are known."""

    def settle(self, lake: Lake, stage: StageSpec) -> tuple[str, ...]:
        """Find the snapshots that a stage labels or predicts, and remember them for later ones."""
        plan = stage.labels or stage.active_learning
        found = self.taken_by(lake, stage) if plan is None else self.chosen_by(lake, stage, plan)
        self.settled[stage.name] = found
        return found

    def taken_by(self, lake: Lake, stage: StageSpec) -> tuple[str, ...]:
        """Return the snapshots that a stage takes from others, or from filters and files."""
        plan = stage.labels or stage.active_learning
        if plan is not None and plan.has_source:
            rows = files_rows(plan) if self.has_files else ()
            return tuple(dict.fromkeys((*fitting(lake, plan), *(row.key for row in rows))))
        return tuple(dict.fromkeys(key for name in stage.of for key in self._all_of(lake, name)))

    def chosen_by(self, lake: Lake, stage: StageSpec, plan: LabelPlan) -> tuple[str, ...]:
        """Return those of them that are labelled: a few of each experiment, all of others."""
        if not stage.of:
            return self.taken_by(lake, stage)
        broken = [key for name in stage.of for key in self._broken(lake, name)]
        chosen = choose_snapshots(lake, broken, plan.per_experiment)
        others = [key for name in stage.of for key in self.settled.get(name, ())]
        return tuple(dict.fromkeys((*chosen, *others)))

    def _all_of(self, lake: Lake, name: str) -> tuple[str, ...]:
        if name not in self.experiments:
            return self.settled[name]
        table = lake.table("snapshot")
        rows = table[table["experiment"].isin(list(self._broken(lake, name)))]
        return tuple(rows.sort_values(["experiment", "frame"])["key"].tolist())

    def _broken(self, lake: Lake, name: str) -> Iterator[str]:
        """Yield the experiments of a stage that the lake holds: there may be far more to come."""
        held = lake.held("experiment")
        return (key for key in self.experiments.get(name, ()) if key in held)
