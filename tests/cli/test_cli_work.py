"""Verbs that compute, on small real work."""

import csv
import json
from pathlib import Path

import ase.io
import pytest

from sekkei.lake import Lake
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.extxyz import write_junctions
from sekkei.structure.files import read_junctions
from sekkei.transport.chain import HOPPING_EV
from sekkei.transport.tight_binding import TightBindingLabeler

DESIGN = """\
target_g0: 0.5
elements: [K]
potential: meam
max_species: 1
electrode: staggered-3
neck_width: [1, 3]
initial: 2
batch: 2
rounds: 2
finalists: 1
fresh_seeds: 2
"""


def rows(ended):
    return [json.loads(line) for line in ended.out.splitlines()]


def test_labels_are_printed_with_the_engine_that_ran_and_written_to_files(sekkei, tmp_path):
    contact = build_contact(ContactSpec(electrode="staggered-3", neck_width=1))
    write_junctions(tmp_path / "mine.extxyz", [contact])
    truth = TightBindingLabeler().label(contact)

    told = sekkei("label", "mine.extxyz", "--labeler", "tight-binding", "--json", "--out", "l.csv")
    sekkei("label", "mine.extxyz", "--labeler", "tight-binding", "--out", "labelled.extxyz")

    (row,) = rows(told)
    # Positions went through a file of 8 decimals.
    assert row["conductance_g0"] == pytest.approx(truth.conductance, abs=1e-6)
    assert row["engine"] in told.err
    assert "not first principles" in told.err
    with Path("l.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == len(truth.energies)
    assert ase.io.read("labelled.extxyz").info["conductance_g0"] == row["conductance_g0"]


def test_an_option_of_the_labeler_changes_the_label(sekkei, tmp_path):
    wire = "\n".join(f"K 0 0 {4 * i} {region}" for i, region in enumerate((-1, 0, 1)))
    (tmp_path / "chain.extxyz").write_text(
        f"3\nProperties=species:S:1:pos:R:3:region:I:1 electrode_period_angstrom=4.0\n{wire}\n"
    )

    plain = sekkei("label", "chain.extxyz", "--labeler", "chain", "--json")
    shifted = sekkei("label", "chain.extxyz", "--labeler", "chain", "--json", "--option=onsite=0.7")

    assert rows(plain)[0]["conductance_g0"] == pytest.approx(1.0, abs=1e-12)
    # One impurity: T = v^2 / (v^2 + e^2) with v = 2 t in the middle of the band.
    velocity_squared = 4.0 * HOPPING_EV**2
    expected = velocity_squared / (velocity_squared + 0.7**2)
    assert rows(shifted)[0]["conductance_g0"] == pytest.approx(expected, abs=1e-12)


def test_people_see_a_table(sekkei, tmp_path):
    write_junctions(tmp_path / "mine.extxyz", [build_contact(ContactSpec())])

    told = sekkei("label", "mine.extxyz", "--labeler", "tight-binding")

    assert told.out.split()[:3] == ["frame", "n_atom", "conductance_g0"]
    assert "refusal" not in told.out


def test_an_experiment_writes_its_snapshots_and_overwrites_nothing_unasked(sekkei, tmp_path):
    (tmp_path / "thin.yaml").write_text(
        "contact: {electrode: staggered-3, neck_width: 1}\ncycles: 1\n"
    )

    first = sekkei("experiment", "run", "thin.yaml", "--json")
    second = sekkei("experiment", "run", "thin.yaml", "--json")
    third = sekkei("experiment", "run", "thin.yaml", "--json", "--force")

    (row,) = rows(first)
    assert len(read_junctions(Path("thin.extxyz"))) == row["n_snapshot"]
    assert (second.code, third.code) == (2, 0)
    assert "thin.extxyz is there" in second.errors[0]


def test_a_campaign_is_planned_run_and_found_done(sekkei, campaign_file):
    command = ("campaign", "run", campaign_file, "--lake", "lake", "--json")

    planned = sekkei(*command, "--dry-run")
    made_by_planning = Path("lake").exists()
    first = sekkei(*command, "--serial")
    second = sekkei(*command, "--serial")

    assert not made_by_planning
    assert rows(planned)[0]["experiments_missing"] == 2
    assert [row["done"] for row in rows(first)] == [2, 6]
    assert [row["done"] for row in rows(second)] == [0, 0]
    assert (first.code, second.code) == (0, 0)
    assert "labels by sekkei tight-binding" in first.err


@pytest.mark.ray
@pytest.mark.slow
def test_a_campaign_runs_on_many_workers(sekkei, campaign_file):
    told = sekkei("campaign", "run", campaign_file, "--lake", "lake", "--workers", 1, "--json")

    assert [row["done"] for row in rows(told)] == [2, 6]


def test_a_lake_tells_what_it_holds(sekkei, filled):
    (info,) = rows(sekkei("lake", "info", "--lake", filled, "--json"))
    history = rows(sekkei("lake", "history", "--lake", filled, "--json", "--limit", 1))
    sound = sekkei("lake", "verify", "--lake", filled)

    assert info["rows"]["label"] == 24
    assert history[0]["state"] == info["state_id"]
    assert (sound.code, sound.out) == (0, "")
    assert sound.err.startswith("0 problems")


def test_a_query_is_cut_for_people_and_whole_for_machines(sekkei, filled):
    shown = sekkei("lake", "query", "--lake", filled)
    whole = sekkei("lake", "query", "--lake", filled, "--json")
    some = sekkei("lake", "query", 'stage = "pull"', "conductance_g0 > 0.1", "--lake", filled)
    one = sekkei("lake", "query", "--lake", filled, "--json", "--limit", 1, "--column", "engine")

    assert "20 of 24 rows; --limit 0 shows all" in shown.err
    assert len(rows(whole)) == 24
    assert some.code == 0
    assert list(rows(one)[0]) == ["engine"]


@pytest.mark.parametrize("name", ["x.extxyz", "x.csv"])
def test_structures_and_tables_are_exported(sekkei, filled, name):
    (row,) = rows(
        sekkei("lake", "export", name, "conductance_g0 > 0.0", "--lake", filled, "--json")
    )

    text = Path(name).read_text()
    assert row["rows"] == (text.count("electrode_period") if name == "x.extxyz" else 24)


def test_a_histogram_is_drawn_and_compared(sekkei, filled):
    told = sekkei("histogram", "--lake", filled, "--out", "figures", "--json")
    shown = sekkei("histogram", "--lake", filled, "--out", "figures")

    (row,) = rows(told)
    assert (row["element"], row["n_experiment"]) == ("K", 4)
    assert [r["nominal"] for r in row["comparison"]] == [1, 2, 3, 4, 5, 6]
    assert sorted(p.name for p in Path("figures").iterdir()) == ["histogram.png", "histogram.svg"]
    assert shown.out.splitlines()[-1].startswith("Too few data")


QUICKLY = ("--option", "assembly=series", "--option", "epochs=5")


@pytest.mark.slow
def test_a_model_is_trained_listed_held_against_new_labels_and_used(
    sekkei, tmp_path, campaign_file
):
    campaign_file.write_text(campaign_file.read_text().replace("count: 2", "count: 3"))
    sekkei("campaign", "run", campaign_file, "--lake", "lake", "--serial")
    trained = sekkei("model", "train", "--lake", "lake", *QUICKLY, "--json")
    elsewhere = ("--registry", "spread.db", "--splits", 2, "--json")
    spread = sekkei("model", "train", "--lake", "lake", *QUICKLY, *elsewhere)
    known = sekkei("model", "evaluate", "--lake", "lake", "--json")
    campaign_file.write_text(campaign_file.read_text().replace("count: 3", "count: 5"))
    sekkei("campaign", "run", campaign_file, "--lake", "lake", "--serial")

    fresh = sekkei("model", "evaluate", "--lake", "lake", "--model", "sekkei:1", "--json")
    predicted = sekkei("model", "predict", "--lake", "lake", "--serial", "--json")
    drawn = sekkei("histogram", "--lake", "lake", "--model", "sekkei", "--json")
    unknown = sekkei("model", "predict", "--lake", "lake", "--model", "other", "--serial")
    (listed,) = rows(sekkei("model", "list", "--lake", "lake", "--json"))
    (tmp_path / "design.yaml").write_text(DESIGN)
    command = ("design", "run", "design.yaml", "--lake", "lake", "--labeler", "tight-binding")
    designed = sekkei(*command, "--serial", "--json")
    again = sekkei(*command, "--serial")
    resumed = sekkei(*command, "--serial", "--json", "--resume")

    assert {"direct", "ridge"} <= {row["model"] for row in rows(trained)}
    tested = [row for row in rows(spread) if row["split"] == "test"]
    assert [row["n_split"] for row in tested] == [2] * 7
    assert all(row["mae_min"] <= row["mae_mean"] <= row["mae_max"] for row in tested)
    assert {row["split"] for row in rows(known)} == {"known at training"}
    assert "say nothing of new ones" in known.err
    surrogate = [row for row in rows(fresh) if row["model"] == "surrogate"]
    assert [(r["split"], r["n_experiment"]) for r in surrogate] == [
        ("fresh", 2),
        ("known at training", 3),
    ]
    counts = {(row["model"], row["outside"] is None) for row in rows(fresh)}
    assert {("surrogate", False), ("sharvin", True)} <= counts
    assert {rows(drawn)[0]["model"], rows(drawn)[0]["quantity"]} == {
        rows(predicted)[0]["identity"],
        listed["identity"],
        "conductance_g0",  # the registry knows what the model learned
    }
    assert 0 <= rows(predicted)[0]["outside"] < rows(predicted)[0]["done"]
    assert rows(predicted)[0]["done"] == len(Lake.open(Path("lake")).keys("prediction"))
    assert (unknown.code, "there is sekkei:1/newest" in unknown.errors[0]) == (2, True)
    assert rows(designed)[0]["verified_g0"] == rows(resumed)[0]["verified_g0"]
    assert (designed.code, again.code, resumed.code) == (0, 2, 0)
    assert "go on by --resume" in again.errors[0]
