"""Options and helpers of the verbs of ``sekkei lake``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli.output import say

if TYPE_CHECKING:
    from sekkei.lake import Lake

SHOWN = {
    "experiment": ("key", "electrode", "potential", "seed", "temperature_k", "task_cpu_seconds"),
    "snapshot": ("key", "electrode", "cycle", "stage", "displacement_angstrom", "n_atom"),
    "label": (
        "key",
        "conductance_g0",
        "error_g0",
        "window_conductance_g0",
        "n_channel",
        "stage",
        "electrode",
    ),
    "refusal": ("subject", "stage", "kind", "message"),
    "prediction": ("snapshot", "model", "conductance_g0", "sigma_g0", "stage", "electrode"),
    "matrix": ("label", "snapshot", "conductance_g0", "n_atom", "n_k", "n_value", "electrode"),
    "conflict": ("label", "conductance_g0", "label_conductance_g0", "recipe", "electrode"),
    "withdrawal": ("table", "subject", "action", "reason", "node", "time_unix_s"),
    "proposal": ("design", "round", "target_g0", "surrogate_g0", "verified_g0", "status"),
}
"""Columns of each table that people see unless they name others."""

LIMIT = 20
"""Rows that people see unless they ask for more."""

Filters = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILTER...", help="Such as 'nsites < 80 AND elements HAS \"K\"'; all must hold."
    ),
]
AtState = Annotated[
    str | None, typer.Option("--at", help="Id or tag of a state to read instead of the newest.")
]
TableName = Annotated[str, typer.Option("--table", help=f"One of {', '.join(SHOWN)}.")]


def open_at(lake: Path, at: str | None) -> "Lake":
    """Open a lake at its newest state, or at the one that a user asked for."""
    from sekkei.lake import Lake

    opened = Lake.open(lake)
    return opened if at is None else opened.at(at)


def tell_conflicts(opened: "Lake") -> None:
    """Say how many labels contradict others, if any do: the first of each is what is read."""
    if n := opened.reader.n_row("conflict"):
        say(
            f"labels that contradict an earlier one of their structure and recipe: {n}; the "
            "earlier one is read; see sekkei lake query --table conflict"
        )


def tell_withdrawn(opened: "Lake", n_new: int) -> None:
    """Say how many withdrawals and reinstatements came in, and what readers leave out now."""
    left_out = ", ".join(f"{table} {n}" for table, n in opened.info()["withdrawn"].items())
    say(
        f"withdrawals and reinstatements that came in: {n_new}; left out now: "
        f"{left_out or 'nothing'}; see sekkei lake query --table withdrawal"
    )
