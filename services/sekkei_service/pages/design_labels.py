"""What was labelled or measured of a design, with the label of the lake that it is."""

from collections.abc import Iterator
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
    labels = dict(_labels(lake, numbers)) if lake is not None and numbers else {}
    return [_row(state, one, labels) for one in seen]


def _row(
    state: DesignState, seen: Observation, labels: dict[tuple[str, float], tuple[str, str]]
) -> dict[str, Any]:
    known = labels if seen.source == "dft" else {}
    label, engine = known.get((seen.candidate.key, seen.conductance_g0), ("", ""))
    is_hit = state.spec.target.contains(as_asked(state.spec, seen).conductance_g0)
    return {"seen": seen, "label": label, "engine": engine, "is_hit": is_hit}


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
