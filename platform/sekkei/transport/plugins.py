"""Labelers by name, found through the entry-point group ``sekkei.labelers``."""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from inspect import Parameter, getdoc, signature
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
        If there is no such labeler, it does not take these options, or it needs others.
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
    _check_required(name, factory, options)
    try:
        signature(factory).bind(**options)
    except TypeError as error:
        raise InvalidInputError(f"labeler {name} does not take these options: {error}") from error
    return cast("Labeler", factory(**options))


def _check_required(name: str, factory: Callable[..., Any], options: Mapping[str, Any]) -> None:
    missing = [
        option
        for option, parameter in signature(factory).parameters.items()
        if parameter.default is Parameter.empty
        and parameter.kind not in {Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL}
        and option not in options
    ]
    if missing:
        needed = " ".join(f"--option {option}={option.upper()}" for option in missing)
        purpose = (getdoc(factory) or "").split("\n", 1)[0].rstrip(".")
        raise InvalidInputError(
            f"labeler {name} must be given {', '.join(missing)}, but found "
            f"{', '.join(sorted(options)) or 'no options'}; add {needed} to "
            f"{purpose[:1].lower()}{purpose[1:]}",
            missing=missing,
        )
