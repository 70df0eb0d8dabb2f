"""Models that learned from labels, in honest tests beside all baselines, on the shipped data.

Nothing that is tested was learned from: whole experiments are held out, then sizes, potentials,
electrodes and alloys. A last table says what a split by random frames would have claimed instead.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sekkei.bench.learning_baselines import Describer, judge_baselines
from sekkei.bench.learning_cost import cost_rows
from sekkei.bench.learning_coverage import coverage_rows
from sekkei.bench.learning_data import Contacts
from sekkei.bench.learning_errors import Judged, error_row
from sekkei.bench.learning_files import make_files
from sekkei.bench.learning_kept import Kept, split_parts
from sekkei.bench.learning_models import fit_direct, judge_model
from sekkei.bench.learning_plan import FULL, QUICK, LearningInputs, LearningPlan
from sekkei.bench.learning_reference import against_reference, read_reference
from sekkei.bench.learning_second import SecondFamily
from sekkei.bench.learning_splits import (
    Split,
    alloy_splits,
    condition_splits,
    frame_split,
    hold_out,
    label_splits,
    size_split,
)
from sekkei.bench.result import BenchResult, Row, describe_machine
from sekkei.fleet.code_version import code_version
from sekkei.lake import Lake
from sekkei.model import Predictor
from sekkei.model.metric import DIRECT
from sekkei.threads import few_threads

Say = Callable[[str], None]

KEPT = "learning-kept"
"""Folder of what is finished."""


def measure(
    *,
    is_quick: bool,
    say: Callable[[str], None],
    inputs: LearningInputs | None = None,
    plan: LearningPlan | None = None,
    folder: Path | None = None,
) -> BenchResult:
    """Train, predict and tabulate; see `sekkei.bench.registry.Measure`.

    Parameters
    ----------
    is_quick
        Few labels of each kind: minutes.
    say
        Takes one line of progress for people.
    inputs
        What is read besides the shipped labels.
    plan
        How much is done, if not all or minutes' worth.
    folder
        Where finished models and predictions are kept, and found again by the next run.

    Raises
    ------
    InvalidInputError
        If the lake has no labels of one method, or what is read besides it does not fit.
    """
    inputs = inputs or LearningInputs()
    plan = plan or (QUICK if is_quick else FULL)
    contacts = Contacts.from_lake(Lake.open(inputs.labels))
    recipe = contacts.dataset.label_recipe
    second = SecondFamily.read(inputs, recipe)
    reference = read_reference(inputs.reference, recipe) if inputs.reference else {}
    notes = list(second.notes(recipe))
    kept = Kept(folder / KEPT if folder else None, code_version())
    judge = _Judge(plan, Describer(plan.direct.features), kept, say, notes.append)
    with few_threads(1):
        held = hold_out(contacts, plan, second.seen)
        whole = size_split(contacts, held, plan, second.seen)
        models, judged = judge.sizes(whole, second)
        costs: list[Row] = []
        # A curve of matrices takes an hour of its own, and needs none of the other tables.
        if not inputs.has_matrix_curve:
            for split in (
                *label_splits(whole, plan),
                *condition_splits(contacts, held, plan),
                *alloy_splits(contacts, plan),
                frame_split(contacts, held, plan),
            ):
                judged += judge.direct(split)[1]
            say("time of predictions")
            costs += cost_rows(contacts, inputs.labels, models, plan)
    judged += list(against_reference(judged, reference))
    rows = [error_row(one) for one in judged]
    rows += [row for one in judged for row in coverage_rows(one)]
    return BenchResult(
        name="learning",
        rows=alike([*rows, *costs]),
        notes=notes,
        machine=describe_machine(("sekkei", "numpy", "scipy", "torch", "scikit-learn", "gpaw")),
        files=make_files(judged, rows),
    )


def alike(rows: Sequence[Row]) -> list[Row]:
    """Give all rows the same names; where a table has no such column the value is None."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in names} for row in rows]


@dataclass(frozen=True, slots=True)
class _Judge:
    plan: LearningPlan
    describe: Describer
    kept: Kept
    say: Say
    note: Say

    def sizes(
        self, split: Split, second: SecondFamily
    ) -> tuple[list[tuple[str, Predictor]], list[Judged]]:
        """Judge both families where one trained at the training size; return them, too."""
        direct, judged = self.direct(split)
        models = [(DIRECT, direct)]
        for model, its, n in second.models(split, self.plan, self.kept, self.say):
            taken = [known for known, _ in models] if its.table == split.table else []
            name = _name(model, taken)
            ask = partial(judge_model, name, model, its, n, self.note)
            judged += self.kept.judged((name, model.identity, n), its, ask)
            if its.table == split.table:
                models.append((name, model))
        return models, judged

    def direct(self, split: Split) -> tuple[Predictor, list[Judged]]:
        """Train a direct model and all baselines on a split, and judge them."""
        tests = ", ".join(f"{name} ({len(data)})" for name, data in split.tests.items())
        self.say(
            f"{split.table}: {len(split.train)} labels of {split.trained_on}, tested on {tests}"
        )
        options = (self.plan.direct.model_dump(mode="json"), self.plan.seed)
        learned = (DIRECT, options, split_parts(replace(split, tests={})))
        direct = self.kept.predictor(learned, partial(fit_direct, split, self.plan))
        ask = partial(self._all, direct, split)
        return direct, self.kept.judged((direct.identity, options), split, ask)

    def _all(self, direct: Predictor, split: Split) -> Iterator[Judged]:
        yield from judge_model(DIRECT, direct, split, len(split.train), self.note)
        yield from judge_baselines(split, self.plan.direct, self.describe, self.plan.seed)


def _name(model: Predictor, taken: Sequence[str]) -> str:
    """Name a model by its family, apart from those that are there."""
    name = f"saved {DIRECT}" if model.family == DIRECT else model.family
    n_alike = sum(other.startswith(name) for other in taken)
    return f"{name} {n_alike + 1}" if n_alike else name
