"""Labelled junctions, and how they are split: by experiment, never by frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.shapes import Bool, Float, Int
from sekkei.structure.junction import Junction

Quantity = Literal["window_conductance_g0", "conductance_g0"]

TOLERATED_G0 = 0.05
"""Error of a label that halves its weight: that of the recipe against the reference."""

_OPTIONAL = ("transmission", "error_g0", "weight", "is_distilled")


@dataclass(frozen=True, slots=True, eq=False)
class Dataset(ReadOnlyArrays):
    """Labelled junctions. Its arrays are read-only."""

    junctions: tuple[Junction, ...]
    """One junction per row."""

    conductance_g0: Float[np.ndarray, " row"]
    """What they conduct, in G0."""

    groups: tuple[str, ...]
    """Key of the experiment of each row."""

    electrodes: tuple[str, ...]
    """Name of the electrode of each row."""

    narrowest: Float[np.ndarray, " row"]
    """Narrowest cross-section in Å²; 0 where broken."""

    n_channel: Int[np.ndarray, " row"]
    """Open channels of the electrode."""

    snapshot_keys: tuple[str, ...]
    """Key of the snapshot of each row."""

    quantity: Quantity = "conductance_g0"
    """Which conductance it is."""

    label_recipe: str = ""
    """Identity of the method that made the labels."""

    energies_ev: Float[np.ndarray, " energy"] = field(default_factory=lambda: np.zeros(0))
    """Grid of ``transmission`` in eV against the Fermi level; empty if there is none."""

    transmission: Float[np.ndarray, "row energy"] | None = None
    """T of each row at each energy, if the labels have it."""

    error_g0: Float[np.ndarray, " row"] | None = None
    """Estimated 68 % error of each conductance in G0; NaN where nobody knows it."""

    weight: Float[np.ndarray, " row"] | None = None
    """How much each row counts in training; 1 if absent."""

    is_distilled: Bool[np.ndarray, " row"] | None = None
    """True where another model made the label: such rows are only trained on, never tested on."""

    @classmethod
    def from_lake(
        cls,
        lake: Lake,
        recipe: str | None = None,
        quantity: Quantity = "conductance_g0",
    ) -> "Dataset":
        """Read every label of one method.

        Raises
        ------
        InvalidInputError
            If there is no label, or labels of several methods and none was named.
        """
        labels = lake.table("label")
        chosen = _one_recipe(labels, recipe)
        rows = labels[labels["recipe"] == chosen].drop_duplicates("snapshot").sort_values("key")
        snapshots = lake.table("snapshot").set_index("key").loc[rows["snapshot"]]
        experiments = lake.table("experiment").set_index("key")["electrode"]
        keys = rows["snapshot"].tolist()
        errors = lake.query("label", (), ("key", "error_g0")).set_index("key")["error_g0"]
        energies, transmission = lake.transmissions(rows["key"].tolist(), is_partial=True)
        return cls(
            junctions=tuple(lake.junctions(keys)),
            conductance_g0=freeze(rows[quantity].to_numpy(np.float64)),
            groups=tuple(snapshots["experiment"].tolist()),
            electrodes=tuple(experiments.reindex(snapshots["experiment"]).fillna("").tolist()),
            narrowest=freeze(snapshots["narrowest_angstrom2"].to_numpy(np.float64)),
            n_channel=freeze(rows["n_channel"].to_numpy(np.int64)),
            snapshot_keys=tuple(keys),
            quantity=quantity,
            label_recipe=chosen,
            energies_ev=freeze(energies),
            transmission=freeze(transmission),
            error_g0=freeze(errors.loc[rows["key"]].to_numpy(np.float64)),
        )

    def __len__(self) -> int:
        return len(self.junctions)

    @property
    def n_experiment(self) -> int:
        """Number of different experiments."""
        return len(set(self.groups))

    def rows(self, index: Int[np.ndarray, " chosen"]) -> "Dataset":
        """Return some of the rows."""
        chosen = index.tolist()
        return Dataset(
            junctions=tuple(self.junctions[i] for i in chosen),
            conductance_g0=freeze(self.conductance_g0[index]),
            groups=tuple(self.groups[i] for i in chosen),
            electrodes=tuple(self.electrodes[i] for i in chosen),
            narrowest=freeze(self.narrowest[index]),
            n_channel=freeze(self.n_channel[index]),
            snapshot_keys=tuple(self.snapshot_keys[i] for i in chosen),
            quantity=self.quantity,
            label_recipe=self.label_recipe,
            energies_ev=self.energies_ev,
            **{name: _chosen(getattr(self, name), index) for name in _OPTIONAL},
        )

    @property
    def is_testable(self) -> Bool[np.ndarray, " row"]:
        """True where a row may stand in a test: it is a label, not another model's prediction."""
        if self.is_distilled is None:
            return np.ones(len(self), dtype=bool)
        return ~self.is_distilled

    @property
    def weights(self) -> Float[np.ndarray, " row"]:
        """How much the error of each row counts, by its own weight and its label's error."""
        found = np.ones(len(self)) if self.weight is None else np.array(self.weight)
        if self.error_g0 is not None:
            known = np.nan_to_num(self.error_g0, nan=0.0)
            found /= 1.0 + (known / TOLERATED_G0) ** 2
        return found

    def transmission_at(self, energies_ev: Sequence[float]) -> Float[np.ndarray, "row energy"]:
        """Return T at some energies, between those of the grid by a straight line.

        NaN where the labels do not have it.
        """
        wanted = np.array(energies_ev, dtype=np.float64)
        if self.transmission is None or self.energies_ev.size == 0:
            return np.full((len(self), wanted.size), np.nan)
        each = [
            np.interp(wanted, self.energies_ev, row, left=np.nan, right=np.nan)
            for row in self.transmission
        ]
        return np.reshape(each, (len(self), wanted.size))


