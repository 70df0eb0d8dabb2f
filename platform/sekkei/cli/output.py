"""What a command prints: JSON lines for machines, tables for people; messages to stderr."""

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sekkei.plain_text import escaped, on_one_line, printable

Row = Mapping[str, Any]

_PIPE_WIDTH = 10_000
"""A table that goes into a file is never cut, whatever its width."""


_MOST_DRAWN = 1_000
"""Rows of a table that rich draws; it takes half a millisecond for each."""


def print_rows(rows: Iterable[Row], *, as_json: bool, shown: Sequence[str] = ()) -> None:
    """Print results: one JSON line each, or one table of all.

    Parameters
    ----------
    rows
        Names and values; JSON is printed row by row as they come.
    as_json
        For machines.
    shown
        Columns of the table, in order; those of all rows if empty. One without any value is left
        out.
    """
    if as_json:
        for row in rows:
            print_json(row)
        return
    found: list[Row] = []
    try:
        found.extend(rows)
    finally:  # what there is, also where Ctrl-C ends the work
        if found:
            _print_table(shown or list(dict.fromkeys(k for row in found for k in row)), found)


def print_record(record: Row, *, as_json: bool) -> None:
    """Print one result: a JSON line, or a table of names and values."""
    if as_json:
        print_json(record)
        return
    rows = [{"what": name, "value": value} for name, value in _flat(record)]
    _print_table(("what", "value"), rows)


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON; NaN and infinity, which JSON does not have, become null."""
    text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, indent=indent)
    # Of the ends of lines between values, which are plain, nothing is touched.
    sys.stdout.write(escaped(text) + "\n")
    sys.stdout.flush()


def print_text(text: str) -> None:
    """Print lines of text that may hold what others wrote."""
    sys.stdout.write(printable(text))


def say(message: str) -> None:
    """Write one line for people to stderr."""
    sys.stderr.write(on_one_line(" ".join(message.split())) + "\n")
    sys.stderr.flush()


def say_error(message: str) -> None:
    """Write one line about what went wrong to stderr."""
    say(f"sekkei: {message}")


def _print_table(columns: Sequence[str], rows: Sequence[Row]) -> None:
    names = [name for name in columns if any(row.get(name) is not None for row in rows)]
    heads = [on_one_line(name) for name in names]
    are_numbers = [all(type(row.get(name)) in {int, float} for row in rows) for name in names]
    cells = [[on_one_line(_text(row.get(name))) for name in names] for row in rows]
    if len(rows) > _MOST_DRAWN:
        _write_long(heads, are_numbers, cells)
    else:
        _draw(heads, are_numbers, cells)


def _draw(heads: list[str], are_numbers: list[bool], cells: list[list[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(
        file=sys.stdout,
        width=None if sys.stdout.isatty() else _PIPE_WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head, is_number in zip(heads, are_numbers, strict=True):
        table.add_column(head, justify="right" if is_number else "left", overflow="fold")
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _write_long(heads: list[str], are_numbers: list[bool], cells: list[list[str]]) -> None:
    """Write the table that `_draw` draws, a hundred times as fast and never folded."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(heads, *cells, strict=True)]
    blank = " " * (sum(widths) + 3 * len(widths) - 1)
    write = sys.stdout.write
    write(f"{blank}\n{_line(heads, widths, are_numbers)} {'─' * (len(blank) - 2)} \n")
    for row in cells:
        write(_line(row, widths, are_numbers))
    write(f"{blank}\n")


def _line(row: list[str], widths: list[int], are_numbers: list[bool]) -> str:
    from rich.cells import cell_len

    padded = []
    for cell, width, is_number in zip(row, widths, are_numbers, strict=True):
        space = " " * (width - (len(cell) if cell.isascii() else cell_len(cell)))
        padded.append(space + cell if is_number else cell + space)
    return f" {'   '.join(padded)} \n"


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value if value is None or isinstance(value, str | int) else _plain(value.item())


def _flat(record: Row, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
