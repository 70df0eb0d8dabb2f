"""The benchmark of fidelities, on a problem whose answers are known."""

from sekkei.bench.fidelity import Cost, FidelityPlan, measure
from sekkei.testing.proposer_laws import SmoothProblem


def test_costs_of_both_ways_are_compared_on_equal_designs() -> None:
    plan = FidelityPlan(
        targets_g0=(1.0, 2.0),
        tolerance_g0=0.2,
        n_seed=2,
        limit=12,
        proposer="sobol",
        costs=(Cost("dear", 100.0), Cost("free", 0.0)),
    )
    lines: list[str] = []

    result = measure(
        is_quick=True,
        say=lines.append,
        plan=plan,
        problem_of=lambda _: SmoothProblem(surrogate_sigma_g0=0.02),
    )

    all_dear, chosen_dear, all_free, _ = result.rows
    assert len(lines) == 4 * 3
    assert all_dear["mean_labels"] == all_free["mean_labels"] > chosen_dear["mean_labels"]
    assert all_free["labels_cpu_s"] == 0.0
    assert chosen_dear["cost_ratio"] < 0.6
    assert chosen_dear["target_met"]
    assert chosen_dear["ratio_low"] <= chosen_dear["cost_ratio"] <= chosen_dear["ratio_high"]
    assert {row["n_design"] for row in result.rows} == {4}
