"""From pairs of labels to errors by range of conductance, rows and points of figures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.bench.conductance_range import RANGES_G0
from sekkei.bench.kept import KeptLabel
from sekkei.bench.result import Row
from sekkei.observe.figures.accuracy import CostPoint, LabelPairs, RangeDeviation
from sekkei.shapes import Float

FEW_G0, MANY_G0, TURN_G0 = 0.03, 0.06, 1.5
"""Mean absolute errors that are aimed at below and above the third."""

DEFAULT = "default against reference"
SMALL = "basis sp against reference"
MANY = "default against many electrons"
VARIED = "one setting against default"
CHANGED = "one setting against reference"


@dataclass(frozen=True, slots=True)
class Pair:
    """One contact, labelled twice."""

    name: str
    """Element and electrode."""

    frame: int
    """Position in its experiment."""

    n_atom: int
    """Atoms with the grips of the experiment; labels add leads to these."""

    found: KeptLabel
    """By the default recipe."""

    reference: KeptLabel
    """By the converged one."""


def range_rows(pairs: Sequence[Pair], table: str = DEFAULT) -> Iterator[Row]:
    """Return errors by range, of all, and by kind of contact; aims are the default's."""
    for row in _range_rows(pairs):
        aims = {} if table in (DEFAULT, MANY) else {"target_met": None}
        yield {**row, "table": table, **aims}


def _range_rows(pairs: Sequence[Pair]) -> Iterator[Row]:
    for low, high in RANGES_G0:
        name = f"{low:g} to {high:g} G0" if np.isfinite(high) else f"above {low:g} G0"
        yield from _row(name, _within(pairs, low, high), _target(low))
    yield from _row("all", pairs, None)
    for name in dict.fromkeys(pair.name for pair in pairs):
        yield from _row(name, [pair for pair in pairs if pair.name == name], None)


def variation_row(table: str, name: str, pairs: Sequence[tuple[KeptLabel, KeptLabel]]) -> Row:
    """Return how far labels with one changed setting are from others: these second in each pair."""
    (row,) = _row(name, [Pair("", 0, 0, *pair) for pair in pairs], None)
    return {**row, "table": table}


def cost_points(rows: Iterable[Row]) -> list[CostPoint]:
    """Return error against cost of the settings that were compared with the reference."""
    return [
        CostPoint(row["what"], row["cpu_s"], row["mae_g0"])
        for row in rows
        if row["table"] == CHANGED
    ]


def range_errors(pairs: Sequence[Pair]) -> list[RangeDeviation]:
    """Return mean and spread for each range that holds a contact."""
    found = []
    for low, high in RANGES_G0:
        within = _within(pairs, low, high)
        if within:
            error = _errors(within)
            found.append(
                RangeDeviation(low, high, float(error.mean()), float(error.std()), _target(low))
            )
    return found


def label_pairs(pairs: Sequence[Pair]) -> list[LabelPairs]:
    """Return the same by element and electrode, contacts of two elements together."""
    found = [(_alike(pair.name), pair) for pair in pairs]
    names = dict.fromkeys(name for name, _ in found)
    grouped = [[pair for name, pair in found if name == wanted] for wanted in names]
    return [
        LabelPairs(
            name,
            np.array([pair.reference.conductance for pair in group]),
            np.array([pair.found.conductance for pair in group]),
        )
        for name, group in zip(names, grouped, strict=True)
    ]


def _alike(name: str) -> str:
    """Leave out which elements are mixed: a figure has colours for six kinds of contacts."""
    _, within, rest = name.partition(" in ")
    return f"alloyed {rest.split()[-1]}" if within else name


def _target(low: float) -> float:
    return FEW_G0 if low < TURN_G0 else MANY_G0


def _within(pairs: Iterable[Pair], low: float, high: float) -> list[Pair]:
    return [pair for pair in pairs if low <= pair.reference.conductance < high]


def _errors(pairs: Sequence[Pair]) -> Float[np.ndarray, " contact"]:
    return np.array([pair.found.conductance - pair.reference.conductance for pair in pairs])


def _row(name: str, pairs: Sequence[Pair], target: float | None) -> Iterator[Row]:
    if not pairs:
        return
    error = _errors(pairs)
    window = np.array([pair.found.window - pair.reference.window for pair in pairs])
    mean = float(np.abs(error).mean())
    yield {
        "table": DEFAULT,
        "what": name,
        "n": len(pairs),
        "mae_g0": mean,
        "max_g0": float(np.abs(error).max()),
        "bias_g0": float(error.mean()),
        "window_mae_g0": float(np.abs(window).mean()),
        "window_max_g0": float(np.abs(window).max()),
        "window_bias_g0": float(window.mean()),
        "cpu_s": float(np.mean([pair.found.cpu_seconds for pair in pairs])),
        "reference_cpu_s": float(np.mean([pair.reference.cpu_seconds for pair in pairs])),
        "target_met": None if target is None else mean <= target,
    }
