"""Each mistake ends with one line that names it, and with its exit code."""

import ase.io
import numpy as np
import pytest

from sekkei.lake import Lake
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.extxyz import write_junctions
from sekkei.structure.junction import Junction

CONTACT = ContactSpec(electrode="staggered-3", neck_width=1)


def check(ended, code, *parts):
    assert ended.code == code
    assert ended.out == ""
    (line,) = ended.errors
    for part in parts:
        assert part in line
    assert "Traceback" not in ended.err


def specification(folder, text):
    file = folder / "spec.yaml"
    file.write_text(text)
    return file


def test_an_unknown_element(sekkei, tmp_path):
    spec = specification(tmp_path, "seed: 1\ncontact:\n  composition: {Xx: 1.0}\n")

    check(
        sekkei("experiment", "run", spec),
        2,
        f"{spec}, line 3: contact.composition: an element must be one of Li, Na, K, Rb, Cs: 'Xx'",
    )


def test_a_composition_that_does_not_sum_to_one(sekkei, tmp_path):
    spec = specification(tmp_path, "contact:\n  composition: {K: 0.5, Na: 0.4}\n")

    check(
        sekkei("experiment", "run", spec),
        2,
        f"{spec}, line 2: contact.composition: the fractions must sum to 1, but sum to 0.9",
    )


def test_a_misspelt_key(sekkei, tmp_path):
    text = (
        "name: x\nexperiments:\n  - count: 1\n    template:\n      contact:\n        nek_width: 2\n"
    )
    spec = specification(tmp_path, text)

    check(
        sekkei("campaign", "run", spec, "--lake", tmp_path / "lake"),
        2,
        f"{spec}, line 6: unknown key",
        "did you mean 'neck_width'?",
    )
    assert not (tmp_path / "lake").exists()


def test_a_specification_that_is_not_there(sekkei, tmp_path):
    check(sekkei("experiment", "run", "nowhere.yaml"), 2, "nowhere.yaml is not one")


def test_structures_without_regions(sekkei, tmp_path):
    atoms = build_contact(CONTACT).to_atoms()
    del atoms.arrays["region"]
    ase.io.write(tmp_path / "mine.extxyz", atoms)

    check(
        sekkei("label", "mine.extxyz", "--labeler", "tight-binding"),
        2,
        "mine.extxyz, frame 0: every atom must have a region",
        "add region:I:1",
    )


def test_structures_that_are_not_there(sekkei):
    check(sekkei("label", "mine.extxyz", "--labeler", "chain"), 2, "mine.extxyz is not one")


def test_an_electrode_that_is_not_periodic_refuses_its_structure_alone(sekkei, tmp_path):
    good = build_contact(CONTACT)
    positions = np.array(good.positions)
    positions[0] += 0.3
    bad = Junction.from_sequences(good.numbers, positions, good.regions, good.electrode_period)
    write_junctions(tmp_path / "both.extxyz", [good, bad])
    write_junctions(tmp_path / "bad.extxyz", [bad])

    both = sekkei("label", "both.extxyz", "--labeler", "tight-binding", "--json")
    alone = sekkei("label", "bad.extxyz", "--labeler", "tight-binding", "--out", "labels.csv")

    assert (both.code, alone.code) == (3, 1)
    assert both.errors[0].startswith("sekkei: frame 1 refused: ElectrodeError: ")
    assert [both.out.count("conductance_g0"), len(both.errors)] == [2, 1]
    assert len(alone.errors) == 1


def test_a_folder_that_is_no_lake(sekkei, tmp_path, campaign_file):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("hello")

    check(sekkei("lake", "info", "--lake", "notes"), 2, "notes must be a lake")
    written = sekkei("campaign", "run", campaign_file, "--lake", "notes", "--serial")

    assert written.code == 2
    assert "notes holds something" in written.errors[-1]
    assert (tmp_path / "notes" / "mine.txt").read_text() == "hello"


def test_a_lake_that_is_not_there(sekkei):
    check(sekkei("lake", "query", "--lake", "nowhere"), 2, "but nowhere is none")


