"""The benchmark of designs, on a problem whose answers are known."""

from collections.abc import Sequence

import pytest
from typing_extensions import override

from sekkei.bench.design import measure
from sekkei.bench.design_searches import CAMPAIGN, RANDOM, TPE, DesignBenchPlan
from sekkei.bench.tpe import TpeProposer, is_installed
from sekkei.design import Candidate, DesignSpec, Proposer
from sekkei.design.problem import structure_key
from sekkei.errors import InvalidInputError, MissingExtraError
from sekkei.structure.junction import Junction
from sekkei.testing.proposer_laws import ProposerLaws, SmoothProblem
from sekkei.transport.labeler import Outcome


def test_labels_of_each_search_are_counted_and_compared_with_random_search() -> None:
    plan = DesignBenchPlan(
        targets_g0=(1.0, 9.0),
        wide_targets_g0=(),
        tolerance_g0=0.2,
        seeds={CAMPAIGN: 1, "sobol": 1, RANDOM: 2},
        limit=15,
        dft_targets_g0=(2.0,),
    )
    lines: list[str] = []

    result = measure(
        is_quick=True,
        say=lines.append,
        plan=plan,
        problem_of=lambda _, labels: SmoothProblem(surrogate_sigma_g0=0.05),
    )

    rows = {(row["labels_by"], row["target_g0"], row["search"]): row for row in result.rows}
    assert len(rows) == 3 * 3 + 2
    assert len(lines) == 2 * (1 + 1 + 2) + 2 * 2
    assert result.files["design-regret.png"].startswith(b"\x89PNG")
    easy, every = rows["hamiltonian", 1.0, CAMPAIGN], rows["hamiltonian", None, CAMPAIGN]
    assert (easy["n_design"], every["n_design"]) == (1, 2)
    assert easy["n_proved"] == 1
    # At the price of DFT a label is dearer than here, and nothing else is.
    assert easy["cpu_s_dft"] > easy["cpu_s"]
    # Nothing in reach conducts 9 G0: given up, and counted as one label more.
    hopeless = [row for (_, target, _), row in rows.items() if target == 9.0]
    assert {(row["n_proved"], row["median_labels"]) for row in hopeless} == {(0, 16.0)}
    assert {row["random_over_this"] for row in hopeless} == {1.0}
    assert rows["dft", 2.0, CAMPAIGN]["random_over_this"] is None
    # Only the campaign over all targets has an aim.
    assert [key for key, row in rows.items() if row["target_met"] is not None] == [
        ("hamiltonian", None, CAMPAIGN)
    ]


def test_contacts_that_searches_share_are_made_and_labelled_once() -> None:
    made, labelled = [], []

    class Watched(SmoothProblem):
        def realise(self, candidate: Candidate, seed: int) -> Junction:
            made.append((candidate.key, seed))
            return super().realise(candidate, seed)

        def verify(self, junctions: Sequence[Junction]) -> Sequence[Outcome]:
            labelled.extend(structure_key(junction) for junction in junctions)
            return super().verify(junctions)

    plan = DesignBenchPlan(
        targets_g0=(1.0, 1.5, 2.0),
        wide_targets_g0=(),
        seeds={RANDOM: 1},
        limit=30,
        dft_targets_g0=(),
    )

    result = measure(is_quick=True, say=lambda _: None, plan=plan, problem_of=lambda *_: Watched())

    assert len(made) == len(set(made))
    assert len(labelled) == len(set(labelled))
    assert sum(row["mean_structures"] for row in result.rows[:3]) > len(made)


def test_large_conductances_are_asked_of_potassium_between_wide_wires() -> None:
    asked: list[DesignSpec] = []

    def problem_of(spec: DesignSpec, labels: str) -> SmoothProblem:
        asked.append(spec)
        return SmoothProblem()

    plan = DesignBenchPlan(
        targets_g0=(1.0,),
        wide_targets_g0=(2.0,),
        tolerance_g0=0.2,
        seeds={RANDOM: 1},
        limit=60,
        dft_targets_g0=(),
    )

    result = measure(is_quick=True, say=lambda _: None, plan=plan, problem_of=problem_of)

    # Contacts between other wires are others: nothing is shared.
    assert [(spec.electrode, spec.elements) for spec in asked] == [
        ("bcc111-2+2+2", ("Na", "K", "Rb", "Cs")),
        ("bcc100-9+12", ("K",)),
    ]
    thin, wide, _ = result.rows
    assert thin["n_proved"] == wide["n_proved"] == 1
    # A label of four times the atoms is dearer.
    price = [(row["cpu_s_dft"] - row["cpu_s"]) / row["mean_labels"] for row in (thin, wide)]
    assert price == pytest.approx([4.7, 45.0], rel=0.01)


def test_a_conductance_is_asked_for_between_one_kind_of_wires() -> None:
    with pytest.raises(InvalidInputError, match=r"but 4\.5 G0 is of both"):
        DesignBenchPlan(wide_targets_g0=(4.5,))


@pytest.mark.skipif(is_installed(), reason="Optuna is installed")
def test_without_optuna_it_is_said_how_to_get_it() -> None:
    assert TPE not in DesignBenchPlan().measured()
    with pytest.raises(MissingExtraError, match="pip install optuna"):
        TpeProposer()


@pytest.mark.skipif(not is_installed(), reason="Optuna is not installed")
class TestTpeProposer(ProposerLaws):
    @override
    def make_proposer(self) -> Proposer:
        return TpeProposer()
