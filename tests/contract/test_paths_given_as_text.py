"""A path may be given as text, or as anything that stands for a path."""

import os

import pytest

from sekkei.lake import Lake
from sekkei.model import load_predictor, read_card, write_card
from sekkei.observe.figures import save
from sekkei.specification import read_specification
from sekkei.structure import ExperimentSpec, read_frames, read_junctions, write_junctions
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec


class Somewhere(os.PathLike[str]):
    """Stands for a path and is none, as files of other libraries do."""

    def __init__(self, path) -> None:
        self._path = str(path)

    def __fspath__(self) -> str:
        return self._path


@pytest.mark.parametrize("kind", [str, Somewhere])
def test_structures_and_specifications_are_found_by_text(tmp_path, kind) -> None:
    contact = build_contact(ContactSpec(electrode="staggered-3", neck_width=1))
    (tmp_path / "spec.yaml").write_text("seed: 4\n")

    write_junctions(kind(tmp_path / "a.extxyz"), [contact])

    assert len(read_junctions(kind(tmp_path / "a.extxyz"))) == 1
    assert len(read_frames(kind(tmp_path / "a.extxyz"))) == 1
    assert read_specification(kind(tmp_path / "spec.yaml"), ExperimentSpec).seed == 4


@pytest.mark.parametrize("kind", [str, Somewhere])
def test_a_lake_is_made_opened_copied_and_filled_by_text(tmp_path, kind) -> None:
    contact = build_contact(ContactSpec(electrode="staggered-3", neck_width=1))
    write_junctions(tmp_path / "a.extxyz", [contact])

    made = Lake.create(kind(tmp_path / "lake"))
    made.import_rows(kind(tmp_path / "a.extxyz"))
    Lake.import_into(kind(tmp_path / "other"), kind(tmp_path / "lake"))
    opened = Lake.open(kind(tmp_path / "other"))
    opened.copy(kind(tmp_path / "copy"))
    opened.export_zarr(kind(tmp_path / "all.zarr"))
    opened.export_extxyz(kind(tmp_path / "b.extxyz"), sorted(opened.keys("snapshot")))
    opened.export_parquet(kind(tmp_path / "b.parquet"), "snapshot")

    assert len(Lake.open_or_create(kind(tmp_path / "copy")).keys("snapshot")) == 1
    assert len(read_junctions(tmp_path / "b.extxyz")) == 1


@pytest.mark.parametrize("kind", [str, Somewhere])
def test_models_cards_and_figures_are_kept_by_text(tmp_path, kind) -> None:
    from matplotlib.figure import Figure

    predictor = load_predictor(kind("data/models/alkali-direct"))

    predictor.save(kind(tmp_path / "model"))
    write_card(kind(tmp_path / "model"), "# A model\n")

    assert load_predictor(kind(tmp_path / "model")).identity == predictor.identity
    assert read_card(kind(tmp_path / "model")).startswith("# A model")
    assert len(save(Figure(), kind(tmp_path), "empty", ("png",))) == 1
