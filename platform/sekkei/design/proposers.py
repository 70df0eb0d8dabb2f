"""Proposers by name: Sekkei's own, and the entry-point group ``sekkei.proposers``."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from sekkei.errors import InvalidInputError

GROUP = "sekkei.proposers"

SHIPPED = {
    "botorch": "sekkei.design.botorch_proposer:BotorchProposer",
    "feasibility": "sekkei.design.botorch_proposer:by_feasibility",
    "random": "sekkei.design.proposer:RandomProposer",
    "sobol": "sekkei.design.proposer:SobolProposer",
    "target-ei": "sekkei.design.botorch_proposer:by_target",
}
"""Sekkei's own; no plug-in takes their names, on which the identity of designs rests."""


def proposer_names() -> tuple[str, ...]:
    """Return the names of all proposers, sorted."""
    return tuple(sorted(SHIPPED.keys() | {point.name for point in entry_points(group=GROUP)}))


def proposer_factory(name: str) -> Callable[[], Any]:
    """Return what makes a proposer of a name, without arguments.

    Raises
    ------
    InvalidInputError
        If there is none of that name.
    """
    check_proposer(name)
    if name in SHIPPED:
        return cast("Callable[[], Any]", EntryPoint(name, SHIPPED[name], GROUP).load())
    found = next(point for point in entry_points(group=GROUP) if point.name == name)
    return cast("Callable[[], Any]", found.load())


def check_proposer(name: str) -> None:
    """Look a name up, and load nothing.

    Raises
    ------
    InvalidInputError
        If there is no proposer of that name.
    """
    if name in SHIPPED or name in proposer_names():
        return
    raise InvalidInputError(
        f"a proposer must be one of {', '.join(proposer_names())}, but found {name!r}; install "
        "the package that brings it",
        name=name,
    )
