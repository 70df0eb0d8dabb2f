"""Registered models are shown, saved with their cards, promoted, and predict files."""

import json
from pathlib import Path

import numpy as np
import pytest

from sekkei.cli import model_options
from sekkei.model import predictor
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.extxyz import write_junctions
from sekkei.structure.files import read_junctions
from sekkei.structure.junction import Junction

QUICKLY = ("--option", "assembly=series", "--option", "epochs=20", "--option", "n_member=2")


@pytest.fixture(scope="module")
def registry(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The fixture `sekkei` belongs to one test; the program may run before it.
    from sekkei.cli.app import run

    folder = tmp_path_factory.mktemp("models")
    train = ("model", "train", "--lake", str(filled), "--registry", str(folder), *QUICKLY)
    assert [run([*train]), run([*train])] == [0, 0]
    return folder


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    file = tmp_path / "contacts.extxyz"
    thin = ContactSpec(electrode="staggered-3", neck_width=1)
    write_junctions(file, [build_contact(thin), build_contact(ContactSpec())])
    return file


def test_a_card_is_printed_with_the_command_that_made_the_model(sekkei, registry) -> None:
    shown = sekkei("model", "show", "sekkei", "--registry", registry, "--card")
    plain = sekkei("model", "show", "sekkei:1", "--registry", registry, "--json")

    assert shown.out.startswith("# Model card: direct ")
    assert "sekkei model train --lake " in shown.out
    assert "epochs=20" in shown.out
    (row,) = [json.loads(line) for line in plain.out.splitlines()]
    assert row["identity"] in shown.out
    assert row["evaluation"]["n"] > 0


def test_a_saved_model_has_its_card_and_says_the_same(sekkei, registry, contacts) -> None:
    saved = sekkei("model", "save", "sekkei", "folder/mine", "--registry", registry)
    again = sekkei("model", "save", "sekkei", "folder/mine", "--registry", registry)
    card = sekkei("model", "show", "folder/mine", "--card")
    about = sekkei("model", "show", "folder/mine", "--json")

    named = sekkei("model", "predict", contacts, "--registry", registry, "--json")
    from_folder = sekkei("model", "predict", contacts, "--model", "folder/mine", "--json")

    assert (saved.code, again.code) == (0, 2)
    assert "folder/mine is there; name another" in again.errors[0]
    assert card.out.startswith("# Model card: direct ")
    assert json.loads(about.out)["identity"] in card.out
    assert named.out == from_folder.out


def test_a_folder_with_the_name_of_a_model_is_not_taken_for_one(
    sekkei, registry, tmp_path, contacts
) -> None:
    (tmp_path / "sekkei").mkdir()

    told = sekkei("model", "predict", contacts, "--registry", registry, "--json")

    assert told.code == 0
    assert model_options.META_FILE == predictor.META_FILE


def test_files_are_predicted_with_intervals_and_reasons(sekkei, registry, contacts) -> None:
    told = sekkei("model", "predict", contacts, contacts, "--registry", registry, "--json")
    table = sekkei("model", "predict", contacts, "--registry", registry)

    rows = [json.loads(line) for line in told.out.splitlines()]
    assert [row["frame"] for row in rows] == [0, 1, 0, 1]
    assert rows[1]["outside"] is True
    assert "electrode" in rows[1]["reason"]
    for row in rows:
        assert 0.0 <= row["low_g0"] <= row["conductance_g0"] <= row["high_g0"] <= row["n_channel"]
    assert (told.code, table.code) == (0, 0)
    assert "an electrode that it was not trained on" in table.out


def test_a_structure_that_cannot_be_treated_does_not_hide_the_others(
    sekkei, registry, tmp_path
) -> None:
    good = build_contact(ContactSpec(electrode="staggered-3", neck_width=1))
    crushed = Junction.from_sequences(
        good.numbers, good.positions * [0.1, 0.1, 1.0], good.regions, good.electrode_period
    )
    write_junctions(tmp_path / "both.extxyz", [crushed, good])

    told = sekkei("model", "predict", "both.extxyz", "--registry", registry, "--json")

    first, second = [json.loads(line) for line in told.out.splitlines()]
    assert (told.code, len(told.errors)) == (3, 1)
    assert (first["frame"], first["refusal"]) == (0, "AtomOverlapError")
    assert (second["frame"], "conductance_g0" in second) == (1, True)


def test_a_dump_of_lammps_is_predicted_with_the_leads_that_it_shows(
    sekkei, registry, contacts, tmp_path
) -> None:
    (contact, _) = read_junctions(contacts)
    lying = contact.to_atoms()
    lying.positions[:] = lying.positions[:, [2, 0, 1]] + 12.0
    spoilt = lying.positions + np.random.default_rng(1).normal(0.0, 0.7, lying.positions.shape)
    rows = [
        "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n"
        f"{len(lying)}\nITEM: BOX BOUNDS pp pp pp\n0 200\n0 30\n0 30\nITEM: ATOMS id type x y z\n"
        + "".join(f"{i} 1 {x} {y} {z}\n" for i, (x, y, z) in enumerate(positions, 1))
        for positions in (spoilt, lying.positions)
    ]
    (tmp_path / "pull.dump").write_text("".join(rows))
    reading = ("--species", "K", "--axis", "x")

    told = sekkei(
        "model", "predict", "pull.dump", *reading, "--find-leads", "--registry", registry, "--json"
    )
    as_extxyz = sekkei("model", "predict", contacts, "--registry", registry, "--json")
    without = sekkei("model", "predict", "pull.dump", "--registry", registry)
    of_a_lake = sekkei("model", "predict", "--lake", "lake", "--axis", "x")

    first, second = [json.loads(line) for line in told.out.splitlines()]
    expected = json.loads(as_extxyz.out.splitlines()[0])
    assert told.code == 3
    assert (first["frame"], first["refusal"]) == (0, "ElectrodeError")
    assert second["frame"] == 1
    assert second["conductance_g0"] == pytest.approx(expected["conductance_g0"], abs=1e-6)
    assert "species must be given" in without.errors[0]
    assert "--axis and --find-leads are for files" in of_a_lake.errors[0]


def test_nothing_to_predict_is_told_in_one_line(sekkei, registry, tmp_path) -> None:
    nothing = sekkei("model", "predict", "--registry", registry)
    no_file = sekkei("model", "predict", "none.extxyz", "--registry", registry)
    no_folder = sekkei("model", "predict", "none.extxyz", "--model", "./none")

    assert (nothing.code, no_file.code, no_folder.code) == (2, 2, 2)
    assert "found neither FILE nor --lake" in nothing.errors[0]
    assert "none.extxyz is not one" in no_file.errors[0]
    assert "must be a folder with surrogate.json" in no_folder.errors[0]


def test_a_model_is_promoted_by_what_was_measured_or_by_force(sekkei, registry) -> None:
    command = ("model", "promote", "--registry", registry, "--json")

    judged = sekkei(*command, "sekkei:1", "--alias", "tried")
    forced = sekkei(*command, "sekkei:1", "--force", "a test")
    level = sekkei(*command, "sekkei:2", "--alias", "best", "--force", "the same again")
    silent = sekkei(*command, "sekkei:2", "--force", " ")

    assert judged.code in (0, 1)  # a network of twenty epochs may or may not beat the baselines
    if judged.code == 1:
        assert "held-out experiments is not below" in judged.errors[0]
        assert "--force with a reason" in judged.errors[0]
    assert (forced.code, level.code) == (0, 0)
    assert silent.code == 2
    assert "must have a reason, but found an empty one" in silent.errors[0]
    assert json.loads(level.out)["before"] == 1
    assert "best" in sekkei("model", "show", "sekkei:2", "--registry", registry).out
