"""The benchmark of designs, on a problem whose answers are known."""

import pytest
from typing_extensions import override

from sekkei.bench.design import PROPOSERS, DesignBenchPlan, measure
from sekkei.bench.tpe import TpeProposer, is_installed
from sekkei.design import Proposer
from sekkei.errors import MissingExtraError
from sekkei.testing.proposer_laws import ProposerLaws, SmoothProblem


def test_trials_of_each_proposer_are_counted_and_compared_with_random_search() -> None:
    plan = DesignBenchPlan(targets_g0=(1.0, 9.0), tolerance_g0=0.2, n_seed=2, limit=9)
    lines: list[str] = []

    result = measure(
        is_quick=True, say=lines.append, plan=plan, make_problem=lambda _: SmoothProblem()
    )

    measured = plan.measured()
    n = len(measured)
    easy, hopeless = result.rows[:n], result.rows[n:]
    assert [row["proposer"] for row in easy] == list(measured)
    assert set(PROPOSERS) - set(measured) <= {"tpe"}
    assert result.files["design-regret.png"].startswith(b"\x89PNG")
    assert all(row["n_seed"] == 2 for row in result.rows)
    assert any(row["n_hit"] == 2 for row in easy)
    # Nothing in reach conducts 9 G0: given up, and counted as one trial more.
    assert {(row["n_hit"], row["median_trials"]) for row in hopeless} == {(0, 10.0)}
    assert {row["random_over_this"] for row in hopeless} == {1.0}
    assert len(lines) == 2 * n * 2
    assert lines[-1] == "9 G0, random, seed 1: none in 9"


@pytest.mark.skipif(is_installed(), reason="Optuna is installed")
def test_without_optuna_it_is_said_how_to_get_it() -> None:
    assert "tpe" not in DesignBenchPlan().measured()
    with pytest.raises(MissingExtraError, match="pip install optuna"):
        TpeProposer()


@pytest.mark.skipif(not is_installed(), reason="Optuna is not installed")
class TestTpeProposer(ProposerLaws):
    @override
    def make_proposer(self) -> Proposer:
        return TpeProposer()
