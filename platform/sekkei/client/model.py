"""Models of a service: those of its registry, and what they predict."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ase.data import chemical_symbols
from pydantic import TypeAdapter

from sekkei.client.channel import Channel
from sekkei.model.each import StructurePrediction
from sekkei.model.lookup import find_version
from sekkei.model.registry import RegistryRow, StoredEvaluation
from sekkei.structure.files import read_junctions
from sekkei.structure.junction import Junction

_AT_ONCE = 100
_PREDICTIONS = TypeAdapter(list[StructurePrediction])


@dataclass(frozen=True, slots=True)
class ServedPrediction:
    """What a model of a service says of some structures."""

    name: str
    """Name of the model."""

    version: int
    """Number of the version."""

    identity: str
    """Identity of the model."""

    quantity: str
    """Which conductance it predicts."""

    predictions: tuple[StructurePrediction, ...]
    """One for each structure, in order."""


class RemoteModels:
    """The registered models of a service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def list(self) -> Sequence[RegistryRow]:
        """Return every version of every model, by name and number."""
        return [_row(found) for found in self._channel.get("/v1/models")["models"]]

    def find(self, model: str) -> RegistryRow:
        """Return the version that a user means; see `sekkei.model.find_model`.

        Raises
        ------
        InvalidInputError
            If there is none.
        """
        return find_version(self.list(), model)

    def card(self, model: str) -> str:
        """Return the card of a model, as Markdown.

        Raises
        ------
        InvalidInputError
            If there is no such model, or it has none.
        """
        return str(self._channel.get(f"/v1/models/{quote(model)}/card")["card"])

    def predict(
        self, model: str, structures: "Sequence[Junction] | str | os.PathLike[str]"
    ) -> ServedPrediction:
        """Predict structures on the service, which keeps none of them.

        Parameters
        ----------
        model
            ``NAME``, ``NAME:VERSION``, ``NAME:ALIAS`` or an identity.
        structures
            Junctions, or a file that `sekkei.structure.read_junctions` reads.

        Raises
        ------
        InvalidInputError
            If there is no such model, or no structure.
        """
        given = structures
        junctions = read_junctions(Path(given)) if isinstance(given, str | os.PathLike) else given
        row = self.find(model)
        # Always the version that was found: an alias may be moved between two uploads.
        path = f"/v1/models/{quote(f'{row.name}:{row.version}')}/predict"
        found: list[StructurePrediction] = []
        about: Mapping[str, Any] = {}
        for start in range(0, len(junctions), _AT_ONCE):
            some = junctions[start : start + _AT_ONCE]
            about = self._channel.post(path, _extxyz(some).encode(), "chemical/x-extxyz")
            rows = [row | {"frame": start + row["frame"]} for row in about["predictions"]]
            found += _PREDICTIONS.validate_python(rows)
        quantity = str(about.get("quantity", row.quantity))
        return ServedPrediction(row.name, row.version, row.identity, quantity, tuple(found))


def _row(found: Mapping[str, Any]) -> RegistryRow:
    evaluation = found["evaluation"]
    changed = {
        "aliases": tuple(found["aliases"]),
        "promotions": tuple(found["promotions"]),
        "created": datetime.fromisoformat(found["created"]).timestamp(),
        "evaluation": None if evaluation is None else StoredEvaluation(**evaluation),
    }
    return RegistryRow(**{**found, **changed})


def _extxyz(junctions: Sequence[Junction]) -> str:
    # ASE writes eight digits after the point; a prediction here and there shall be the same.
    return "".join(line for junction in junctions for line in _frame(junction))


def _frame(junction: Junction) -> "list[str]":
    columns = "Properties=species:S:1:pos:R:3:region:I:1"
    header = f"{columns} electrode_period_angstrom={junction.electrode_period!r}"
    if junction.lateral_period is not None:
        x, y = junction.lateral_period
        height = float(junction.positions[:, 2].max() - junction.positions[:, 2].min())
        header += f' Lattice="{x!r} 0 0 0 {y!r} 0 0 0 {height!r}" pbc="T T F"'
    rows = zip(
        junction.numbers.tolist(),
        junction.positions.tolist(),
        junction.regions.tolist(),
        strict=True,
    )
    atoms = [f"{chemical_symbols[z]} {x!r} {y!r} {h!r} {r}\n" for z, (x, y, h), r in rows]
    return [f"{junction.n_atom}\n{header}\n", *atoms]
