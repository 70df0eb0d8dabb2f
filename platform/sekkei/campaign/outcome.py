"""Labels and refusals, read back from the lake as the labeler gave them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from sekkei.lake import Lake, label_key
from sekkei.transport.labeler import Label, Outcome, Refusal

_COLUMNS = {
    "conductance": "conductance_g0",
    "window_conductance": "window_conductance_g0",
    "window": "window_ev",
    "n_channel": "n_channel",
    "fermi_level": "fermi_level_ev",
    "recipe": "recipe",
    "engine": "engine",
    "cpu_seconds": "cpu_seconds",
    "iterations": "iterations",
}


def read_outcomes(lake: Lake, snapshots: Sequence[str], recipe: str) -> tuple[Outcome, ...]:
    """Read label or refusal of each snapshot by one method.

    Raises
    ------
    KeyError
        If the lake holds neither; see `sekkei.campaign.stages.missing_labels`.
    """
    keys = [label_key(snapshot, recipe) for snapshot in snapshots]
    labels = _rows(lake.table("label"), keys)
    refusals = _rows(lake.table("refusal"), keys)
    energies, transmissions = lake.transmissions(list(labels))
    energies.setflags(write=False)
    outcomes: dict[str, Outcome] = {key: _refusal(row) for key, row in refusals.items()}
    for (key, row), transmission in zip(labels.items(), transmissions, strict=True):
        outcomes[key] = _label(row, energies, transmission.copy())
    return tuple(outcomes[key] for key in keys)


def _rows(table: pd.DataFrame, keys: Sequence[str]) -> dict[str, Any]:
    chosen = table[table["key"].isin(keys)]
    return {row["key"]: row for row in chosen.to_dict("records")}


def _label(row: Mapping[str, Any], energies: np.ndarray, transmission: np.ndarray) -> Label:
    transmission.setflags(write=False)
    scalars = {field: row[column] for field, column in _COLUMNS.items()}
    return Label(energies=energies, transmission=transmission, **scalars)


def _refusal(row: Mapping[str, Any]) -> Refusal:
    return Refusal(**{field.name: row[field.name] for field in fields(Refusal)})
