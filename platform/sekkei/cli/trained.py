"""Models by name: which version of a registry is meant, and how well it does on new labels."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.lake import Lake
    from sekkei.model import Dataset, ModelRegistry, RegistryRow, Surrogate

NEWEST = "newest"
"""Alias that training moves to what it made."""

SEEN, FRESH = "known at training", "fresh"
"""Labels of experiments that had some when a model was trained, and of all others."""


def find_model(registry: "ModelRegistry", model: str) -> "RegistryRow":
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
    name, _, which = model.partition(":")
    rows = registry.list()
    for row in rows:
        names = (str(row.version), *row.aliases)
        if row.identity == model or (row.name == name and (which or NEWEST) in names):
            return row
    known = ", ".join(f"{row.name}:{'/'.join((str(row.version), *row.aliases))}" for row in rows)
    raise InvalidInputError(
        f"a model must be in the registry, but {model!r} is not; there is {known or 'none yet'}",
        model=model,
    )


def load_model(registry: "ModelRegistry", model: str) -> "tuple[RegistryRow, Surrogate]":
    """Load the version that a user means; see `find_model`."""
    row = find_model(registry, model)
    return row, registry.load(row.name, row.version)


def evaluate_model(
    lake: "Lake", row: "RegistryRow", surrogate: "Surrogate"
) -> list[dict[str, Any]]:
    """Hold a model against the labels of a lake, those that it may have learned from apart.

    Returns
    -------
    list of dict
        Figures in G0 by split: `FRESH` first, if there are any, then `SEEN`. ``within_sigma`` is
        the share of labels within the interval that promises 68 %.

    Raises
    ------
    InvalidInputError
        If the lake is not the one that the model was trained on, or has no labels of its method.
    """
    import numpy as np

    from sekkei.model import Dataset

    data = Dataset.from_lake(lake, surrogate.label_recipe, surrogate.quantity)
    before = Dataset.from_lake(lake.at(row.lake_state), surrogate.label_recipe, surrogate.quantity)
    experiments, snapshots = set(before.groups), set(before.snapshot_keys)
    # A structure of a user or a design belongs to no experiment, and stands for itself.
    known = np.array(
        [
            group in experiments if group else key in snapshots
            for group, key in zip(data.groups, data.snapshot_keys, strict=True)
        ]
    )
    parts = ((FRESH, np.flatnonzero(~known)), (SEEN, np.flatnonzero(known)))
    return [_figures(surrogate, data.rows(rows), name) for name, rows in parts if rows.size]


def _figures(surrogate: "Surrogate", data: "Dataset", split: str) -> dict[str, Any]:
    import numpy as np

    from sekkei.model.metric import measure

    found = surrogate.predict(data.junctions)
    row = measure("surrogate", split, data.conductance_g0, found.mean, data.n_experiment)
    inside = np.abs(found.mean - data.conductance_g0) <= found.sigma
    figures = {name: value for name, value in asdict(row).items() if name != "model"}
    return {**figures, "within_sigma": float(inside.mean())}
