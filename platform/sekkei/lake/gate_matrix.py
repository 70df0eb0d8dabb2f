"""What must hold of matrices: whether their parts fit together."""

from collections.abc import Iterator

import numpy as np

from sekkei.lake.gate import Fault
from sekkei.lake.matrix_form import PackedMatrices, PackedRow, count_values
from sekkei.lake.record import label_key


def find_matrix_faults(i_row: int, row: PackedRow) -> Iterator[Fault]:
    """Yield what contradicts the rest of a row of matrices.

    The label that they belong to must be of their snapshot and recipe. Elements are results, not
    inputs, so that no key covers them: they must be finite, and as many as the pairs say.
    """
    # The key of a label is made of both: it need not be read.
    if label_key(row.snapshot, row.matrices.recipe) != row.label:
        text = "must be of the snapshot and the recipe of its label, but is of another"
        yield Fault("matrix", i_row, row.key, "", text)
    for text in _misfits(row.matrices):
        yield Fault("matrix", i_row, row.key, "", text)


def _misfits(found: PackedMatrices) -> Iterator[str]:
    n_atom, n_k = found.numbers.size, len(found.k_points)
    if ((found.first < 0) | (found.first > found.second) | (found.second >= n_atom)).any():
        yield f"must have pairs of its {n_atom} atoms, the first not after the second"
        return
    expected = n_k * count_values(found.n_orbital, found.first, found.second)
    if found.overlap.size != expected:
        yield f"must have {expected} elements, but has {found.overlap.size}"
    values = (found.hamiltonian, found.overlap)
    imaginary = (found.hamiltonian_imaginary, found.overlap_imaginary)
    if not all(np.isfinite(part).all() for part in (*values, *imaginary, found.positions)):
        yield "must have finite elements and positions only"
    if not found.k_points.any() and any(part.any() for part in imaginary):
        yield "must be real, for its only k-point is the zone centre"
    if not abs(found.weights.sum() - 1.0) <= 1e-9:
        yield f"must have weights that add up to 1, but they add up to {found.weights.sum()}"
