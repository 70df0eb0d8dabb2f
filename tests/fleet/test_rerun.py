"""Rows that are computed again: equal bit for bit, or it is told how far apart they are."""

from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import pytest

from sekkei.campaign.rerun import rerun_row
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.errors import InvalidInputError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import UNRECORDED, Batch, LabelRow, Lake, SnapshotRow, label_key
from sekkei.lake.method import Method, read_methods
from sekkei.structure.experiment import ExperimentSpec, snapshot_key
from sekkei.testing.chain_dynamics import ChainExperimentWorker, chain_dynamics
from sekkei.transport.chain import ChainLabeler
from sekkei.transport.labeler import Label

PLAN = LabelPlan(labeler="chain", options={"onsite": 0.7}, per_experiment=6)
SPEC = CampaignSpec(name="chains", experiments=[Family(count=1)], labels=PLAN)
RECIPE = ChainLabeler(onsite=0.7).recipe


@pytest.fixture
def filled(tmp_path: Path) -> Lake:
    lake = Lake.create(tmp_path / "lake")
    run_campaign(SPEC, lake, SerialPool(), dynamics=chain_dynamics())
    return lake.refreshed()


def _own(path: Path, label: Label) -> tuple[Lake, str]:
    """Make a lake of one label that no campaign made."""
    lake = Lake.create(path)
    snapshot = ChainExperimentWorker(n_snapshot=2).work(ExperimentSpec()).snapshots[0]
    subject = snapshot_key("", 0, snapshot.junction)
    key = label_key(subject, label.recipe)
    rows = Batch(
        snapshots=(SnapshotRow(subject, "", snapshot),),
        labels=(LabelRow(key, subject, label, UNRECORDED),),
    )
    with lake.committer() as committer:
        committer.commit(rows, "one label")
    return lake.refreshed(), key


def _label(onsite: float = 0.7) -> Label:
    snapshot = ChainExperimentWorker(n_snapshot=2).work(ExperimentSpec()).snapshots[0]
    return ChainLabeler(onsite=onsite).label(snapshot.junction)


def test_a_label_with_options_is_equal_bit_for_bit(filled: Lake) -> None:
    key = min(filled.keys("label"))

    (found,) = rerun_row(filled, key)

    assert (found.table, found.is_equal, found.is_bitwise) == ("label", True, True)
    assert found.facts["conductance_now_g0"] == found.facts["conductance_stored_g0"]


def test_a_refusal_is_refused_again_for_the_same_reason(filled: Lake) -> None:
    (key,) = filled.keys("refusal")

    (found,) = rerun_row(filled, key)

    assert (found.table, found.is_bitwise) == ("refusal", True)
    assert found.facts["refused_now"].startswith("AtomOverlapError: ")


def test_an_experiment_gives_the_same_positions(filled: Lake) -> None:
    (key,) = filled.keys("experiment")

    (found,) = rerun_row(filled, key, dynamics=chain_dynamics())
    (shorter,) = rerun_row(filled, key, dynamics=chain_dynamics(n_snapshot=5))

    assert found.differences == {"snapshots": 0.0, "position_angstrom": 0.0}
    assert (shorter.is_equal, shorter.differences["snapshots"]) == (False, 1.0)


def test_a_number_that_was_changed_shows_and_may_be_tolerated(tmp_path: Path) -> None:
    truth = _label()
    wrong = truth.transmission.copy()
    wrong[3] += 1e-6
    wrong.setflags(write=False)
    lake, key = _own(tmp_path / "own", replace(truth, transmission=wrong))
    method = Method("chain", {"onsite": 0.7})

    (strict,) = rerun_row(lake, key, method)
    (loose,) = rerun_row(lake, key, method, tolerance=1e-5)

    assert not strict.is_equal
    assert strict.differences["transmission"] == pytest.approx(1e-6, rel=1e-6)
    assert strict.differences["conductance_g0"] == 0.0
    assert (loose.is_equal, loose.is_bitwise) == (True, False)


def test_another_grid_of_energies_is_infinitely_far(tmp_path: Path) -> None:
    truth = _label()
    half = replace(truth, energies=truth.energies[:11], transmission=truth.transmission[:11])
    lake, key = _own(tmp_path / "own", half)

    (found,) = rerun_row(lake, key, Method("chain", {"onsite": 0.7}), tolerance=1.0)

    assert not found.is_equal
    assert found.differences["transmission"] == inf


def test_a_label_of_default_options_needs_no_method(tmp_path: Path) -> None:
    junction = ChainExperimentWorker(n_snapshot=2).work(ExperimentSpec()).snapshots[0].junction
    lake, key = _own(tmp_path / "own", ChainLabeler().label(junction))

    (found,) = rerun_row(lake, key)

    assert read_methods(lake.root) == {}
    assert found.is_bitwise


def test_a_recipe_that_nothing_here_has_is_told_with_its_maker(tmp_path: Path) -> None:
    lake, key = _own(tmp_path / "own", _label())

    with pytest.raises(InvalidInputError, match=f"what recipe {RECIPE} .* stands for") as caught:
        rerun_row(lake, key)

    assert "give --labeler and --option" in caught.value.message


def test_a_labeler_of_another_recipe_is_told(filled: Lake) -> None:
    key = min(filled.keys("label"))

    with pytest.raises(InvalidInputError, match=f"its own recipe, {RECIPE} .* labeler chain has"):
        rerun_row(filled, key, Method("chain", {"onsite": 0.1}))


def test_another_engine_of_experiments_is_told(filled: Lake) -> None:
    (key,) = filled.keys("experiment")
    other = replace(chain_dynamics(), engine_of=lambda potential: f"chain dynamics 2, {potential}")

    with pytest.raises(InvalidInputError, match=r"own engine, chain dynamics 1, .* 2, "):
        rerun_row(filled, key, dynamics=other)


def test_a_row_that_nobody_computes_is_told(filled: Lake) -> None:
    with pytest.raises(InvalidInputError, match="must be an experiment, a label or a refusal"):
        rerun_row(filled, min(filled.keys("snapshot")))


def test_a_refused_experiment_cannot_be_run_again(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    hopeless = chain_dynamics(hopeless_seed=0)
    run_campaign(SPEC, lake, SerialPool(), dynamics=hopeless)
    lake = lake.refreshed()
    (key,) = lake.keys("refusal")

    with pytest.raises(InvalidInputError, match="its specification is in its campaign only"):
        rerun_row(lake, key, dynamics=hopeless)


def test_copies_and_imports_know_what_recipes_stand_for(filled: Lake, tmp_path: Path) -> None:
    copy = filled.copy(tmp_path / "copy")
    other = Lake.create(tmp_path / "other")
    other.import_rows(filled.path)

    named = {RECIPE: Method("chain", {"onsite": 0.7})}
    assert read_methods(filled.root) == named
    assert read_methods(copy.root) == named
    assert read_methods(other.refreshed().root) == named
    assert np.isfinite(rerun_row(copy, min(copy.keys("label")))[0].differences["transmission"])
