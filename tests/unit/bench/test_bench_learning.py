"""The benchmark of learning from end to end, on contacts whose labels are made up."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sekkei.bench import learning, learning_cost
from sekkei.bench.learning_data import Contacts
from sekkei.bench.learning_errors import Judged
from sekkei.bench.learning_kept import Kept
from sekkei.bench.learning_models import judge_model
from sekkei.bench.learning_plan import LearningInputs, LearningPlan
from sekkei.bench.learning_reference import against_reference, read_reference
from sekkei.bench.learning_second import SecondFamily, draw_order
from sekkei.bench.learning_splits import Split
from sekkei.bench.result import BenchResult
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.errors import LabelError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.model import train_direct
from sekkei.model.domain import TrainingDomain
from sekkei.testing.area_predictor import AreaPredictor
from sekkei.testing.chain_dynamics import chain_dynamics
from sekkei.testing.registry_laws import QUICK, small_dataset

BASELINES = {"sharvin", "sharvin-scaled", "bessel", "bessel-scaled", "ridge", "max-pooled"}
PLAN = LearningPlan(
    n_train=40,
    curve=(16,),
    left_out=("Na-K",),
    n_test=4,
    n_second=3,
    n_curve=3,
    n_timed=1,
    matrices=(1,),
    direct=QUICK,
)
LABELS = LabelPlan(labeler="chain", options={"onsite": 0.7}, per_experiment=4)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Lake.create(tmp_path_factory.mktemp("learning") / "lake")
    families = [Family(count=6), Family(count=6, template={"potential": "nichol-ackland"})]
    spec = CampaignSpec(name="chains", experiments=families, labels=LABELS)
    run_campaign(spec, made, SerialPool(), dynamics=chain_dynamics())
    return made.path


@pytest.fixture(scope="module")
def result(lake: Path) -> BenchResult:
    return learning.measure(
        is_quick=True, say=lambda _: None, inputs=LearningInputs(lake=lake), plan=PLAN
    )


@pytest.fixture
def area() -> AreaPredictor:
    data = small_dataset(n_experiment=3)
    domain = TrainingDomain.from_labels(data.junctions, data.n_channel)
    return AreaPredictor(domain, data.label_recipe)


def test_every_baseline_stands_beside_the_direct_model_in_every_test(result: BenchResult) -> None:
    models: dict[tuple[str, ...], set[str]] = {}
    for row in result.rows:
        if row["r2"] is not None:
            where = (row["table"], row["trained_on"], row["test"])
            models.setdefault(where, set()).add(row["model"])

    assert {table for table, *_ in models} == {"size", "labels", "potential", "frames"}
    assert all(found == {"direct", *BASELINES} for found in models.values())


def test_intervals_and_costs_have_rows_of_their_own(result: BenchResult) -> None:
    tables = [row["table"] for row in result.rows]
    costs = [row for row in result.rows if row["table"] == "cost"]

    assert "coverage" in tables
    assert [row["model"] for row in costs] == ["direct", "DFT"]
    assert costs[0]["cpu_s"] > 0.0
    # Where the system says it; torch alone takes more.
    assert costs[0]["peak_mib"] is None or costs[0]["peak_mib"] > 50.0
    assert costs[1]["cpu_s"] >= 0.0
    # Every row has every column, so that rows make one table.
    assert len({tuple(row) for row in result.rows}) == 1


def test_figures_and_the_predictions_behind_them_are_handed_over(result: BenchResult) -> None:
    written = json.loads(result.files["learning-predictions.json"])
    sizes = [one for one in written if one["table"] == "size" and one["model"] == "direct"]

    assert {"learning-parity.png", "learning-parity.svg", "learning-curve.svg"} <= set(result.files)
    assert [one["test"] for one in sizes] == ["1x"]
    assert len(sizes[0]["label_g0"]) == len(sizes[0]["sigma_g0"]) == 4
    (row,) = [r for r in result.rows if r["table"] == "size" and r["model"] == "direct"]
    error = np.abs(np.subtract(sizes[0]["label_g0"], sizes[0]["predicted_g0"]))
    assert row["mae_g0"] == pytest.approx(error.mean(), abs=1e-4)


def test_without_a_second_family_the_result_says_so(result: BenchResult) -> None:
    assert any(note.startswith("no learned Hamiltonian: ") for note in result.notes)


def test_contacts_know_where_they_are_from(lake: Path) -> None:
    contacts = Contacts.from_lake(Lake.open(lake))

    assert set(contacts.systems) == {"K"}
    assert set(contacts.potentials) == {"meam", "nichol-ackland"}
    assert len(contacts.potentials) == len(contacts.n_atom) == len(contacts.dataset)
    assert contacts.of_size("1x", is_potassium=True).size == len(contacts.dataset)
    assert contacts.of_size("4x", is_potassium=False).size == 0


def test_a_saved_model_stands_among_the_sizes_and_its_history_is_doubted(
    area: AreaPredictor,
) -> None:
    data = small_dataset(n_experiment=3)
    split = Split("size", "K", data, {"1x": data})
    second = SecondFamily(given=(area,), examples=(), teacher=None, has_curve=False)

    ((model, its, n),) = second.models(split, PLAN, Kept(None, "1"), lambda _: None)
    (found,) = judge_model("area", model, its, n, lambda _: None)

    assert (its.table, n) == ("size", 0)
    assert len(its.tests["1x"]) == 3
    assert isinstance(found, Judged)
    assert found.predictions is not None
    notes = list(second.notes("another recipe"))
    assert "may have learned from experiments of these tests" in notes[0]
    assert "the saved model of the family area learned recipe narrowest / " in notes[1]


def test_what_is_finished_is_kept_and_found_again(area: AreaPredictor, tmp_path: Path) -> None:
    data = small_dataset(n_experiment=2)
    split = Split("size", "K", data, {"1x": data})
    kept, asked = Kept(tmp_path, "1"), []

    def ask():
        asked.append(1)
        some = replace(split, tests={"1x": data.rows(np.arange(1, 8))})
        found = area.predict(some.tests["1x"].junctions)
        yield Judged(some, "1x", "area", 3, found.mean, found)
        yield Judged(split, "1x", "ridge", 8, np.zeros(8))

    first, again = kept.judged(("a",), split, ask), kept.judged(("a",), split, ask)

    assert len(asked) == 1
    for one, other in zip(first, again, strict=True):
        assert (one.model, one.n_learned) == (other.model, other.n_learned)
        np.testing.assert_array_equal(one.mean, other.mean)
        np.testing.assert_array_equal(one.truth, other.truth)
    assert again[0].predictions is not None
    assert again[0].predictions.reasons == ("",) * 7
    assert again[1].predictions is None
    # Other code, and code without an identity, ask anew.
    Kept(tmp_path, "2").judged(("a",), split, ask)
    Kept(tmp_path, "1-dirty").judged(("a",), split, ask)
    assert len(asked) == 3


def test_a_model_is_trained_once(tmp_path: Path) -> None:
    kept, n_trained = Kept(tmp_path, "1"), []

    def train():
        n_trained.append(1)
        return train_direct(small_dataset(n_experiment=4), QUICK, seed=0).predictor

    first, again = kept.predictor(("a", 1), train), kept.predictor(("a", 1), train)

    assert first.identity == again.identity
    assert len(n_trained) == 1


def test_models_of_one_family_keep_apart(area: AreaPredictor) -> None:
    assert learning._name(area, ["direct"]) == "area"
    assert learning._name(area, ["direct", "area"]) == "area 2"


def test_predictions_and_labels_are_held_against_a_better_recipe() -> None:
    data = small_dataset(n_experiment=2)
    truth = data.conductance_g0
    split = Split("size", "K", data, {"1x": data})
    one = Judged(split, "1x", "direct", 8, truth + 0.1)
    reference = {data.snapshot_keys[i]: truth[i] + 0.3 for i in (1, 5)}

    model, labels = against_reference([one], reference)

    assert [found.model for found in (model, labels)] == ["direct", "labels"]
    assert model.split.table == "reference"
    np.testing.assert_allclose(model.truth - model.mean, [0.2, 0.2])
    np.testing.assert_allclose(labels.truth - labels.mean, [0.3, 0.3])
    assert not list(against_reference([one], {"another": 1.0}))


def test_the_reference_is_the_one_other_recipe_of_a_lake(lake: Path) -> None:
    found = read_reference(lake, "the recipe of the models")

    assert len(found) == len(Contacts.from_lake(Lake.open(lake)).dataset)


def test_what_a_model_refuses_is_noted_and_left_out(area: AreaPredictor) -> None:
    data = small_dataset(n_experiment=1)
    hopeless = data.junctions[2]
    notes: list[str] = []

    class Choosy(AreaPredictor):
        def predict(self, junctions, /):
            if any(junction is hopeless for junction in junctions):
                raise LabelError("a junction must be nice, but this one is not; try another")
            return AreaPredictor.predict(self, junctions)

    split = Split("size", "K", data, {"1x": data})
    (found,) = judge_model("choosy", Choosy(area.domain), split, 0, notes.append)

    assert notes == ["choosy refuses 1 of 4 junctions of 1x"]
    np.testing.assert_array_equal(found.truth, data.conductance_g0[[0, 1, 3]])
    np.testing.assert_array_equal(
        found.mean, area.predict([data.junctions[i] for i in (0, 1, 3)]).mean
    )


def test_fewer_matrices_are_a_beginning_of_more() -> None:
    assert draw_order(9, 4, seed=1) == draw_order(9, 9, seed=1)[:4]
    assert sorted(draw_order(9, 9, seed=1)) == list(range(9))


def test_time_is_taken_of_every_model_and_size(
    lake: Path, area: AreaPredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts = Contacts.from_lake(Lake.open(lake))
    monkeypatch.setattr(learning_cost, "_timed", lambda *_: {"cpu_s": 0.25})

    rows = list(learning_cost.cost_rows(contacts, lake, [("area", area)], PLAN))

    assert [(row["model"], row["test"], row["n"]) for row in rows] == [
        ("area", "1x", 1),
        ("DFT", "1x", 1),
    ]
    assert rows[0]["cpu_s"] == 0.25
