"""Models by the names that people give them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sekkei.errors import InvalidInputError
from sekkei.model.registry import NEWEST, ModelRegistry, RegistryRow

if TYPE_CHECKING:  # whoever only looks for a version need not load what reads it
    from sekkei.model.predictor import Predictor


def find_model(registry: ModelRegistry, model: str) -> RegistryRow:
    """Find the version that a user means.

    Parameters
    ----------
    registry
        Where to look.
    model
        ``NAME`` (its newest version), ``NAME:VERSION``, ``NAME:ALIAS``, or an identity.

    Raises
    ------
    InvalidInputError
        If there is none; says which there are.
    """
    return find_version(registry.list(), model)


def find_version(rows: Sequence[RegistryRow], model: str) -> RegistryRow:
    """Find the version that a user means among those of a registry; see `find_model`."""
    name, _, which = model.partition(":")
    for row in rows:
        names = (str(row.version), *row.aliases)
        if row.identity == model or (row.name == name and (which or NEWEST) in names):
            return row
    known = ", ".join(f"{row.name}:{'/'.join((str(row.version), *row.aliases))}" for row in rows)
    raise InvalidInputError(
        f"a model must be in the registry, but {model!r} is not; there is {known or 'none yet'}",
        model=model,
    )


def load_model(registry: ModelRegistry, model: str) -> tuple[RegistryRow, "Predictor"]:
    """Load the version that a user means; see `find_model`."""
    row = find_model(registry, model)
    return row, registry.load(row.name, row.version)
