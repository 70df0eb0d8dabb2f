"""Campaigns that keep matrices of some labels: which, how, and what a second run does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sekkei.campaign.forecast import plan_campaign
from sekkei.campaign.matrices import make_matrices
from sekkei.campaign.matrix_choice import is_in_share
from sekkei.campaign.run import check_campaign, run_campaign
from sekkei.campaign.specification import CampaignSpec
from sekkei.errors import InvalidInputError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import LabelRow, Lake, MatrixRow, RefusalRow, label_key, matrix_key
from sekkei.specification import parse_specification
from sekkei.transport.labeler import Refusal
from sekkei.transport.tight_binding import TightBindingLabeler

RECIPE = TightBindingLabeler().recipe
CONTACT = {"electrode": "staggered-3", "neck_width": 1}


def _spec(labeler: str = "tight-binding", **kept: Any) -> CampaignSpec:
    labels = {"labeler": labeler, "per_experiment": 8}
    found = {
        "name": "x",
        "experiments": [{"count": 1, "template": {"contact": CONTACT, "cycles": 1}}],
        "labels": labels | ({"matrices": kept} if kept else {}),
    }
    return parse_specification(found, CampaignSpec)


def _run(spec: CampaignSpec, lake: Lake, pool: SerialPool | None = None) -> dict[str, Any]:
    summary = run_campaign(spec, lake.refreshed(), pool or SerialPool())
    return {stage.stage: stage for stage in summary.stages}


@pytest.fixture(scope="module")
def labelled(tmp_path_factory) -> Lake:
    """A lake with eight labels and no matrices."""
    path = tmp_path_factory.mktemp("labelled") / "lake"
    _run(_spec(), Lake.create(path))
    return Lake.open(path)


@pytest.fixture
def lake(labelled: Lake, tmp_path: Path) -> Lake:
    """A copy of it."""
    return labelled.copy(tmp_path / "lake")


def _kept(lake: Lake) -> set[str]:
    return set(lake.refreshed().table("matrix")["snapshot"])


def test_a_share_is_kept_with_its_labels_from_one_calculation(tmp_path, labelled) -> None:
    lake = Lake.create(tmp_path / "new")

    stages = _run(_spec(share=0.5), lake)

    snapshots = set(labelled.table("label")["snapshot"])
    share = {key for key in snapshots if is_in_share(key, 0.5)}
    assert 0 < len(share) < 8
    assert _kept(lake) == share
    assert (stages["labels"].done, stages["labels"].planned) == (8, 8)
    later = stages["labels, matrices"]
    assert (later.planned, later.present, later.done) == (len(share), len(share), 0)
    lake = lake.refreshed()
    assert lake.keys("label") == labelled.keys("label")
    assert lake.verify() == []
    for row in lake.matrices(lake.table("matrix")["label"].tolist()):
        (label,) = lake.rows(LabelRow, [row.label])
        assert (label.snapshot, label.provenance) == (row.snapshot, row.provenance)
        assert row.matrices.recipe == label.label.recipe == RECIPE
        assert row.matrices.fermi_level == label.label.fermi_level


def test_labels_that_are_there_are_made_again_for_their_matrices_only(lake) -> None:
    spec, before = _spec(share=0.5), lake.table("label")
    plan = {stage.stage: stage for stage in plan_campaign(spec, lake).stages}["labels, matrices"]

    stages = _run(spec, lake)
    again = _run(spec, lake)

    n = sum(is_in_share(key, 0.5) for key in before["snapshot"])
    assert (plan.kind, plan.planned, plan.missing, plan.stored) == ("matrices", n, n, 0)
    assert plan.cost_basis == "labelled again: mean of 8 of its method in the lake"
    assert plan.cpu_hours == pytest.approx(before["cpu_seconds"].mean() * n / 3600.0)
    assert (stages["labels"].done, stages["labels"].present) == (0, 8)
    assert stages["labels, matrices"].done == n
    assert again["labels, matrices"].done == 0
    assert lake.refreshed().table("label").equals(before)
    assert lake.refreshed().verify() == []


def test_a_count_takes_the_smallest_keys_that_fit(lake) -> None:
    table = lake.table("label")
    middle = float(table["conductance_g0"].median())
    fitting = sorted(table.loc[table["conductance_g0"] < middle, "snapshot"])

    _run(_spec(count=2, filters=[f"conductance_g0 < {middle!r}"]), lake)

    assert _kept(lake) == set(fitting[:2])


def test_a_campaign_that_begins_with_nothing_keeps_a_count_in_one_run(tmp_path, labelled) -> None:
    lake = Lake.create(tmp_path / "new")
    expected = plan_campaign(_spec(count=3), lake).stages[-1]

    stages = _run(_spec(count=3), lake)

    assert (expected.stage, expected.planned, expected.expected) == ("labels, matrices", 0, 3)
    assert stages["labels, matrices"].done == 3
    assert _kept(lake) == set(sorted(labelled.table("label")["snapshot"])[:3])


class RefusingPool(SerialPool):
    """Refuses every task."""

    kind = "ConvergenceError"

    def run(self, *args: Any, **options: Any) -> Iterator[Any]:
        """Do every task, and forget what came of it."""
        for result in super().run(*args, **options):
            yield replace(result, outcome=Refusal(self.kind, "too hard", RECIPE, 1.0))


def test_matrices_that_cannot_be_made_are_a_refusal_beside_the_label(lake) -> None:
    stages = _run(_spec(count=1), lake, RefusingPool())

    again = _run(_spec(count=1), lake)

    assert (stages["labels, matrices"].done, stages["labels, matrices"].refused) == (0, 1)
    assert (again["labels, matrices"].done, again["labels, matrices"].refused) == (0, 0)
    lake = lake.refreshed()
    (snapshot,) = lake.table("refusal")["subject"]
    (row,) = lake.rows(RefusalRow, [matrix_key(label_key(snapshot, RECIPE))])
    assert (row.stage, row.refusal.kind) == ("matrix", "ConvergenceError")
    assert lake.verify() == []
    plan = plan_campaign(_spec(count=1), lake).stages[-1]
    assert (plan.planned, plan.stored, plan.refused, plan.missing) == (1, 0, 1, 0)


def test_matrices_whose_time_was_out_are_made_by_the_next_run(lake) -> None:
    pool = RefusingPool()
    pool.kind = "TimeLimitError"
    _run(_spec(count=1), lake, pool)
    planned = plan_campaign(_spec(count=1), lake.refreshed()).stages[-1]

    again = _run(_spec(count=1), lake)

    assert planned.tried_again == {"TimeLimitError": 1}
    assert (again["labels, matrices"].done, again["labels, matrices"].refused) == (1, 0)
    assert lake.refreshed().info()["refusals_by_kind"] == {}
    assert lake.refreshed().verify() == []


def test_a_labeler_without_matrices_cannot_keep_any() -> None:
    with pytest.raises(InvalidInputError, match="chain has none; try --labeler gpaw"):
        check_campaign(_spec("chain", share=0.1))


@pytest.mark.parametrize("kept", [{"share": 0.1, "count": 2}, {"filters": ["rung = 0"]}])
def test_a_plan_names_a_share_or_a_count(kept) -> None:
    with pytest.raises(InvalidInputError, match="a share or of a count: give one of them"):
        _spec(**kept)


def test_files_are_written_from_the_lake_where_it_keeps_matrices(lake, tmp_path) -> None:
    _run(_spec(count=2), lake)
    lake, calls = lake.refreshed(), []

    class Counting(TightBindingLabeler):
        def device(self, junction):
            calls.append(junction)
            return super().device(junction)

    keys = sorted(lake.table("label")["snapshot"])[:3]
    done = dict(make_matrices(Counting(), lake, keys, tmp_path / "out"))

    assert list(done) == keys
    assert len(calls) == 1
    (row,) = lake.rows(MatrixRow, [matrix_key(label_key(keys[0], RECIPE))])
    with np.load(tmp_path / "out" / f"{keys[0]}.npz", allow_pickle=False) as kept:
        np.testing.assert_array_equal(kept["hamiltonian_ev"], row.matrices.hamiltonian[0])
        assert float(kept["conductance_g0"]) == done[keys[0]].conductance
        assert kept["numbers"].size == lake.junctions(keys[:1])[0].n_atom


@pytest.mark.slow
@pytest.mark.dft
def test_matrices_of_first_principles_come_with_their_label(tmp_path) -> None:
    lake, spec = Lake.create(tmp_path / "lake"), _spec("gpaw", share=1.0)
    few = spec.model_copy(update={"labels": spec.labels.model_copy(update={"per_experiment": 1})})

    stages = _run(few, lake)

    assert stages["labels"].done == stages["labels, matrices"].present == 1
    assert stages["labels, matrices"].done == 0
    lake = lake.refreshed()
    (row,) = lake.matrices(sorted(lake.keys("label")))
    (label,) = lake.rows(LabelRow, [row.label])
    assert row.matrices.fermi_level == label.label.fermi_level
    assert row.matrices.orbital_atoms.size == 9 * row.matrices.numbers.size
    assert np.linalg.eigvalsh(row.matrices.overlap[0]).min() > 0.0
    assert abs(row.matrices.alignment) < 0.1
    assert lake.info()["matrix_bytes"] < 500_000
    assert lake.verify() == []
