"""A design that is steered by hand, through the command line."""

import json
from pathlib import Path

import pytest

from sekkei.lake import Lake
from sekkei.model import load_predictor

DESIGN = """\
target_g0: 0.5
elements: [Na, K]
fractions: {Na: {least_if_present: 0.1}}
electrode: staggered-3
neck_width: [1, 3]
elongation_angstrom: [0.5, 1.0]
initial: 2
proposer: sobol
"""


def rows(ended):
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


@pytest.fixture
def design(sekkei, tmp_path):
    (tmp_path / "design.yaml").write_text(DESIGN)

    def call(verb, *options):
        return sekkei("design", verb, "design.yaml", *options, "--lake", "lake")

    return call


def test_a_design_is_asked_told_shown_and_given_up_by_hand(design, tmp_path):
    one, two, three = rows(design("ask", "--count", 3, "--json"))
    (tmp_path / "lab.csv").write_text(
        f"id,conductance_g0,failure\n{one['id']},0.47,\n{two['id']},,broke\n"
    )

    told = rows(design("tell", "lab.csv", "--sigma-g0", 0.05, "--json"))
    again = rows(design("tell", "lab.csv", "--sigma-g0", 0.05, "--json"))
    gone = rows(design("tell", "--abandon", three["id"][:8], "--json"))
    shown = rows(design("show", "--json"))
    table = design("show")

    assert [(r["told"], r["repeated"], r["pending"]) for r in told] == [(2, 0, 1)]
    assert [(r["told"], r["repeated"]) for r in again] == [(0, 2)]
    assert [(r["abandoned"], r["pending"]) for r in gone] == [(1, 0)]
    kinds = [row["what"] for row in shown]
    assert kinds == ["summary", "round", "best", "failure"]
    assert (shown[3]["kind"], shown[3]["message"]) == ("Measurement", "broke")
    assert (shown[0]["hits"], shown[0]["failures"]) == (1, 1)
    assert shown[2]["labelled_or_measured_g0"] == [0.47]
    assert "0.5 G0 within 0.15" in table.out
    (file,) = Path().glob("design-*.design.json")
    assert str(file) in table.out


def test_a_wrong_line_is_named_and_nothing_is_told(design, tmp_path):
    (one,) = rows(design("ask", "--json"))
    (tmp_path / "lab.csv").write_text(f"id,conductance_g0\n{one['id']},0.4\n{one['id']},nan\n")

    refused = design("tell", "lab.csv", "--sigma-g0", 0.05)

    assert refused.code == 2
    assert refused.errors == [
        "sekkei: lab.csv, line 3: conductance_g0 must be a finite number, but is 'nan'"
    ]
    assert rows(design("show", "--json"))[0]["observations"] == 0


def test_a_target_out_of_reach_is_warned_of(design, tmp_path):
    first, second = rows(design("ask", "--count", 2, "--json"))
    text = "id,conductance_g0\n" + "".join(f"{p['id']},4.0\n" for p in (first, second))
    (tmp_path / "lab.csv").write_text(text)

    told = design("tell", "lab.csv", "--sigma-g0", 0.05)

    assert told.code == 0
    assert "is outside all that was seen so far, 4 to 4 G0" in told.err


def test_nothing_to_show_of_a_design_that_never_began(design):
    shown = design("show")

    assert shown.code == 2
    assert "lake is no lake, and no file beside it knows this one" in shown.errors[0]


def test_a_design_that_never_began_in_a_lake_says_what_to_do(design, tmp_path):
    Lake.create(tmp_path / "lake")

    shown = design("show")

    assert shown.code == 2
    assert "a design must have begun to go on" in shown.errors[0]


@pytest.mark.slow
def test_pending_proposals_are_exported_as_structures(design, tmp_path):
    (proposal,) = rows(design("ask", "--json"))

    (row,) = rows(design("export", "--out", "out", "--json"))

    assert row["id"] == proposal["id"]
    assert (row["frame"], row["failure"]) == (0, None)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "proposals.extxyz",
        "proposals.json",
    }


def test_a_design_goes_on_from_the_lake_where_its_file_is_lost(design, tmp_path):
    lake = Lake.create(tmp_path / "lake")
    first = rows(design("ask", "--count", 2, "--json"))
    (file,) = tmp_path.glob("design-*.design.json")
    file.unlink()

    second = rows(design("ask", "--json"))
    shown = rows(design("show", "--json"))

    assert second[0]["id"] not in {row["id"] for row in first}
    assert shown[0]["pending"] == 3
    messages = [message for _, _, message in lake.refreshed().history()]
    assert messages.count("design after 0 rounds") == 2


def test_a_lake_that_somebody_fills_leaves_the_state_in_the_file(design, tmp_path):
    with Lake.create(tmp_path / "lake").committer():
        asked = design("ask", "--json")

    assert asked.code == 0
    assert "only, not in the lake: " in asked.err
    assert rows(design("show", "--json"))[0]["pending"] == 1