def test_a_second_committer_on_one_lake(sekkei, tmp_path, campaign_file):
    lake = Lake.create(tmp_path / "lake")

    with lake.committer():
        ended = sekkei("campaign", "run", campaign_file, "--lake", "lake", "--serial")

    check(ended, 1, "a lake has one committer at a time", "is held by process")


def test_an_unknown_labeler(sekkei, tmp_path):
    write_junctions(tmp_path / "mine.extxyz", [build_contact(CONTACT)])

    check(
        sekkei("label", "mine.extxyz", "--labeler", "crystal-ball"),
        2,
        "a labeler must be one of chain, gpaw",
        "'crystal-ball'",
    )


@pytest.mark.parametrize("option", ["onsite", "onsite=[", "=1"], ids=["no =", "no YAML", "no key"])
def test_an_option_that_is_none(sekkei, tmp_path, option):
    write_junctions(tmp_path / "mine.extxyz", [build_contact(CONTACT)])

    check(sekkei("label", "mine.extxyz", "--labeler", "chain", "--option", option), 2, option)


@pytest.mark.dft
@pytest.mark.parametrize("model", ["seven", "[1]"])
def test_an_unknown_model(sekkei, tmp_path, model):
    pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")
    write_junctions(tmp_path / "mine.extxyz", [build_contact(CONTACT)])

    ended = sekkei("label", "mine.extxyz", "--labeler", "gpaw", "--option", f"model={model}")

    check(ended, 2, "model must be one of one-electron, many-electron-lda, many-electron-pbe")


def test_an_unknown_option_of_a_verb(sekkei):
    check(sekkei("label", "mine.extxyz", "--labeller", "chain"), 2, "--labeller", "--labeler")


def test_an_unknown_verb(sekkei):
    check(sekkei("lake", "drain"), 2, "drain")


def test_a_missing_option(sekkei):
    check(sekkei("lake", "info"), 2, "--lake")


def test_an_option_out_of_its_range(sekkei, campaign_file):
    check(sekkei("campaign", "run", campaign_file, "--lake", "l", "--workers", 0), 2, "--workers")


def test_one_worker_and_many_at_the_same_time(sekkei, campaign_file):
    ended = sekkei("campaign", "run", campaign_file, "--lake", "l", "--serial", "--workers", 2)

    check(ended, 2, "--serial is one worker", "leave one of them out")


@pytest.mark.parametrize(
    ("filters", "part"),
    [("conductnce_g0 > 1", "did you mean conductance_g0?"), ("> 1", "at character 1")],
    ids=["misspelt column", "no filter"],
)
def test_a_filter_that_is_none(sekkei, filled, filters, part):
    check(sekkei("lake", "query", filters, "--lake", filled), 2, part)


def test_a_registry_that_is_not_there(sekkei, filled):
    check(sekkei("model", "list", "--lake", filled), 2, "mlflow.db is no file", "train a model")
    check(sekkei("model", "list"), 2, "try --registry or --lake")


def test_a_file_that_cannot_be_written(sekkei, filled, tmp_path):
    ended = sekkei("lake", "export", tmp_path / "no" / "x.extxyz", "--lake", filled)

    check(ended, 2, "the folder of x.extxyz must be there, but", "no is none")


def test_an_export_of_an_unknown_kind(sekkei, filled):
    check(sekkei("lake", "export", "x.pdf", "--lake", filled), 2, "'x.pdf'", "change the ending")


def test_a_histogram_of_contacts_that_the_lake_does_not_hold(sekkei, filled):
    ended = sekkei("histogram", "--lake", filled, "--element", "Cs")

    check(ended, 2, "traces need labels")


def test_a_quantity_beside_a_model(sekkei, tmp_path):
    check(
        sekkei("histogram", "--lake", tmp_path, "--model", "m", "--quantity", "conductance_g0"),
        2,
        "but found --quantity conductance_g0 beside --model m; leave out one of them",
    )