def hold_out_groups(
    groups: Sequence[str], share: float, rng: np.random.Generator
) -> Bool[np.ndarray, " row"]:
    """Choose whole experiments until about a share of the rows is held out.

    Returns
    -------
    ndarray
        True where held out, ``(n_row,)``; at least one experiment is, and at least two are not.

    Raises
    ------
    InvalidInputError
        If there are fewer than three experiments.

    Examples
    --------
    >>> hold_out_groups(["a", "a", "b", "c"], 0.25, np.random.default_rng(1)).sum() in (1, 2)
    True
    """
    names, counts = np.unique(np.asarray(groups, dtype=str), return_counts=True)
    if len(names) < 3:
        raise InvalidInputError(
            "a split by experiment needs labels of at least 3 experiments, but found "
            f"{len(names)}; label snapshots of more experiments",
            n_experiment=len(names),
        )
    order = rng.permutation(len(names))
    filled = np.cumsum(counts[order])
    n_held = int(np.searchsorted(filled, share * len(groups), side="left")) + 1
    held = names[order[: min(max(n_held, 1), len(names) - 2)]]
    return np.isin(np.asarray(groups, dtype=str), held)


def group_folds(
    groups: Sequence[str], n_fold: int, kinds: Sequence[str] | None = None
) -> Iterator[tuple[Int[np.ndarray, " train"], Int[np.ndarray, " left_out"]]]:
    """Split rows into folds of whole experiments; as many folds as there are, at most.

    Parameters
    ----------
    groups
        Experiment of each row.
    n_fold
        Folds that are wanted.
    kinds
        What each row is of, if folds are to have about equally many of each: without, one fold
        may take nearly all rows of a rare kind, and what was trained without it knows none.

    Raises
    ------
    InvalidInputError
        If there is only one experiment.
    """
    n_group = len(set(groups))
    if n_group < 2:
        raise InvalidInputError(
            f"folds by experiment need at least 2 experiments, but found {n_group}",
            n_experiment=n_group,
        )
    from sklearn.model_selection import (  # noqa: PLC0415  (a second, to predictors as well)
        GroupKFold,
        StratifiedGroupKFold,
    )

    names, n = np.asarray(groups, dtype=str), min(n_fold, n_group)
    found, kind, count = np.unique(kinds or names[:1], return_inverse=True, return_counts=True)
    # Rarer kinds than there are folds count with the most frequent one.
    kind = np.where(count[kind] < n, count.argmax(), kind)
    folds = GroupKFold(n) if len(found) == 1 else StratifiedGroupKFold(n)
    for train, left_out in folds.split(names, np.broadcast_to(kind, names.shape), names):
        yield train.astype(np.int64), left_out.astype(np.int64)


def _chosen(column: np.ndarray | None, index: np.ndarray) -> np.ndarray | None:
    return None if column is None else freeze(column[index])


def _one_recipe(labels: pd.DataFrame, recipe: str | None) -> str:
    found = sorted(set(labels["recipe"].tolist()))
    if recipe is None and len(found) == 1:
        return str(found[0])
    if recipe in found:
        return str(recipe)
    if not found:
        raise InvalidInputError(
            "a data set must have labels, but the lake holds none; label some first, as by "
            "`sekkei campaign run` with labels in the specification",
            recipes=found,
        )
    raise InvalidInputError(
        f"the labels must be of one method in the lake, but found {recipe!r} asked for and "
        f"{', '.join(map(repr, found))} there; name one of them",
        recipes=found,
    )
