"""Splits of the benchmark of learning: nothing that is tested was learned from."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.bench.learning_data import Contacts, draw_labels, system_of
from sekkei.bench.learning_plan import LearningPlan
from sekkei.bench.learning_splits import (
    alloy_splits,
    condition_splits,
    frame_split,
    hold_out,
    label_splits,
    size_split,
)
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.testing.registry_laws import QUICK, small_dataset

PLAN = LearningPlan(
    n_train=16,
    curve=(8, 400),
    left_out=("Na-K", "Li-Na"),
    n_test=5,
    n_second=5,
    n_curve=5,
    n_timed=1,
    matrices=(1,),
    direct=QUICK,
)


@pytest.fixture(scope="module")
def contacts() -> Contacts:
    """Ten experiments of four rows: eight of potassium, two of them larger; Na-K and Na-K-Rb."""
    data = small_dataset(n_experiment=10)
    n_atom = np.full(40, 80)
    n_atom[24:28], n_atom[28:32] = 130, 270
    systems = ["K"] * 32 + ["Na-K"] * 4 + ["Na-K-Rb"] * 4
    electrodes = [("thin" if i // 4 % 2 else "wide") for i in range(40)]
    potentials = [("soft" if i // 4 % 3 else "hard") for i in range(40)]
    return Contacts(
        replace(data, electrodes=tuple(electrodes)),
        n_atom,
        tuple(potentials),
        tuple(systems),
        np.ones(40),
    )


def groups(rows: np.ndarray, contacts: Contacts) -> set[str]:
    return {contacts.dataset.groups[i] for i in rows}


def test_no_experiment_is_both_learned_from_and_tested_on(contacts: Contacts) -> None:
    held = hold_out(contacts, PLAN, ())
    splits = [
        size_split(contacts, held, PLAN, ()),
        *condition_splits(contacts, held, PLAN),
        *alloy_splits(contacts, PLAN),
    ]

    assert len(splits) > 3
    for split in splits:
        for test in split.tests.values():
            assert not set(split.train.groups) & set(test.groups)


def test_sizes_are_tested_apart_and_larger_ones_are_never_learned_from(contacts: Contacts) -> None:
    split = size_split(contacts, hold_out(contacts, PLAN, ()), PLAN, ())

    assert {name: len(data) for name, data in split.tests.items()} == {"1x": 5, "2x": 4, "4x": 4}
    assert set(split.tests["4x"].groups) == {"experiment 7"}
    assert len(split.train) == 16


def test_experiments_that_a_model_has_seen_are_never_tested_on(contacts: Contacts) -> None:
    seen = {"experiment 0", "experiment 7"}

    held = hold_out(contacts, PLAN, seen)
    split = size_split(contacts, held, PLAN, seen)

    assert not groups(held.test, contacts) & seen
    assert held.test.size >= hold_out(contacts, PLAN, ()).test.size
    # They may be learned from; that of four times the atoms is not, so nothing is left of it.
    assert "experiment 0" in groups(held.train, contacts)
    assert set(split.tests) == {"1x", "2x"}


def test_fewer_labels_are_a_beginning_of_more(contacts: Contacts) -> None:
    whole = size_split(contacts, hold_out(contacts, PLAN, ()), PLAN, ())

    (fewer,) = label_splits(whole, PLAN)

    assert fewer.train.snapshot_keys == whole.train.snapshot_keys[:8]
    assert len(set(fewer.train.groups)) == 2
    assert fewer.tests is whole.tests


def test_the_order_of_experiments_depends_on_the_seed_alone(contacts: Contacts) -> None:
    rows = np.arange(32)

    again, other = draw_labels(contacts, rows[::-1], 32, 1), draw_labels(contacts, rows, 32, 2)

    first = draw_labels(contacts, rows, 32, 1)
    assert [contacts.dataset.groups[i] for i in first] == [
        contacts.dataset.groups[i] for i in again
    ]
    assert first.tolist() != other.tolist()


def test_every_potential_is_tested_on_the_same_rows_whichever_was_learned(
    contacts: Contacts,
) -> None:
    held = replace(hold_out(contacts, PLAN, ()), test=np.arange(8), train=np.arange(8, 24))

    splits = [s for s in condition_splits(contacts, held, PLAN) if s.table == "potential"]

    assert [split.trained_on for split in splits] == ["hard", "soft"]
    first, second = (split.tests for split in splits)
    assert {name: data.snapshot_keys for name, data in first.items()} == {
        name: data.snapshot_keys for name, data in second.items()
    }
    assert set(first) == {"hard", "soft"}


def test_an_alloy_is_left_out_with_all_that_hold_its_elements_together(contacts: Contacts) -> None:
    # Nothing is of Li-Na, so nothing is tested on it.
    (split,) = alloy_splits(contacts, PLAN)

    assert split.trained_on == "all but Na-K"
    assert set(split.tests["Na-K"].groups) == {"experiment 8"}
    assert "experiment 9" not in split.train.groups


def test_a_split_by_frames_tests_on_experiments_that_were_learned_from(contacts: Contacts) -> None:
    held = hold_out(contacts, PLAN, ())

    split = frame_split(contacts, held, replace(PLAN, n_train=1000))

    (test,) = split.tests.values()
    pairs = zip(contacts.dataset.snapshot_keys, contacts.dataset.groups, strict=True)
    experiments = dict(pairs)
    assert split.train.n_experiment == len(split.train)
    assert {experiments[key] for key in split.train.snapshot_keys} & set(test.groups)
    assert not set(split.train.snapshot_keys) & set(test.snapshot_keys)


def test_electrodes_count_among_the_elements_of_a_junction() -> None:
    contact = build_contact(ContactSpec(composition={"Na": 1.0}, electrode_element="K"))

    assert system_of(contact) == "Na-K"
