"""Matrices of labelled junctions, made again."""

import json

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.transport.device_labeler import make_device_labeler


def test_a_labeler_without_matrices_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="chain has none; try --labeler gpaw"):
        make_device_labeler("chain")


def test_matrices_of_a_model_come_with_their_label(sekkei, filled, tmp_path) -> None:
    out, asked = tmp_path / "matrices", ("--lake", filled, "--labeler", "tight-binding")

    ended = sekkei("matrices", out, *asked, "--count", "3", "--json")
    again = sekkei("matrices", out, *asked, "--count", "3", "--json")

    assert ended.code == again.code == 0
    assert ended.out == again.out
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert len(rows) == 3
    table = Lake.open(filled).query("label", (), ["snapshot", "conductance_g0"])
    stored = dict(zip(table["snapshot"], table["conductance_g0"], strict=True))
    for row in rows:
        with np.load(row["file"], allow_pickle=False) as kept:
            n_orbital = len(kept["hamiltonian_ev"])
            assert kept["overlap"].shape == (n_orbital, n_orbital)
            assert kept["orbital_atom"].max() + 1 == len(kept["device_positions_angstrom"])
            assert float(kept["conductance_g0"]) == stored[row["snapshot"]]
            (at,) = np.flatnonzero(kept["energy_ev"] == 0.0)
            assert kept["transmission"][at] == kept["conductance_g0"]


def test_labels_of_another_recipe_have_no_matrices_to_be_made(sekkei, filled, tmp_path) -> None:
    other = ("--labeler", "tight-binding", "--option", "decay=0.2")

    ended = sekkei("matrices", tmp_path / "matrices", "--lake", filled, *other)

    assert ended.code == 2
    assert "but none of the 24 that match are; name the --labeler and --option" in ended.err


@pytest.mark.slow
def test_matrices_give_the_label_again(tmp_path, sekkei) -> None:
    spec = tmp_path / "campaign.yaml"
    spec.write_text(
        "name: two\nexperiments:\n  - count: 1\n    template: {cycles: 1, potential: gupta, "
        "contact: {electrode: staggered-3, neck_width: 2}}\n"
        "labels: {labeler: gpaw, per_experiment: 2}\n"
    )
    lake, out = tmp_path / "lake", tmp_path / "matrices"
    sekkei("campaign", "run", str(spec), "--lake", str(lake), "--serial")

    sekkei("matrices", str(out), "--lake", str(lake), "--count", "1")

    (file,) = out.glob("*.npz")
    with np.load(file, allow_pickle=False) as kept:
        hamiltonian, overlap = kept["hamiltonian_ev"], kept["overlap"]
        assert hamiltonian.shape == overlap.shape
        assert len(hamiltonian) % 9 == 0
        assert np.abs(overlap - overlap.T).max() < 1e-12
        assert -4.0 < kept["fermi_level_ev"] < 0.0
        found = float(kept["conductance_g0"])
    table = Lake.open(lake).query("label", (), ["snapshot", "conductance_g0"])
    assert found == table.set_index("snapshot")["conductance_g0"][file.stem]
