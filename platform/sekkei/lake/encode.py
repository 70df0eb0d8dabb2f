"""From rows to columns: what a batch looks like as arrays."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import nan
from typing import Any

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.lake.keys import key_bytes
from sekkei.lake.record import (
    Batch,
    ExperimentRow,
    LabelRow,
    PredictionRow,
    ProposalRow,
    RefusalRow,
    SnapshotRow,
)
from sekkei.lake.schema import ELEMENTS, Column, columns
from sekkei.provenance import Provenance
from sekkei.specification import parse_specification
from sekkei.structure.experiment import ExperimentSpec

Row = ExperimentRow | SnapshotRow | LabelRow | RefusalRow | PredictionRow | ProposalRow


def rows_by_table(batch: Batch) -> dict[str, tuple[Row, ...]]:
    """Return the rows of a batch under the names of their tables."""
    return {
        "experiment": batch.experiments,
        "snapshot": batch.snapshots,
        "label": batch.labels,
        "refusal": batch.refusals,
        "prediction": batch.predictions,
        "proposal": batch.proposals,
    }


def encode(rows: Mapping[str, Sequence[Any]], first_atom: int) -> dict[str, np.ndarray]:
    """Turn rows into one array per column.

    Parameters
    ----------
    rows
        Rows of each table; tables without rows may be absent.
    first_atom
        Number of atoms that the lake holds already: the offset of the first new snapshot.

    Returns
    -------
    dict
        Arrays by path, like ``label/conductance_g0``; the first axis is the row.

    Raises
    ------
    InvalidInputError
        If a key is not 32 hexadecimal digits, a specification does not fit, an element has no
        place in the composition, or a whole number does not fit into 64 bits.
    """
    blocks: dict[str, np.ndarray] = {}
    for table, found in rows.items():
        if found:
            made = [_FIELDS[table](row) for row in found]
            for column in columns(table):
                if column.name != "offset":
                    values = [row[column.name] for row in made]
                    blocks[f"{table}/{column.name}"] = _array(column, values)
    if rows.get("snapshot"):
        blocks |= _atoms(rows["snapshot"], first_atom)
    return blocks


def _array(column: Column, values: list[Any]) -> np.ndarray:
    if column.kind == "key":
        return key_bytes(values, may_be_empty=column.name != "key")
    if column.kind == "string":
        return np.array(values, dtype=np.dtypes.StringDType())
    if column.grows:
        return _padded(values)
    try:
        return np.array(values, dtype=column.kind)
    except OverflowError as error:
        raise InvalidInputError(
            f"{column.name} must fit into 64 bits, but found {max(values, key=abs)}"
        ) from error


def _padded(spectra: list[np.ndarray]) -> np.ndarray:
    padded = np.full((len(spectra), max(row.size for row in spectra)), np.nan)
    for i_row, row in enumerate(spectra):
        padded[i_row, : row.size] = row
    return padded


def _atoms(rows: Sequence[SnapshotRow], first_atom: int) -> dict[str, np.ndarray]:
    junctions = [row.snapshot.junction for row in rows]
    ends = first_atom + np.cumsum([junction.n_atom for junction in junctions])
    return {
        "snapshot/offset": np.concatenate([[first_atom], ends[:-1]]).astype(np.int64),
        "atom/number": np.concatenate([j.numbers for j in junctions]).astype(np.uint8),
        "atom/position": np.concatenate([j.positions for j in junctions]),
        "atom/region": np.concatenate([j.regions for j in junctions]).astype(np.int8),
    }


def _provenance(found: Provenance) -> dict[str, Any]:
    return {
        "node": found.node,
        "started_unix_s": found.started,
        "finished_unix_s": found.finished,
        "task_cpu_seconds": found.cpu_seconds,
        "code_version": found.code_version,
    }


def _fractions(composition: Mapping[str, float]) -> list[float]:
    unknown = sorted(set(composition) - set(ELEMENTS))
    if unknown:
        raise InvalidInputError(
            f"a composition must be of {', '.join(ELEMENTS)}, but found {', '.join(unknown)}"
        )
    return [float(composition.get(symbol, 0.0)) for symbol in ELEMENTS]


def _experiment(row: ExperimentRow) -> dict[str, Any]:
    try:
        raw = json.loads(row.spec)
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"the specification of an experiment must be JSON, but: {error}"
        ) from error
    spec = parse_specification(raw, ExperimentSpec)
    return {
        "key": row.key,
        "spec": row.spec,
        "engine": row.engine,
        "electrode": spec.contact.electrode,
        "electrode_element": spec.contact.lead_element,
        "potential": spec.potential,
        "seed": spec.seed,
        "contact_seed": spec.contact.seed,
        "temperature_k": spec.temperature_k,
        "composition": _fractions(spec.contact.composition),
        **_provenance(row.provenance),
    }


def _snapshot(row: SnapshotRow) -> dict[str, Any]:
    snapshot = row.snapshot
    return {
        "key": row.key,
        "experiment": row.experiment,
        "n_atom": snapshot.junction.n_atom,
        "electrode_period_angstrom": snapshot.junction.electrode_period,
        "frame": snapshot.frame,
        "cycle": snapshot.cycle,
        "stage": snapshot.stage,
        "displacement_angstrom": snapshot.displacement,
        "narrowest_angstrom2": snapshot.narrowest,
        "lateral_period_angstrom": snapshot.junction.lateral_period or (nan, nan),
    }


def _label(row: LabelRow) -> dict[str, Any]:
    label = row.label
    return {
        "key": row.key,
        "snapshot": row.snapshot,
        "conductance_g0": label.conductance,
        "window_conductance_g0": label.window_conductance,
        "window_ev": label.window,
        "n_channel": label.n_channel,
        "fermi_level_ev": label.fermi_level,
        "recipe": label.recipe,
        "engine": label.engine,
        "cpu_seconds": label.cpu_seconds,
        "iterations": label.iterations,
        "energy_ev": label.energies,
        "transmission": label.transmission,
        "eigenchannels": label.eigenchannels,
        "rung": label.rung,
        **_provenance(row.provenance),
    }


def _refusal(row: RefusalRow) -> dict[str, Any]:
    return {
        "key": row.key,
        "subject": row.subject,
        "stage": row.stage,
        "kind": row.refusal.kind,
        "message": row.refusal.message,
        "recipe": row.refusal.recipe,
        "cpu_seconds": row.refusal.cpu_seconds,
        **_provenance(row.provenance),
    }


def _prediction(row: PredictionRow) -> dict[str, Any]:
    return _own_fields(row) | _provenance(row.provenance)


def _proposal(row: ProposalRow) -> dict[str, Any]:
    composition = {"composition": _fractions(row.composition)}
    return _own_fields(row) | composition | _provenance(row.provenance)


def _own_fields(row: PredictionRow | ProposalRow) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}


_FIELDS: dict[str, Any] = {
    "experiment": _experiment,
    "snapshot": _snapshot,
    "label": _label,
    "refusal": _refusal,
    "prediction": _prediction,
    "proposal": _proposal,
}
