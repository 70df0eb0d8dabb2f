"""Matrices of labelled junctions, made again."""

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.transport.plugins import make_matrix_labeler


def test_a_labeler_without_matrices_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="chain has none; try --labeler gpaw"):
        make_matrix_labeler("chain")


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
