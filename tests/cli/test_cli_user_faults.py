"""Faults that a user ran into: each ends with one line, before there is work to lose."""

import json
import os

import pytest

from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.extxyz import write_junctions

CONTACT = ContactSpec(electrode="staggered-3", neck_width=1)
LABELER = ("--labeler", "tight-binding")


@pytest.fixture
def mine(tmp_path):
    file = tmp_path / "mine.extxyz"
    write_junctions(file, [build_contact(CONTACT)])
    return file


def check(ended, *parts):
    assert (ended.code, ended.out) == (2, "")
    (line,) = ended.err.splitlines()
    for part in parts:
        assert part in line


@pytest.mark.parametrize("option", [LABELER, ("--find-leads",)], ids=["labels", "leads"])
def test_labels_never_replace_the_structures_they_are_of(sekkei, mine, option):
    before = mine.read_bytes()

    ended = sekkei("label", "mine.extxyz", *option, "--out", mine.parent / "." / "mine.extxyz")

    check(ended, "must go into a file of their own", "mine.extxyz")
    assert mine.read_bytes() == before


def test_snapshots_never_replace_their_specification(sekkei, tmp_path):
    (tmp_path / "spec.yaml").write_text("seed: 1\n")

    check(sekkei("experiment", "run", "spec.yaml", "--out", "spec.yaml"), "change the ending")
    assert (tmp_path / "spec.yaml").read_text() == "seed: 1\n"


def writing(mine, lake):
    return {
        "label": ("label", mine, *LABELER, "--out", "no/x.csv"),
        "leads": ("label", mine, "--find-leads", "--out", "no/x.extxyz"),
        "channels": ("channels", mine, *LABELER, "--out", "no/x.csv"),
        "scan": ("electrode", "scan", "staggered-3", *LABELER, "--out", "no/x.png"),
        "csv": ("lake", "export", "no/x.csv", "--lake", lake),
        "parquet": ("lake", "export", "no/x.parquet", "--lake", lake),
        "extxyz": ("lake", "export", "no/x.extxyz", "--lake", lake),
    }


@pytest.mark.parametrize("verb", list(writing(0, 0)))
def test_a_folder_that_is_not_there_is_named_before_the_work(sekkei, mine, filled, verb):
    check(sekkei(*writing(mine, filled)[verb]), "the folder of x.", "no is none; make it first")


@pytest.mark.parametrize("verb", list(writing(0, 0)))
def test_a_folder_that_is_read_only_is_named_before_the_work(
    sekkei, mine, filled, verb, monkeypatch
):
    (mine.parent / "no").mkdir()
    real = os.access  # root may write everywhere: a mode would not do
    monkeypatch.setattr(os, "access", lambda p, mode: mode != os.W_OK and real(p, mode))

    check(sekkei(*writing(mine, filled)[verb]), "must be writable", "is read-only")


@pytest.mark.parametrize(
    ("leads_to", "said"),
    [("away/x.csv", "away is none; make it first"), ("x.csv", "x.csv is a link to itself")],
    ids=["nowhere", "itself"],
)
def test_a_link_that_leads_nowhere_is_named_before_the_work(sekkei, mine, tmp_path, leads_to, said):
    (tmp_path / "x.csv").symlink_to(tmp_path / leads_to)
    (tmp_path / "models").symlink_to(tmp_path / "models")

    check(sekkei("label", mine, *LABELER, "--out", "x.csv"), said)
    assert sekkei("model", "list", "--registry", "models").code == 2


def test_a_link_to_a_new_file_is_followed(sekkei, mine, tmp_path):
    (tmp_path / "x.csv").symlink_to(tmp_path / "real.csv")

    assert sekkei("label", mine, *LABELER, "--out", "x.csv").code == 0
    assert (tmp_path / "real.csv").is_file()


def test_results_do_not_go_into_a_folder_as_if_it_were_a_file(sekkei, mine, tmp_path):
    (tmp_path / "x.csv").mkdir()

    check(sekkei("label", mine, *LABELER, "--out", "x.csv"), "x.csv is a folder")


@pytest.mark.parametrize("folder", ["taken", "taken/deeper"])
@pytest.mark.parametrize("verb", ["histogram", "matrices", "bench"])
def test_a_folder_of_results_that_is_a_file_is_named_before_the_work(
    sekkei, filled, tmp_path, verb, folder
):
    (tmp_path / "taken").write_text("mine")
    words = {
        "histogram": ("histogram", "--lake", filled, "--out", folder),
        "matrices": ("matrices", folder, "--lake", filled, *LABELER),
        "bench": ("bench", "kernel", "--quick", "--out", folder),
    }

    check(sekkei(*words[verb]), "results must go into a folder", "taken is a file")


