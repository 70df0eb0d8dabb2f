"""The tests of the benchmark of learning: by experiment, size, potential, electrode and alloy.

All are held out by whole experiments. One split by frames is made, too, to say what it would claim.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sekkei.bench.learning_data import SIZES, Contacts, draw_labels
from sekkei.bench.learning_plan import LearningPlan
from sekkei.model import Dataset
from sekkei.model.dataset import hold_out_groups
from sekkei.shapes import Int

SIZE, LABELS, MATRICES, FRAMES = "size", "labels", "matrices", "frames"
"""Tables: sizes; number of labels, of matrices; what a split by frames claims."""

REFERENCE = "reference"
"""Table of the same predictions against labels of a better recipe."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """What is learned from, and what it is tested on. No experiment is in both."""

    table: str
    """Question that it answers."""

    trained_on: str
    """What is learned from, in words."""

    train: Dataset
    """Labels to learn from."""

    tests: Mapping[str, Dataset]
    """Labels to predict, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Rows of the training size: pure potassium to learn from and to test on."""

    train: Int[np.ndarray, " train"]
    """To learn from."""

    test: Int[np.ndarray, " test"]
    """Of whole experiments."""


def hold_out(contacts: Contacts, plan: LearningPlan, seen: Collection[str]) -> HeldOut:
    """Hold potassium experiments of the training size out, none of which a model has seen."""
    rows = contacts.of_size("1x", is_potassium=True)
    fresh = contacts.fresh(rows, seen)
    groups = [contacts.dataset.groups[i] for i in fresh]
    # As many labels, whether or not some experiments may not be tested on.
    share = min(plan.test_share * rows.size / max(fresh.size, 1), 1.0)
    held = fresh[hold_out_groups(groups, share, np.random.default_rng(plan.seed))]
    return HeldOut(np.setdiff1d(rows, held), held)


def size_split(
    contacts: Contacts, held: HeldOut, plan: LearningPlan, seen: Collection[str]
) -> Split:
    """Train at the training size; test there, at twice and at four times the atoms."""
    tests = {"1x": held.test}
    for size in list(SIZES)[1:]:
        tests[size] = contacts.fresh(contacts.of_size(size, is_potassium=True), seen)
    return _split(contacts, plan, (SIZE, "K, training size"), held.train, tests)


def label_splits(whole: Split, plan: LearningPlan) -> Iterator[Split]:
    """Train on fewer and fewer of the same labels; the tests stay."""
    n_label = len(whole.train)
    for n in [n for n in plan.curve if n < n_label]:
        yield replace(whole, table=LABELS, train=whole.train.rows(np.arange(n)))


def condition_splits(contacts: Contacts, held: HeldOut, plan: LearningPlan) -> Iterator[Split]:
    """Train under one potential or between one electrode; test held-out experiments of each."""
    for table, values in (
        ("potential", contacts.potentials),
        ("electrode", contacts.dataset.electrodes),
    ):
        names = sorted({values[i] for i in held.test})
        tests = {name: _where(values, held.test, name) for name in names}
        for name in names if len(names) > 1 else ():
            rows = _where(values, held.train, name)
            yield _split(contacts, plan, (table, name), rows, tests)


def alloy_splits(contacts: Contacts, plan: LearningPlan) -> Iterator[Split]:
    """Leave one alloy out, with all that hold its elements together; test on the alloy itself."""
    rows = contacts.of_size("1x", is_potassium=False)
    systems = [frozenset(contacts.systems[i].split("-")) for i in rows]
    for name in plan.left_out:
        wanted = frozenset(name.split("-"))
        test = rows[np.array([system == wanted for system in systems], dtype=bool)]
        others = rows[np.array([not wanted <= system for system in systems], dtype=bool)]
        if test.size:
            kept = _alloys_first(contacts, others, plan)
            yield _split(contacts, plan, ("alloy", f"all but {name}"), kept, {name: test})


def frame_split(contacts: Contacts, held: HeldOut, plan: LearningPlan) -> Split:
    """Draw frames at random for the test, as one must not: their neighbours are learned from."""
    rows = np.random.default_rng(plan.seed).permutation(np.concatenate([held.train, held.test]))
    test, rest = rows[: held.test.size], rows[held.test.size :]
    train = contacts.dataset.rows(rest[: plan.n_train])
    # Whoever splits by frames takes each for an experiment of its own, within the training, too.
    alone = replace(train, groups=train.snapshot_keys)
    tests = {"1x, random frames": contacts.dataset.rows(_some(test, plan))}
    return Split(FRAMES, "K, training size, frames", alone, tests)


def _alloys_first(
    contacts: Contacts, rows: Int[np.ndarray, " row"], plan: LearningPlan
) -> Int[np.ndarray, " chosen"]:
    """Keep all rows of few metals before potassium, of which there are more labels than needed."""
    is_potassium = np.array([contacts.systems[i] == "K" for i in rows], dtype=bool)
    n_room = max(plan.n_train - int((~is_potassium).sum()), 0)
    more = draw_labels(contacts, rows[is_potassium], n_room, plan.seed)
    return np.concatenate([rows[~is_potassium], more])


def _split(
    contacts: Contacts,
    plan: LearningPlan,
    names: tuple[str, str],
    train: Int[np.ndarray, " train"],
    tests: Mapping[str, Int[np.ndarray, " test"]],
) -> Split:
    drawn = draw_labels(contacts, train, plan.n_train, plan.seed)
    found = {name: contacts.dataset.rows(_some(rows, plan)) for name, rows in tests.items()}
    return Split(
        *names, contacts.dataset.rows(drawn), {n: data for n, data in found.items() if len(data)}
    )


def _some(rows: Int[np.ndarray, " row"], plan: LearningPlan) -> Int[np.ndarray, " chosen"]:
    return np.sort(np.random.default_rng(plan.seed).permutation(rows)[: plan.n_test])


def _where(
    values: Sequence[str], rows: Int[np.ndarray, " row"], wanted: str
) -> Int[np.ndarray, " chosen"]:
    found: np.ndarray = rows[np.array([values[i] == wanted for i in rows], dtype=bool)]
    return found
