"""Whether keys are what the rows say: every content hash, computed again."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sekkei.identity import content_hash
from sekkei.lake.record import (
    label_key,
    matrix_key,
    prediction_key,
    refused_again_key,
    withdrawal_key,
)
from sekkei.lake.table import lengths_of, plain

Blocks = Mapping[str, Any]

_MOST_AGAIN = 1000
"""Reasons that one work was refused for, one after the other: more are not looked for."""


def wrong_keys(table: str, blocks: Blocks) -> Iterator[tuple[int, str, str]]:
    """Yield every row whose key is not the hash of what it says.

    A single flipped bit in a position, a recipe or a specification shows here. Conductances are
    results, not inputs, so that no key covers them; proposals have keys of their own making.
    """
    if table not in _COMPUTED:
        return
    stored = plain(blocks[f"{table}/key"])
    for i_row, (key, computed) in enumerate(zip(stored, _COMPUTED[table](blocks), strict=True)):
        if key != computed:
            yield i_row, "key", f"is {key}, but what the row says gives {computed}"


def _columns(blocks: Blocks, table: str, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(plain(blocks[f"{table}/{name}"]) for name in names), strict=True)


def _experiments(blocks: Blocks) -> Iterator[str]:
    # What was hashed is the specification of its day: a model of today may have more fields.
    for spec, engine in _columns(blocks, "experiment", ("spec", "engine")):
        try:
            yield content_hash("experiment", json.loads(spec), engine)
        except ValueError:  # digits without end are one, too
            yield "none, because its specification is not JSON"
        except RecursionError:
            yield "none, because its specification is nested too deeply"


def _snapshots(blocks: Blocks) -> Iterator[str]:
    numbers, regions = (blocks[f"atom/{name}"].astype(np.int64) for name in ("number", "region"))
    positions = blocks["atom/position"]
    ends = np.cumsum(blocks["snapshot/n_atom"]).tolist()
    starts = [0, *ends[:-1]]
    names = ("experiment", "frame", "electrode_period_angstrom", "lateral_period_angstrom")
    columns = (plain(blocks[f"snapshot/{name}"]) for name in names[:3])
    across = blocks["snapshot/lateral_period_angstrom"].tolist()
    for start, end, row in zip(starts, ends, zip(*columns, across, strict=True), strict=True):
        experiment, frame, period, (x, y) = row
        atoms = slice(start, end)
        yield content_hash(
            "snapshot",
            experiment,
            max(frame, 0),  # as `sekkei.structure.experiment.snapshot_key`
            numbers[atoms],
            positions[atoms],
            regions[atoms],
            period,
            *(() if np.isnan(x) else ((x, y),)),
        )


def _labels(blocks: Blocks) -> Iterator[str]:
    return (label_key(*row) for row in _columns(blocks, "label", ("snapshot", "recipe")))


def _refusals(blocks: Blocks) -> Iterator[str]:
    names = ("key", "subject", "recipe", "stage")
    for key, subject, recipe, stage in _columns(blocks, "refusal", names):
        label = label_key(subject, recipe)
        first = again = matrix_key(label) if stage == "matrix" else label
        for _ in range(_MOST_AGAIN):
            if again == key:
                break
            again = refused_again_key(again)
        yield again if again == key else first


def _predictions(blocks: Blocks) -> Iterator[str]:
    rows = _columns(blocks, "prediction", ("snapshot", "model"))
    return (prediction_key(*row) for row in rows)


def _matrices(blocks: Blocks) -> Iterator[str]:
    return (matrix_key(label) for (label,) in _columns(blocks, "matrix", ("label",)))


def _conflicts(blocks: Blocks) -> Iterator[str]:
    spectra = [blocks[f"conflict/{name}"] for name in ("energy_ev", "transmission")]
    widths = [lengths_of(padded).tolist() for padded in spectra]
    rows = _columns(blocks, "conflict", ("label", "conductance_g0"))
    for i_row, (label, conductance) in enumerate(rows):
        cut = (padded[i_row, : n[i_row]] for padded, n in zip(spectra, widths, strict=True))
        yield content_hash("conflict", label, conductance, *cut)


def _withdrawals(blocks: Blocks) -> Iterator[str]:
    rows = _columns(blocks, "withdrawal", ("table", "subject", "ordinal", "action"))
    return (withdrawal_key(*row) for row in rows)


_COMPUTED: Mapping[str, Callable[[Blocks], Iterator[str]]] = {
    "experiment": _experiments,
    "snapshot": _snapshots,
    "label": _labels,
    "refusal": _refusals,
    "prediction": _predictions,
    "matrix": _matrices,
    "conflict": _conflicts,
    "withdrawal": _withdrawals,
}