def test_a_folder_of_results_that_is_not_there_is_made(sekkei, filled, tmp_path):
    assert sekkei("matrices", "a/b", "--lake", filled, *LABELER, "--count", 1).code == 0
    assert len(list((tmp_path / "a" / "b").iterdir())) == 1


HEAD = b"1\nProperties=species:S:1:pos:R:3\n"


@pytest.mark.parametrize("option", [LABELER, ("--find-leads",)], ids=["labels", "leads"])
@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "must hold a structure, but it is empty"),
        (b"0\n\n", "must hold a structure, but a frame is empty"),
        (b"hello\n", "found 'hello' where the number of atoms must stand"),
        (bytes(range(256)), "it is no text"),
        (b"4\nProperties=species:S:1:pos:R:3\nK 0 0 0\n", "promises 4 atoms but has 1"),
        (b"3\n", "it ends within a frame"),
        (HEAD + b"Qq 0 0 0\n", "element 'Qq' is unknown"),
        (HEAD + b"K 0 a 0\n", "could not convert string to float: 'a'"),
    ],
    ids=["empty", "no atom", "junk", "binary", "truncated", "cut", "element", "number"],
)
def test_structures_that_are_none_are_named_with_their_fault(
    sekkei, tmp_path, option, content, part
):
    (tmp_path / "odd.extxyz").write_bytes(content)

    check(sekkei("label", "odd.extxyz", *option), "odd.extxyz must ", part)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "spec.yaml holds nothing"),
        (b"hello\n", "spec.yaml holds the text 'hello'"),
        (b"- 1\n", "spec.yaml holds a list"),
        (b"7\n", "spec.yaml holds the value 7"),
        (b"\x9f\x00", "spec.yaml, line 1: must be YAML in UTF-8, but byte 0x9f at column 1"),
        (
            b"seed: 2020-99-99\n",
            "line 1: '2020-99-99' is no date: month must be in 1..12",
        ),
    ],
    ids=["empty", "text", "list", "number", "binary", "date"],
)
def test_a_specification_that_is_none_is_told_in_plain_words(sekkei, tmp_path, content, part):
    (tmp_path / "spec.yaml").write_bytes(content)

    check(sekkei("experiment", "run", "spec.yaml"), part)


@pytest.mark.parametrize("name", ["a:b", "", "a/b"])
def test_a_name_that_no_registry_keeps_is_refused_before_the_training(sekkei, filled, name):
    check(sekkei("model", "train", "--lake", filled, "--name", name), "the name of a model", name)


def test_a_training_has_at_most_fifty_splits(sekkei, filled):
    ended = sekkei("model", "train", "--lake", filled, "--splits", 51)

    check(ended, "--splits", "less than or equal to 50", "try sekkei model train --help")


def test_more_channels_than_there_can_be(sekkei, mine):
    ended = sekkei("channels", mine, *LABELER, "--count", 99)

    assert ended.code == 2
    assert ended.errors == [
        "sekkei: --count must be 1 to 6, as many channels as there can be, but is 99; try --count 6"
    ]


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        (("lake", "query", "--bogus"), "lake query"),
        (("lake", "drain"), "lake"),
        (("lake", "verify"), "lake verify"),
        (("label", "x.extxyz", "--labeller", "chain"), "label"),
    ],
    ids=["option", "verb", "missing", "no noun"],
)
def test_wrong_usage_points_to_the_help_of_its_own_verb(sekkei, words, verb):
    assert sekkei(*words).err.endswith(f"; try sekkei {verb} --help\n")


def test_matrices_of_a_filter_that_nothing_fits(sekkei, filled, tmp_path):
    ended = sekkei("matrices", tmp_path / "m", "conductance_g0 > 99", "--lake", filled, *LABELER)

    check(ended, "a label must fit 'conductance_g0 > 99', but none does")


def test_the_list_of_benches_comes_as_json_too(sekkei):
    ended = sekkei("bench", "--json")

    assert ended.code == 0
    assert {"name", "measures"} == set(json.loads(ended.out.splitlines()[0]))


def test_json_before_the_name_of_a_bench_is_not_lost_in_silence(sekkei):
    check(sekkei("bench", "--json", "kernel"), "--json must stand behind the name")
