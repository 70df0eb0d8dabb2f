"""Rows of a lake, computed again and compared with what it holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sekkei.campaign.context import Dynamics
from sekkei.errors import InvalidInputError, MissingExtraError
from sekkei.fleet.port import Task, Worker
from sekkei.fleet.runner import run_task
from sekkei.fleet.worker import LabelWorker
from sekkei.lake import LabelRow, Lake
from sekkei.lake.method import Method, read_methods
from sekkei.specification import parse_specification
from sekkei.structure.experiment import Experiment, ExperimentSpec
from sekkei.transport.circumstances import CIRCUMSTANCES, is_of_circumstances
from sekkei.transport.labeler import Label, Labeler, Refusal
from sekkei.transport.plugins import labeler_names, make_labeler


@dataclass(frozen=True, slots=True)
class RerunComparison:
    """How far a row of a lake lies from what was computed now."""

    table: str
    """Table of the row."""

    key: str
    """Its key."""

    engine: str
    """What computed it now."""

    differences: Mapping[str, float]
    """Largest absolute difference of each quantity; infinite where one is not there."""

    tolerance: float
    """Largest difference that is allowed, in the units of the quantities."""

    code_versions: tuple[str, str]
    """Of the row, and of now."""

    cpu_seconds: float
    """CPU time of computing it again, in s."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was compared, for people."""

    @property
    def is_equal(self) -> bool:
        """Whether no quantity differs by more than the tolerance."""
        return all(value <= self.tolerance for value in self.differences.values())

    @property
    def is_bitwise(self) -> bool:
        """Whether nothing differs at all."""
        return not any(self.differences.values())


