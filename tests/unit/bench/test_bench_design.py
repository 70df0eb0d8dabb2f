"""The benchmark of designs, on a problem whose answers are known."""

from sekkei.bench.design import PROPOSERS, DesignBenchPlan, measure
from sekkei.testing.proposer_laws import SmoothProblem


def test_trials_of_each_proposer_are_counted_and_compared_with_random_search() -> None:
    plan = DesignBenchPlan(targets_g0=(1.0, 9.0), tolerance_g0=0.2, n_seed=2, limit=9)
    lines: list[str] = []

    result = measure(
        is_quick=True, say=lines.append, plan=plan, make_problem=lambda _: SmoothProblem()
    )

    n = len(PROPOSERS)
    easy, hopeless = result.rows[:n], result.rows[n:]
    assert [row["proposer"] for row in easy] == list(PROPOSERS)
    assert all(row["n_seed"] == 2 for row in result.rows)
    assert any(row["n_hit"] == 2 for row in easy)
    # Nothing in reach conducts 9 G0: given up, and counted as one trial more.
    assert {(row["n_hit"], row["median_trials"]) for row in hopeless} == {(0, 10.0)}
    assert {row["random_over_this"] for row in hopeless} == {1.0}
    assert len(lines) == 2 * n * 2
    assert lines[-1] == "9 G0, random, seed 1: none in 9"
