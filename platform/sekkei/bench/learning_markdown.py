"""The tables of the benchmark of learning as markdown: in short for a page, then in full."""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sekkei.bench import learning_cost, learning_coverage
from sekkei.bench.learning_splits import FRAMES, LABELS, MATRICES, REFERENCE, SIZE
from sekkei.bench.result import Row
from sekkei.errors import InvalidInputError

TITLES = {
    SIZE: "Larger contacts",
    REFERENCE: "Against a better recipe",
    LABELS: "Number of labels",
    MATRICES: "Number of matrices",
    "potential": "Another potential",
    "electrode": "Another electrode",
    "alloy": "An alloy left out",
    FRAMES: "What random frames would claim",
    learning_coverage.TABLE: "Coverage of intervals",
    learning_cost.TABLE: "Cost of a prediction",
}
"""Heading of each table, in order."""

HEADS = {
    "trained_on": "trained on",
    "n_learned": "labels or matrices",
    "test": "tested on",
    "model": "model",
    "n": "n",
    "n_experiment": "experiments",
    "r2": "R²",
    "mae_g0": "MAE",
    "q95_g0": "95 %",
    "max_g0": "largest",
    "mae_0_0.5_g0": "below 0.5",
    "mae_0.5_1.5_g0": "0.5 to 1.5",
    "mae_1.5_3_g0": "1.5 to 3",
    "mae_above_3_g0": "above 3 G0",
    "where": "where",
    "covered_50": "50 %",
    "covered_68": "68 %",
    "covered_90": "90 %",
    "median_sigma_g0": "median half width",
    "n_atom": "atoms",
    "first_cpu_s": "first, CPU-s",
    "cpu_s": "CPU-s",
    "batch_cpu_s": "of a batch, CPU-s",
    "peak_mib": "peak, MiB",
}
"""Columns that are shown, and their headings."""

Table = tuple[str, Sequence[str], Sequence[Row]]
"""Title, columns that have a value, and rows."""


def read_rows(file: Path) -> list[Row]:
    """Read the rows of a ``learning.json``.

    Raises
    ------
    InvalidInputError
        If the file is none.
    """
    try:
        record = json.loads(file.read_text("utf-8"))
        name, rows = record["name"], record["rows"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            f"tables are read from a learning.json that the bench wrote, but {file} is none: "
            f"{error}"
        ) from error
    if name != "learning":
        raise InvalidInputError(
            f"tables must be of the bench learning, but {file} is of {name!r}; name its "
            "learning.json"
        )
    return list(rows)


def all_tables(rows: Sequence[Row]) -> Iterator[Table]:
    """Return every table that has rows."""
    for table, title in TITLES.items():
        here = [row for row in rows if row["table"] == table]
        columns = [name for name in HEADS if any(row.get(name) is not None for row in here)]
        if here:
            yield title, columns, here


def as_markdown(rows: Sequence[Row]) -> str:
    """Write tables in short, of at most ten lines each, and then all in full."""
    return "\n".join(["# In short", "", *_short(rows), "# All tables", "", *_full(rows)])


def _short(rows: Sequence[Row]) -> Iterator[str]:
    for table in (SIZE, REFERENCE, LABELS, MATRICES, "potential", "electrode", "alloy", FRAMES):
        here = [row for row in rows if row["table"] == table]
        if table in {LABELS, MATRICES}:
            here = _of_families(rows, here)
        if here:
            yield _section(f"{TITLES[table]}: MAE in G0 (R²)", *_pivot(here, table))
    inside = [row for row in rows if row.get("question") == SIZE]
    if inside:
        columns = ("model", "test", "where", "n", *learning_coverage.LEVEL_NAMES)
        yield _section(TITLES[learning_coverage.TABLE], *_plain(inside, columns))


def _of_families(rows: Sequence[Row], here: Sequence[Row]) -> list[Row]:
    """Add the most labels or matrices, which stand among the sizes; leave baselines out."""
    learned = {row["model"] for row in rows if row["table"] == learning_cost.TABLE}
    models = {row["model"] for row in here} & learned
    most = [row for row in rows if row["table"] == SIZE] if here else []
    return [row for row in (*here, *most) if row["model"] in models]


def _pivot(here: Sequence[Row], table: str) -> tuple[list[str], list[list[str]]]:
    """Make a line of each model, or of each number that it learned from, a column of each test."""
    is_curve = table in {LABELS, MATRICES}
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    most: dict[str, int] = {}
    for row in here:
        line = (f"`{row['model']}`", *([str(row["n_learned"])] if is_curve else []))
        learned = f"{row['trained_on']} → " if table in {"potential", "electrode"} else ""
        column = f"{learned}{row['test']}"
        most[column] = max(row["n"], most.get(column, 0))
        value = f"{_text('mae_g0', row['mae_g0'])} ({_text('r2', row['r2'])})"
        cells.setdefault(line, {})[column] = value
    head = ["model", *([HEADS["n_learned"]] if is_curve else [])]
    lines = [[*line, *(its.get(name, "-") for name in most)] for line, its in cells.items()]
    return [*head, *(f"{name}, n = {n}" for name, n in most.items())], lines


def _full(rows: Sequence[Row]) -> Iterator[str]:
    for title, columns, here in all_tables(rows):
        yield _section(title, *_plain(here, columns))


def _plain(rows: Sequence[Row], columns: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    lines = [[_text(name, row.get(name)) for name in columns] for row in rows]
    return [HEADS[name] for name in columns], lines


def _section(title: str, head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    body = ["| " + " | ".join(line) + " |" for line in (head, *lines)]
    return "\n".join([f"## {title}", "", body[0], "|" + "---|" * len(head), *body[1:], ""])


def _text(name: str, value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if not isinstance(value, float):
        return f"`{value}`" if name == "model" else str(value)
    if name in {"n_atom", "peak_mib"}:
        return f"{value:.0f}"
    return f"{value:.2g}" if name.endswith("cpu_s") else f"{value:.3f}"
