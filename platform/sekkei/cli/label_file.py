"""Files of labels: each label is in its file before the next one is computed."""

import csv
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sekkei.structure.junction import Junction
    from sekkei.transport.labeler import Label

KINDS = (".extxyz", ".csv")


class LabelFile:
    """Counts labels and writes them as they come; a reader finds whole labels only.

    The file is made with the first label: where all are refused, nothing is replaced.
    """

    def __init__(self, path: Path | None) -> None:
        self.n_label = 0
        self._path = path

    def append(
        self, frame: int, junction: "Junction", found: "Label", row: Mapping[str, Any]
    ) -> None:
        """Count one label and add it to the file, if there is one, with a row for its header."""
        is_first = not self.n_label
        self.n_label += 1
        if self._path is None:
            return
        if self._path.suffix == ".csv":
            text = _spectrum(frame, found, has_head=is_first)
        else:
            text = _structure(junction, row)
        # Unbuffered, so that a label is one write: there is no half of one to be read.
        with self._path.open("wb" if is_first else "ab", buffering=0) as stream:
            stream.write(text.encode())


def _structure(junction: "Junction", row: Mapping[str, Any]) -> str:
    from sekkei.structure.extxyz import extxyz_text

    atoms = junction.to_atoms()
    atoms.info |= row
    return extxyz_text([atoms])


def _spectrum(frame: int, found: "Label", *, has_head: bool) -> str:
    text = StringIO(newline="")
    table = csv.writer(text)
    if has_head:
        table.writerow(["frame", "energy_ev", "transmission"])
    for energy, value in zip(found.energies, found.transmission, strict=True):
        table.writerow([frame, float(energy), float(value)])
    return text.getvalue()
