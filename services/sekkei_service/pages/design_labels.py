"""What was labelled or measured of a design, with the label of the lake that it is."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sekkei.design import DesignState, Observation
from sekkei.design.outcome import as_asked
from sekkei.design.warm_start import candidate_of
from sekkei.lake import Lake
from sekkei.lake.keys import key_bytes
from sekkei.lake.schema import ELEMENTS

_OF_PROPOSALS = (
    "label", "verified_g0", "parameters", *(f"fraction_{symbol}" for symbol in ELEMENTS),
)  # fmt: skip
_OF_SNAPSHOTS = ("key", "snapshot", "conductance_g0", "engine")
_Labels = dict[tuple[str, float], tuple[str, str]]  # of a candidate, or of a snapshot


def verified_rows(state: DesignState, lake: Lake | None) -> list[dict[str, Any]]:
    """Return what was seen by others than the surrogate.

    Parameters
    ----------
    state
        Says that something is a label, and not what computed it.
    lake
        Names the label and its engine, if it keeps the proposal; both are empty if it does not.
    """
    seen = [one for one in state.observations if one.source != "surrogate"]
    numbers = {one.conductance_g0 for one in seen if one.source == "dft"}
    labels: _Labels = {}
    if lake is not None and numbers:
        labels |= _labels_of_snapshots(lake, seen)
        labels |= _labels(lake, numbers)
    return [_row(state, one, labels) for one in seen]


def _row(state: DesignState, seen: Observation, labels: _Labels) -> dict[str, Any]:
    known = labels if seen.source == "dft" else {}
    of_candidate = known.get((seen.candidate.key, seen.conductance_g0), ("", ""))
    label, engine = known.get((_snapshot_of(seen), seen.conductance_g0), of_candidate)
    is_hit = state.spec.target.contains(as_asked(state.spec, seen).conductance_g0)
    return {"seen": seen, "label": label, "engine": engine, "is_hit": is_hit}


def _snapshot_of(seen: Observation) -> str:
    """Return the snapshot that a warm start took its label of; empty if it is of no warm start."""
    head, _, key = seen.structure.partition(" ")
    return key if head == "snapshot" else ""


def _labels_of_snapshots(lake: Lake, seen: Sequence[Observation]) -> _Labels:
    wanted = {key for one in seen if (key := _snapshot_of(one))}
    if not wanted:
        return {}
    frame = lake.query("label", columns=_OF_SNAPSHOTS)
    return {
        (row["snapshot"], max(0.0, row["conductance_g0"])): (row["key"], row["engine"])
        for row in frame[frame["snapshot"].isin(wanted)].to_dict("records")
    }


def _labels(lake: Lake, numbers: set[float]) -> Iterator[tuple[tuple[str, float], tuple[str, str]]]:
    """Yield the labels of proposals, by candidate and conductance: the state keeps no more."""
    rows = [
        row | {"conductance_g0": conductance}
        for row in lake.selection("proposal", ("label IS KNOWN",), _OF_PROPOSALS).records()
        if (conductance := max(0.0, row["verified_g0"])) in numbers
    ]
    keys = [row["label"] for row in rows]
    engines = lake.reader.take("label", "engine", lake.reader.find("label", key_bytes(keys)))
    for row, engine in zip(rows, np.asarray(engines).tolist(), strict=True):
        if engine:
            about = (candidate_of(row).key, row["conductance_g0"])
            yield about, (row["label"], engine)
