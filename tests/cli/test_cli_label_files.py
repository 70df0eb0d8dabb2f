"""Labels of files: in the file as they come, over nothing that is there, from many formats."""

from itertools import pairwise

import ase.io
import numpy as np
import pytest

from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.extxyz import write_junctions
from sekkei.structure.files import read_junctions
from sekkei.structure.junction import Junction
from sekkei.transport.chain import ChainLabeler

CHAIN = ("--labeler", "chain")
CONTACT = ContactSpec(electrode="staggered-3", neck_width=1)


@pytest.fixture
def mine(tmp_path):
    z = 3.6 * np.arange(9.0)
    chain = Junction.from_sequences(
        np.full(9, 11),
        np.column_stack([0.0 * z, 0.0 * z, z]),
        np.repeat([-1, 0, 1], [2, 5, 2]),
        3.6,
    )
    write_junctions(tmp_path / "mine.extxyz", [chain] * 3)
    return tmp_path / "mine.extxyz"


def interrupt_at(monkeypatch, count: int, on_call=lambda: None) -> None:
    calls, real = [], ChainLabeler.label

    def label(self, junction):
        calls.append(1)
        on_call()
        if len(calls) == count:
            raise KeyboardInterrupt
        return real(self, junction)

    monkeypatch.setattr(ChainLabeler, "label", label)


def test_labels_before_an_interruption_are_printed_and_in_the_file(
    sekkei, mine, tmp_path, monkeypatch
) -> None:
    interrupt_at(monkeypatch, 3)

    ended = sekkei("label", mine, *CHAIN, "--out", "out.extxyz")

    assert ended.code == 130
    assert [len(line.split()) > 2 for line in ended.out.strip().splitlines()].count(True) == 3
    assert "conductance_g0" in ended.out
    assert "frame 1: 1 G0" in ended.err
    assert len(read_junctions(tmp_path / "out.extxyz")) == 2
    assert "printed and in out.extxyz" in ended.errors[0]


@pytest.mark.parametrize("name", ["out.extxyz", "out.csv"])
def test_a_label_is_in_its_file_before_the_next_is_computed(
    sekkei, mine, tmp_path, monkeypatch, name
) -> None:
    sizes = []
    out = tmp_path / name
    interrupt_at(monkeypatch, 9, lambda: sizes.append(out.stat().st_size if out.exists() else 0))

    assert sekkei("label", mine, *CHAIN, "--out", name).code == 0

    sizes.append(out.stat().st_size)
    assert sizes[0] == 0
    assert all(before < after for before, after in pairwise(sizes))


@pytest.mark.parametrize("option", [CHAIN, ("--find-leads",)], ids=["labels", "leads"])
def test_a_file_that_is_there_is_replaced_by_force_only(sekkei, mine, tmp_path, option) -> None:
    (tmp_path / "thesis.extxyz").write_text("years of work")

    refused = sekkei("label", mine, *option, "--out", "thesis.extxyz")
    kept = (tmp_path / "thesis.extxyz").read_text()
    forced = sekkei("label", mine, *option, "--out", "thesis.extxyz", "--force")

    assert (refused.code, kept, forced.code) == (2, "years of work", 0)
    assert "thesis.extxyz is there; add --force" in refused.errors[0]
    assert len(ase.io.read(tmp_path / "thesis.extxyz", ":")) == 3


def test_other_verbs_replace_a_file_by_force_only(sekkei, mine, filled, tmp_path) -> None:
    (tmp_path / "spec.yaml").write_text("seed: 1\n")
    for name in ("a.csv", "a.extxyz", "a.png", "a.parquet"):
        (tmp_path / name).write_text("mine")

    for words in (
        ("lake", "export", "a.csv", "--lake", filled),
        ("lake", "export", "a.parquet", "--lake", filled),
        ("lake", "export", "a.extxyz", "--lake", filled),
        ("experiment", "run", "spec.yaml", "--out", "a.extxyz"),
        ("channels", mine, "--labeler", "tight-binding", "--out", "a.csv"),
        ("electrode", "scan", "staggered-3", "--labeler", "tight-binding", "--out", "a.png"),
    ):
        ended = sekkei(*words)
        assert (ended.code, "is there; add --force" in ended.err) == (2, True), words
    assert {path.read_text() for path in tmp_path.glob("a.*")} == {"mine"}
    assert sekkei("lake", "export", "a.csv", "--lake", filled, "--force").code == 0


def test_a_hard_link_to_the_structures_is_the_structures(sekkei, mine, tmp_path) -> None:
    (tmp_path / "same.extxyz").hardlink_to(mine)

    ended = sekkei("label", mine, *CHAIN, "--out", "same.extxyz", "--force")

    assert (ended.code, len(read_junctions(mine))) == (2, 3)
    assert "a file of their own" in ended.err


def test_what_cannot_be_labelled_replaces_nothing(sekkei, tmp_path) -> None:
    contact = build_contact(CONTACT)
    positions = np.array(contact.positions)
    positions[0] += 0.3
    bad = Junction.from_sequences(contact.numbers, positions, contact.regions, 7.54)
    write_junctions(tmp_path / "bad.extxyz", [bad])
    (tmp_path / "out.csv").write_text("before")

    ended = sekkei(
        "label", "bad.extxyz", "--labeler", "tight-binding", "--out", "out.csv", "--force"
    )

    assert (ended.code, (tmp_path / "out.csv").read_text()) == (1, "before")