def test_nothing_to_export_is_said(design):
    design("ask")
    design("tell", "--abandon", rows(design("show", "--json"))[1]["id"])

    pending = design("export", "--out", "out")
    best = design("export", "--out", "out", "--best", 2)

    assert (pending.code, best.code) == (2, 2)
    assert "none is pending; ask for some, or try --best 3" in pending.errors[0]
    assert "nothing was seen yet" in best.errors[0]


def test_a_design_without_a_lake_says_where_it_is_kept(design):
    asked = design("ask", "--json")

    assert asked.code == 0
    assert "there is no lake at lake: the design is kept in " in asked.err


def test_more_proposals_than_can_be_made_in_a_while_are_refused(design):
    refused = design("ask", "--count", 1_000_000)

    assert refused.code == 2
    assert "less than or equal to 64" in refused.errors[0]


def test_an_export_replaces_nothing_unless_it_is_told_to(design, tmp_path):
    design("ask")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "proposals.json").write_text("mine")

    refused = design("export", "--out", "out")

    assert refused.code == 2
    assert "--force" in refused.errors[0]
    assert (tmp_path / "out" / "proposals.json").read_text() == "mine"


def test_a_range_that_is_one_number_says_how_it_is_written(design, tmp_path):
    text = (tmp_path / "design.yaml").read_text().replace("[0.5, 1.0]", "5.0")
    (tmp_path / "design.yaml").write_text(text)

    refused = design("ask")

    assert refused.code == 2
    assert "a range must be [least, most], but is one number; write [5.0, 5.0]" in refused.errors[0]


def test_a_design_takes_a_model_that_was_saved_as_a_folder(design, tmp_path):
    with (tmp_path / "design.yaml").open("a") as file:
        file.write("rounds: 1\nfinalists: 1\nverify_seeds: 1\nfresh_seeds: 1\n")
    model = Path(__file__).parents[2] / "data" / "models" / "alkali-direct"

    ended = design("run", "--model", model, "--labeler", "tight-binding", "--serial", "--json")

    (row,) = rows(ended)
    assert row["surrogate_g0"] is not None
    conducts, n_declared = ended.err.splitlines()[-2:]
    n_hit, n_verified, declared = (
        int(row[name]) for name in ("is_hit", "is_verified", "is_declared")
    )
    assert conducts.startswith(f"by the label that is reported, {n_hit} of 1 finalists conduct ")
    assert conducts.endswith(f"; on 1 fresh structures each, {n_verified} are verified")
    assert n_declared.startswith(f"{declared} declared as hits before they were labelled; ")
    (used,) = set(Lake.open("lake").table("proposal")["model"])
    assert used == load_predictor(model).identity


def test_a_design_of_which_nothing_came_ends_with_1(design, tmp_path):
    # Atoms of this thin wire relax to where the sites of a wider one are.
    (tmp_path / "design.yaml").write_text(
        "target_g0: 0.5\nelements: [K]\nelectrode: bcc100-4+1\nleads: bcc100-5+4\n"
        "estimate_leads: bcc100-4+1\nneck_width: [1, 1]\nelongation_angstrom: [2.0, 2.0]\n"
        "initial: 2\nrounds: 1\nproposer: sobol\n"
    )
    model = Path(__file__).parents[2] / "data" / "models" / "potassium-direct"

    ended = design("run", "--model", model, "--labeler", "tight-binding", "--serial")

    assert ended.code == 1
    assert "round 0: 0 of 2 structures made (2 failed, one with AtomOverlapError: " in ended.err
    assert len(Lake.open("lake").table("proposal")) == 0


def test_a_second_model_must_be_another_one(design):
    model = Path(__file__).parents[2] / "data" / "models" / "alkali-direct"

    ended = design("run", "--model", model, "--second-model", model, "--serial")

    assert ended.code == 2
    assert "a second model must be another one" in ended.err


def test_a_design_begun_by_hand_without_a_lake_goes_on_with_one(design, tmp_path):
    with (tmp_path / "design.yaml").open("a") as file:
        file.write("rounds: 1\nfinalists: 1\nverify_seeds: 1\nfresh_seeds: 1\n")
    (asked,) = rows(design("ask", "--json"))
    (tmp_path / "lab.csv").write_text(f"id,conductance_g0\n{asked['id']},0.47\n")
    assert design("tell", "lab.csv", "--sigma-g0", 0.05).code == 0
    assert not Path("lake").exists()
    model = Path(__file__).parents[2] / "data" / "models" / "alkali-direct"

    ended = design(
        "run", "--model", model, "--labeler", "tight-binding", "--serial", "--resume", "--json"
    )

    assert ended.code == 0, ended.err
    shown = rows(design("show", "--json"))
    assert shown[0]["labelled_or_measured"] > 1
    assert Lake.open("lake").table("proposal").shape[0] > 0
