"""A model learns from labels of another one, too, and is never tested on them."""

import json
import shutil

from sekkei.lake import Lake
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.extxyz import write_junctions

QUICKLY = ("--option", "assembly=series", "--option", "epochs=5", "--option", "n_member=2")

CAMPAIGN = """\
name: taught
experiments:
  - count: 4
    template:
      contact: {electrode: staggered-3, neck_width: 1}
      cycles: 1
labels:
  labeler: surrogate
  options: {folder: folder/wise}
  per_experiment: 9
"""


def test_a_saved_model_teaches_another_one_and_tests_nothing(sekkei, filled, tmp_path) -> None:
    shutil.copytree(filled, tmp_path / "lake")
    sekkei("model", "train", "--lake", "lake", "--name", "wise", *QUICKLY)
    sekkei("model", "save", "wise", "folder/wise", "--lake", "lake")
    (tmp_path / "taught.yaml").write_text(CAMPAIGN)
    ran = sekkei("campaign", "run", "taught.yaml", "--lake", "lake", "--serial")
    lake = Lake.open(tmp_path / "lake")
    engines = lake.query("label", (), ("recipe", "engine")).drop_duplicates()
    recipe = {"surrogate" in str(one.engine): str(one.recipe) for one in engines.itertuples()}
    teacher, labels = recipe[True], recipe[False]
    train = ("model", "train", "--lake", "lake", "--recipe", labels, "--teacher")

    taught = sekkei(*train, teacher, "--teacher-weight", "0.5", *QUICKLY, "--json")
    card = sekkei("model", "show", "sekkei", "--lake", "lake", "--card")
    unknown = sekkei(*train, "nobody", *QUICKLY)
    window = sekkei(*train, teacher, "--quantity", "window_conductance_g0", *QUICKLY)
    other = sekkei(*train, teacher, "--family", "hamiltonian")

    n_taught = int((lake.table("label").recipe == teacher).sum())
    n_all = len(lake.table("label"))
    figures = [json.loads(line) for line in taught.out.splitlines()]
    (tested,) = [row["n"] for row in figures if (row["split"], row["model"]) == ("test", "direct")]
    # 3: trained in seconds, it refuses contacts of which it knows nothing.
    assert ran.code in {0, 3}
    assert (taught.code, unknown.code, window.code, other.code) == (0, 2, 2, 2)
    assert 0 < tested < n_all - n_taught
    assert f"| labels or matrices | {n_all} |" in card.out
    assert f"| of them predictions of another model | {n_taught} |" in card.out
    assert "what teaches must be a method of the lake's labels, but 'nobody'" in unknown.errors[0]
    assert "must be of the quantity that is learned" in window.errors[0]
    assert "--teacher is for the family direct, but found hamiltonian" in other.errors[0]


def test_labels_of_a_file_count_as_one_experiment_and_that_is_said(
    sekkei, filled, tmp_path
) -> None:
    thin = ContactSpec(electrode="staggered-3", neck_width=1)
    lengths = (thin.model_copy(update={"neck_length": n}) for n in (1, 2, 3))
    write_junctions(tmp_path / "own.extxyz", [build_contact(spec) for spec in lengths])
    shutil.copytree(filled, tmp_path / "lake")
    sekkei("label", "own.extxyz", "--labeler", "tight-binding", "--out", "labelled.extxyz")
    brought = sekkei("lake", "import", "labelled.extxyz", "--lake", "lake")

    both = sekkei("model", "train", "--lake", "lake", *QUICKLY)
    plain = sekkei("model", "train", "--lake", filled, "--registry", "alone", *QUICKLY)

    assert (brought.code, both.code, plain.code) == (0, 0, 0), both.err
    assert "3 labels are of no experiment" in both.err
    assert "are of no experiment" not in plain.err
