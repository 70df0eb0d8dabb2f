"""Looking for damage in matrices: whether their parts fit together."""

from collections.abc import Iterator

import numpy as np

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.decode import decode_stored
from sekkei.lake.matrix_form import PackedMatrices, PackedRow, count_values


def find_wrong_matrices(reader: ColumnReader) -> Iterator[str]:
    """Yield one line for everything in a row of matrices that contradicts the rest of it.

    The label that they belong to must be of their snapshot and recipe. Elements are results, not
    inputs, so that no key covers them: they must be finite, and as many as the pairs say.
    """
    for i_row in range(reader.n_row("matrix")):  # one at a time: each is some megabytes
        (row,) = decode_stored(reader, "matrix", np.array([i_row]))
        for problem in (*_strange_label(reader, row), *_misfits(row.matrices)):
            yield f"matrix: row {i_row} {problem}"


def _strange_label(reader: ColumnReader, row: PackedRow) -> Iterator[str]:
    at = reader.find("label", np.frombuffer(bytes.fromhex(row.label), np.uint8).reshape(1, 16))
    if at[0] < 0:
        return  # said already: it refers to what is not there
    if reader.take("label", "snapshot", at).tobytes().hex() != row.snapshot:
        yield "must be of the snapshot of its label, but is of another"
    if str(reader.take("label", "recipe", at)[0]) != row.matrices.recipe:
        yield "must be of the recipe of its label, but is of another"


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
    if abs(found.weights.sum() - 1.0) > 1e-9:
        yield f"must have weights that add up to 1, but they add up to {found.weights.sum()}"