def rerun_row(
    lake: Lake,
    key: str,
    method: Method | None = None,
    *,
    tolerance: float = 0.0,
    dynamics: Dynamics | None = None,
) -> tuple[RerunComparison, ...]:
    """Compute a label, a refusal or an experiment again from what a lake holds; store nothing.

    Parameters
    ----------
    lake
        The lake.
    key
        Key of the row. Label and refusal of one structure share a key: both are compared, but for
        a refusal of the circumstances, which says nothing of the structure.
    method
        What to label with, if the lake does not say what its recipe stands for.
    tolerance
        Largest difference that is allowed: in G0 for conductances and transmissions, in angstrom
        for positions. At 0 every bit must be the same.
    dynamics
        What runs experiments.

    Raises
    ------
    InvalidInputError
        If there is no such row, it is not of a kind that is computed, or what is installed here
        has another recipe than the row.
    MissingExtraError
        If what computed it is not installed.
    """
    rows = {row["table"]: row for row in lake.describe(key)}
    if "refusal" in rows and is_of_circumstances(rows["refusal"]["kind"]):
        by_chance = rows.pop("refusal")
        if not rows:
            raise InvalidInputError(
                f"a refusal must say something of a structure to be compared, but {key} is a "
                f"{by_chance['kind']}: {CIRCUMSTANCES[by_chance['kind']]}; sekkei campaign run "
                "tries it again"
            )
    found = []
    for table in ("experiment", "label", "refusal"):
        if table in rows:
            again = _Again(lake, rows[table], tolerance)
            is_run = table == "experiment" or rows[table].get("stage") == "experiment"
            found.append(again.run(dynamics or Dynamics()) if is_run else again.label(method))
    if not found:
        raise InvalidInputError(
            f"a row must be an experiment, a label or a refusal to be computed again, but {key} is "
            f"a {', '.join(rows)}; look at what it was made from with sekkei lake show --provenance"
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Again:
    lake: Lake
    row: Mapping[str, Any]
    tolerance: float

    def label(self, method: Method | None) -> RerunComparison:
        """Label the structure of the row again."""
        subject = self.row.get("snapshot") or self.row["subject"]
        labeler = _labeler_of(self.lake, self.row, method)
        (junction,) = self.lake.junctions([subject])
        outcome, code, spent = self._perform(LabelWorker(lambda: labeler), junction)
        return self._compared(outcome, labeler.engine, code, spent)

    def run(self, dynamics: Dynamics) -> RerunComparison:
        """Run the experiment of the row again."""
        subject = self.row.get("subject") or self.row["key"]
        if self.row["table"] == "refusal":
            raise InvalidInputError(
                f"an experiment must be in the lake to be run again, but {subject} was refused and "
                "its specification is in its campaign only; run that campaign into another lake"
            )
        spec = parse_specification(json.loads(self.row["spec"]), ExperimentSpec)
        engine = dynamics.engine_of(spec.potential)
        if engine != self.row["engine"]:
            raise _other_engine(self.row, engine)
        outcome, code, spent = self._perform(dynamics.make_worker(), spec)
        return self._compared(outcome, engine, code, spent)

    def _perform(self, worker: Worker[Any, Any], payload: Any) -> tuple[Any, str, float]:
        recipe = str(self.row.get("recipe", ""))
        task = Task(self.row["key"], self.row["key"], recipe, payload)
        result = run_task(worker, task)
        return result.outcome, result.provenance.code_version, result.provenance.cpu_seconds

    def _compared(self, outcome: Any, engine: str, code: str, spent: float) -> RerunComparison:
        differences, facts = self._differences(outcome)
        return RerunComparison(
            table=self.row["table"],
            key=self.row["key"],
            engine=engine,
            differences=differences,
            tolerance=self.tolerance,
            code_versions=(str(self.row["code_version"]), code),
            cpu_seconds=spent,
            facts=facts,
        )

    def _differences(self, outcome: Any) -> tuple[dict[str, float], dict[str, Any]]:
        table = self.row["table"]
        if isinstance(outcome, Refusal):
            is_same = table == "refusal" and outcome.kind == self.row["kind"]
            told = {"refused_now": f"{outcome.kind}: {outcome.message}"}
            return {"refusal": 0.0 if is_same else np.inf}, told
        if isinstance(outcome, Experiment):
            return self._of_experiment(outcome)
        if table == "refusal":
            return {"refusal": np.inf}, {"conductance_now_g0": outcome.conductance}
        return self._of_label(outcome)

    def _of_label(self, label: Label) -> tuple[dict[str, float], dict[str, Any]]:
        (row,) = self.lake.rows(LabelRow, [self.row["key"]])
        stored = row.label
        differences = {
            "conductance_g0": _apart(stored.conductance, label.conductance),
            "transmission": _apart(stored.transmission, label.transmission),
            "energy_ev": _apart(stored.energies, label.energies),
        }
        # Labels of older versions may have none: there is nothing to compare, then.
        if stored.eigenchannels.size or not label.eigenchannels.size:
            differences["eigenchannels"] = _apart(stored.eigenchannels, label.eigenchannels)
        return differences, {
            "conductance_stored_g0": stored.conductance,
            "conductance_now_g0": label.conductance,
            "n_energy": stored.energies.size,
        }

    def _of_experiment(self, again: Experiment) -> tuple[dict[str, float], dict[str, Any]]:
        table = self.lake.table("snapshot")
        rows = table[table["experiment"] == self.row["key"]].sort_values("frame")
        stored = self.lake.junctions(rows["key"].tolist())
        now = [snapshot.junction for snapshot in again.snapshots]
        pairs = list(zip(stored, now, strict=False)) if len(stored) == len(now) else []
        apart = [_apart(a.positions, b.positions) for a, b in pairs]
        differences = {
            "snapshots": float(abs(len(stored) - len(now))),
            "position_angstrom": max(apart, default=0.0 if not now else np.inf),
        }
        return differences, {"snapshots_stored": len(stored), "snapshots_now": len(now)}


def _labeler_of(lake: Lake, row: Mapping[str, Any], method: Method | None) -> Labeler:
    """Make the labeler of a row: the one asked for, the one the lake names, or one by default."""
    recipe = row["recipe"]
    known = method or read_methods(lake.root).get(recipe)
    if known is not None:
        labeler = make_labeler(known.labeler, **known.options)
        if labeler.recipe != recipe:
            raise _other_recipe(row, labeler, f"labeler {known.labeler}")
        return labeler
    found = []
    for name in labeler_names():
        try:
            found.append(make_labeler(name))
        except (InvalidInputError, MissingExtraError):
            continue  # it needs options, or something that is not here: it is none of ours
    for labeler in found:
        if labeler.recipe == recipe:
            return labeler
    raise InvalidInputError(
        f"the lake must say what recipe {recipe} of {row['key']} stands for, but it does not, and "
        f"no labeler that works here has it without options ({_maker(row)}); give --labeler and "
        "--option as its campaign did",
        recipe=recipe,
    )


def _other_recipe(row: Mapping[str, Any], labeler: Labeler, name: str) -> InvalidInputError:
    return InvalidInputError(
        f"a row must be computed again by its own recipe, {row['recipe']} ({_maker(row)}), but "
        f"{name} has {labeler.recipe} here ({labeler.engine}); install the same versions, or give "
        "the --labeler and --option of its campaign",
        expected=row["recipe"],
        found=labeler.recipe,
    )


def _other_engine(row: Mapping[str, Any], engine: str) -> InvalidInputError:
    return InvalidInputError(
        f"an experiment must be run again by its own engine, {row['engine']}, but here is "
        f"{engine}; install the same versions",
        expected=row["engine"],
        found=engine,
    )


def _maker(row: Mapping[str, Any]) -> str:
    return f"made by {row.get('engine') or 'an unknown engine'}, Sekkei {row['code_version']}"


def _apart(stored: Any, now: Any) -> float:
    a, b = np.asarray(stored, dtype=float), np.asarray(now, dtype=float)
    if a.shape != b.shape:
        return float("inf")
    return float(np.abs(a - b).max(initial=0.0))
