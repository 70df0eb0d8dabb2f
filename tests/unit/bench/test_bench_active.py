"""Labels chosen by a surrogate and at random, beside each other."""

import pytest

from sekkei.bench.active import LEAST_SURE, RANDOM, ActivePlan, labels_needed, measure
from sekkei.model import TrainingOptions


@pytest.fixture
def plan() -> ActivePlan:
    quick = TrainingOptions(assembly="series", epochs=2, n_member=2, test_share=0.05)
    return ActivePlan(sizes=(30, 40), seeds=(0, 1), training=quick, n_pool=80)


def test_both_choices_begin_alike_and_are_tested_alike(plan: ActivePlan) -> None:
    said: list[str] = []

    result = measure(is_quick=True, say=said.append, plan=plan)

    found = {(row["choice"], row["n_label"]): row for row in result.rows}
    assert set(found) == {(c, n) for c in (LEAST_SURE, RANDOM) for n in (30, 40)}
    assert found[LEAST_SURE, 30]["mae_g0"] == found[RANDOM, 30]["mae_g0"]
    assert {row["n_seed"] for row in result.rows} == {2}
    assert len(said) == 8
    assert len(result.notes) == 2


def test_an_error_that_no_round_reaches_needs_no_number_of_labels() -> None:
    assert labels_needed([30, 60], [0.3, 0.2], 0.1) is None
    assert labels_needed([30, 60], [0.3, 0.2], 0.4) == 30.0