@pytest.mark.parametrize("name", ["x.lammpstrj", "x.traj", "x"])
def test_snapshots_are_written_as_what_their_name_says_or_not_at_all(sekkei, tmp_path, name):
    (tmp_path / "spec.yaml").write_text("seed: 1\n")

    ended = sekkei("experiment", "run", "spec.yaml", "--out", name)

    assert ended.code == 2
    assert "snapshots can be written as .extxyz or .xyz" in ended.err


def test_one_frame_without_leads_does_not_keep_the_others_back(sekkei, tmp_path) -> None:
    contact = build_contact(CONTACT)
    loose = np.array(contact.positions) * [1.0, 1.0, 1.37]
    loose += np.random.default_rng(1).normal(0.0, 0.4, loose.shape)
    frames = [contact.to_atoms() for _ in range(3)]
    frames[1].positions = loose
    ase.io.write(tmp_path / "three.extxyz", frames, format="extxyz")

    ended = sekkei("label", "three.extxyz", "--find-leads", "--out", "with.extxyz", "--json")

    assert (ended.code, len(ended.out.splitlines())) == (3, 2)
    assert "three.extxyz, frame 1: both ends must repeat" in ended.errors[0]
    assert len(read_junctions(tmp_path / "with.extxyz")) == 2


def test_a_poscar_goes_from_a_box_to_a_label(sekkei, tmp_path) -> None:
    contact = build_contact(CONTACT)
    atoms = contact.to_atoms()
    atoms.positions[:] = atoms.positions[:, [2, 0, 1]] + 10.0
    atoms.cell = [float(np.ptp(atoms.positions[:, 0])) + 12.0, 24.0, 24.0]
    atoms.pbc = True
    ase.io.write(tmp_path / "POSCAR", atoms, format="vasp")

    bare = sekkei("label", "POSCAR", "--labeler", "tight-binding", "--axis", "x")
    found = sekkei("label", "POSCAR", "--find-leads", "--axis", "x", "--out", "with.extxyz")
    label = sekkei("label", "with.extxyz", "--labeler", "tight-binding", "--json")

    assert (bare.code, found.code, label.code) == (2, 0, 0)
    assert "--find-leads" in bare.errors[0]
    assert "POSCAR: a wire in vacuum, of which x has " in found.err


def test_without_a_word_on_the_axis_a_box_stays_one_that_repeats(sekkei, tmp_path) -> None:
    atoms = build_contact(CONTACT).to_atoms()
    atoms.positions[:] += 10.0
    atoms.cell = [24.0, 24.0, float(np.ptp(atoms.positions[:, 2])) + 12.0]
    atoms.pbc = True
    ase.io.write(tmp_path / "POSCAR", atoms, format="vasp")

    found = sekkei("label", "POSCAR", "--find-leads", "--out", "with.extxyz")

    assert 'pbc="T T T"' in (tmp_path / "with.extxyz").read_text()
    assert 'for a wire in a box write pbc="F F F"' in found.err
    assert "or name --axis" in found.err


def test_an_axis_that_is_none_is_named(sekkei, mine) -> None:
    ended = sekkei("label", mine, *CHAIN, "--axis", "w")

    assert (ended.code, "must be x, y or z, but is 'w'" in ended.err) == (2, True)


def test_a_temperature_beyond_the_energies_is_refused_before_the_label(
    sekkei, tmp_path, monkeypatch
) -> None:
    write_junctions(tmp_path / "a.extxyz", [build_contact(CONTACT)])
    monkeypatch.setattr("sekkei.transport.explanation._labelled", None)

    ended = sekkei(
        "label", "a.extxyz", "--labeler", "tight-binding", "--explain", "--temperature", "2000"
    )

    assert (ended.code, "the energies must reach" in ended.err) == (2, True)


def test_a_histogram_is_drawn_over_itself_and_over_nothing_else(sekkei, filled, tmp_path) -> None:
    words = ("histogram", "--lake", filled, "--out", "figures")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "histogram.png").write_bytes(b"of my thesis")

    refused = sekkei(*words)
    kept = (tmp_path / "figures" / "histogram.png").read_bytes()
    (tmp_path / "figures" / "histogram.png").unlink()

    assert (refused.code, kept) == (2, b"of my thesis")
    assert "must not replace what it did not make" in refused.err
    assert (sekkei(*words).code, sekkei(*words).code) == (0, 0)


def test_a_demonstration_moves_into_no_folder_of_another_kind(sekkei, tmp_path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "report.html").write_text("mine")

    ended = sekkei("demo", "--model", "nowhere", "--out", "thesis")

    assert (ended.code, "holds something else" in ended.err) == (2, True)
    assert (tmp_path / "thesis" / "report.html").read_text() == "mine"


def test_a_poscar_cannot_be_imported_but_says_how(sekkei, tmp_path) -> None:
    atoms = build_contact(CONTACT).to_atoms()
    atoms.cell = [24.0, 24.0, 60.0]
    ase.io.write(tmp_path / "POSCAR", atoms, format="vasp")

    ended = sekkei("lake", "import", "POSCAR", "--lake", "lake")

    assert (ended.code, "see what --find-leads proposes" in ended.err) == (2, True)
    assert not (tmp_path / "lake").exists()
