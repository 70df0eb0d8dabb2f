"""Labels of one structure and one recipe that contradict each other."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import zarr

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.encode import encode
from sekkei.lake.gate import equally_wide
from sekkei.lake.imports import stored_blocks
from sekkei.lake.keys import key_bytes
from sekkei.lake.record import ConflictRow, LabelRow, conflict_key
from sekkei.lake.schema import RAGGED
from sekkei.shapes import Bool

AGREEMENT_G0 = 1e-3
"""How far two labels of one structure and recipe may differ, in conductance and in T(E) where their
energies are the same, and still say the same. Two machines differ by rounding, which is far less;
files that people exchange are rounded, too."""


def find_conflicts(root: zarr.Group, again: Sequence[LabelRow]) -> list[ConflictRow]:
    """Return those of some labels that contradict what a lake holds under their keys.

    Parameters
    ----------
    root
        The lake.
    again
        Labels whose keys it holds.
    """
    if not again:
        return []
    rows = ColumnReader(root).find("label", key_bytes([row.key for row in again]))
    stored = stored_blocks(root, "label", rows, dict.fromkeys(RAGGED, 0))
    return _contradicting(stored, again)


def find_conflicts_within(pairs: Sequence[tuple[LabelRow, LabelRow]]) -> list[ConflictRow]:
    """Return those of the second labels that contradict the first, which is of the same key."""
    pairs = [(first, second) for first, second in pairs if first is not second]
    if not pairs:
        return []
    first = encode({"label": [one for one, _ in pairs]}, {})
    return _contradicting(first, [second for _, second in pairs])


def contradicts(first: Mapping[str, Any], second: Mapping[str, Any]) -> Bool[np.ndarray, " label"]:
    """Say which of some labels say something else than others, row by row of their columns."""
    differs: np.ndarray = (
        np.abs(first["label/conductance_g0"] - second["label/conductance_g0"]) > AGREEMENT_G0
    )
    energies = equally_wide(first["label/energy_ev"], second["label/energy_ev"])
    spectra = equally_wide(first["label/transmission"], second["label/transmission"])
    width = min(energies[0].shape[1], spectra[0].shape[1])
    is_same = (energies[0] == energies[1])[:, :width]
    far = np.abs(spectra[0] - spectra[1])[:, :width] > AGREEMENT_G0
    found: np.ndarray = differs | (is_same & far).any(axis=1)
    return found


def _contradicting(stored: Mapping[str, Any], again: Sequence[LabelRow]) -> list[ConflictRow]:
    where = contradicts(stored, encode({"label": again}, {}))
    chosen = [again[i] for i in np.flatnonzero(where).tolist()]
    return [
        ConflictRow(conflict_key(row.key, row.label), row.key, row.label, row.provenance)
        for row in chosen
    ]
