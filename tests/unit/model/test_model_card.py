"""A card says what a model learned from, how good it is, and what it is not for."""

from dataclasses import replace

import pytest

from sekkei.errors import InvalidInputError
from sekkei.model import (
    CardFacts,
    Training,
    correct_model,
    model_card,
    read_card,
    train_direct,
    write_card,
)
from sekkei.model.dataset import Dataset
from sekkei.model.training import LearnedFrom
from sekkei.testing.registry_laws import QUICK, small_dataset


@pytest.fixture(scope="module")
def data() -> Dataset:
    return small_dataset(n_experiment=5)


@pytest.fixture(scope="module")
def trained(data: Dataset) -> Training:
    return train_direct(data, QUICK, seed=0)


@pytest.fixture
def facts(trained: Training, data: Dataset) -> CardFacts:
    return CardFacts.from_training(trained, data, "STATE", "sekkei model train --lake lake")


def test_it_says_where_a_model_is_from(facts: CardFacts, trained: Training) -> None:
    text = model_card(facts)

    assert trained.predictor.identity in text
    assert "| labels or matrices | 20 |" in text
    assert "| experiments | 5 |" in text
    assert "| electrodes | bcc100-5+4 (K) |" in text
    assert "| state of the lake | `STATE` |" in text
    assert f"| method of the labels | `{trained.predictor.label_recipe}` |" in text
    assert "sekkei model train --lake lake" in text
    assert '"n_member": 2' in text


def test_a_model_of_matrices_is_said_to_know_these_and_not_all_labels(
    trained: Training, data: Dataset
) -> None:
    learned = LearnedFrom.of(data.junctions[:2], data.groups[:2], data.electrodes[:2], [0.5, 2.0])
    few = replace(trained, n_label=2, learned=learned)

    text = model_card(CardFacts.from_training(few, data, "STATE", ""))

    assert "| labels or matrices | 2 |" in text
    assert f"| experiments | {len(set(data.groups[:2]))} |" in text
    assert "| conductances | 0.50 to 2.00 G0 |" in text


def test_only_a_learned_hamiltonian_has_states_that_may_be_too_low(facts: CardFacts) -> None:
    low = "- by the learned potential, states far below the bands of its elements' wires."

    assert low not in model_card(facts)
    assert low in model_card(replace(facts, family="hamiltonian"))


def test_a_corrected_model_knows_the_elements_of_the_model_under_it(
    trained: Training, data: Dataset
) -> None:
    other = replace(trained.predictor, domain=replace(trained.predictor.domain, elements=(19, 37)))
    corrected = correct_model(other, data)

    facts = CardFacts.from_training(corrected, data, "STATE", "")

    assert facts.elements == ("K", "Rb")


def test_it_has_every_figure_with_the_model_before_its_baselines(
    facts: CardFacts, trained: Training
) -> None:
    text = model_card(facts)

    rows = [line for line in text.splitlines() if line.startswith("| test |")]
    tested = [row for row in trained.report.rows if row.split == "test"]
    assert rows[0].startswith("| test | direct |")
    assert len(rows) == len(tested) + len(trained.report.coverage)
    assert f"{trained.report.row('direct', 'test').mae:.3f} G0" in text


@pytest.mark.parametrize(("mae", "word"), [(0.01, "it beats"), (9.0, "does **not** beat")])
def test_it_says_whether_a_baseline_is_as_good(facts: CardFacts, mae: float, word: str) -> None:
    figures = tuple(
        replace(row, mae=mae) if row.model == "direct" else row for row in facts.figures
    )

    assert word in model_card(replace(facts, figures=figures))


def test_it_names_what_is_outside_and_what_it_is_not_for(facts: CardFacts, data: Dataset) -> None:
    text = model_card(facts)

    assert "- an element other than K;" in text
    assert (
        f"More than {max(one.n_atom for one in data.junctions)} atoms are not flagged by themselves"
        in text
    )
    assert "only a label of the method above makes a proposal a hit" in text


def test_a_saved_model_keeps_its_card_and_its_identity(
    facts: CardFacts, trained: Training, tmp_path
) -> None:
    trained.predictor.save(tmp_path)
    with pytest.raises(InvalidInputError, match=r"has no card\.md; save it by"):
        read_card(tmp_path)

    write_card(tmp_path, model_card(facts))

    assert read_card(tmp_path) == model_card(facts)
    assert type(trained.predictor).load(tmp_path).identity == facts.identity
