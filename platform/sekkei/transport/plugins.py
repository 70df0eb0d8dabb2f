"""Labelers by name, found through the entry-point group ``sekkei.labelers``."""

from importlib.metadata import entry_points
from inspect import signature
from typing import Any, cast

from sekkei.errors import InvalidInputError
from sekkei.transport.labeler import Labeler

GROUP = "sekkei.labelers"


def labeler_names() -> tuple[str, ...]:
    """Return the names of all installed labelers, sorted."""
    return tuple(sorted(point.name for point in entry_points(group=GROUP)))


def make_labeler(name: str, **options: Any) -> Labeler:
    """Make a labeler by name.

    Parameters
    ----------
    name
        As registered under ``sekkei.labelers``.
    options
        Keyword arguments of its class.

    Raises
    ------
    InvalidInputError
        If there is no such labeler, or it does not take these options.
    MissingExtraError
        If something that it needs is not installed.
    """
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    if not found:
        raise InvalidInputError(
            f"a labeler must be one of {', '.join(labeler_names())}, but found {name!r}",
            name=name,
        )
    factory = found[0].load()
    try:
        signature(factory).bind(**options)
    except TypeError as error:
        raise InvalidInputError(f"labeler {name} does not take these options: {error}") from error
    return cast("Labeler", factory(**options))
