"""Which labeler, with which options, a recipe stands for: a lake says it of its own labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import zarr

from sekkei.lake.store import note, noted

_METHODS = "methods"


@dataclass(frozen=True, slots=True)
class Method:
    """What makes labels of one recipe again, given the same versions."""

    labeler: str
    """Name under which it is registered."""

    options: Mapping[str, Any]
    """Its options, as JSON has them."""


def read_methods(root: zarr.Group) -> dict[str, Method]:
    """Return the methods that a state of a lake names, by recipe.

    Labels from before methods were named, and labels that a user brought, have none.
    """
    found: Mapping[str, Any] = noted(root).get(_METHODS, {})
    return {recipe: Method(**method) for recipe, method in found.items()}


def add_methods(root: zarr.Group, methods: Mapping[str, Method]) -> None:
    """Name further methods; those that the lake names already stay as they are."""
    known = read_methods(root)
    if methods.keys() - known.keys():
        every = {**methods, **known}
        plain = {
            recipe: {"labeler": one.labeler, "options": dict(one.options)}
            for recipe, one in every.items()
        }
        note(root, **{_METHODS: plain})
