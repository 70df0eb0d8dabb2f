"""Labelled contacts as the benchmark of learning reads them: with size, potential and elements."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from ase.data import chemical_symbols

from sekkei.lake import Lake
from sekkei.model import Dataset
from sekkei.shapes import Float, Int
from sekkei.structure.junction import Junction

SIZES = {"1x": (0, 82), "2x": (120, 144), "4x": (264, 288)}
"""Fewest and most atoms of the sizes: that of training, about twice and about four times it."""

POTASSIUM = "K"


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """Labels of one method, and where each is from."""

    dataset: Dataset
    """What is learned and predicted."""

    n_atom: Int[np.ndarray, " row"]
    """Atoms of a snapshot."""

    potentials: tuple[str, ...]
    """Interatomic potential of the experiment."""

    systems: tuple[str, ...]
    """All elements of a junction, by atomic number, such as Na-K."""

    cpu_seconds: Float[np.ndarray, " row"]
    """CPU time that the label took."""

    @classmethod
    def from_lake(cls, lake: Lake, recipe: str | None = None) -> "Contacts":
        """Read every label of one method.

        Raises
        ------
        InvalidInputError
            As `Dataset.from_lake` does.
        """
        dataset = Dataset.from_lake(lake, recipe)
        keys = list(dataset.snapshot_keys)
        labels = lake.table("label")
        labels = labels[labels["recipe"] == dataset.label_recipe].drop_duplicates("snapshot")
        potentials = lake.table("experiment").set_index("key")["potential"]
        return cls(
            dataset=dataset,
            n_atom=lake.table("snapshot").set_index("key").loc[keys, "n_atom"].to_numpy(np.int64),
            potentials=tuple(potentials.reindex(list(dataset.groups)).fillna("").tolist()),
            systems=tuple(system_of(junction) for junction in dataset.junctions),
            cpu_seconds=labels.set_index("snapshot").loc[keys, "cpu_seconds"].to_numpy(np.float64),
        )

    def of_size(self, size: str, *, is_potassium: bool) -> Int[np.ndarray, " chosen"]:
        """Return the rows of one of `SIZES`, all or those of pure potassium."""
        low, high = SIZES[size]
        fits = (self.n_atom >= low) & (self.n_atom <= high)
        if is_potassium:
            fits &= np.array(self.systems, dtype=str) == POTASSIUM
        return np.flatnonzero(fits)

    def fresh(
        self, rows: Int[np.ndarray, " row"], seen: Collection[str]
    ) -> Int[np.ndarray, " chosen"]:
        """Return those rows whose experiment is not among some."""
        is_fresh = np.array([self.dataset.groups[i] not in seen for i in rows], dtype=bool)
        found: np.ndarray = rows[is_fresh]
        return found


def system_of(junction: Junction) -> str:
    """Name the elements of a junction, electrodes included, by atomic number."""
    return "-".join(chemical_symbols[number] for number in np.unique(junction.numbers))


def draw_labels(
    contacts: Contacts, rows: Int[np.ndarray, " row"], n: int, seed: int
) -> Int[np.ndarray, " chosen"]:
    """Draw labels of whole experiments, in an order that depends on the seed alone.

    A smaller campaign has fewer experiments, so fewer labels are a beginning of more labels.

    Returns
    -------
    ndarray
        At most ``n`` of the rows; the last experiment may be cut.
    """
    groups = np.array([contacts.dataset.groups[i] for i in rows], dtype=str)
    order = np.random.default_rng(seed).permutation(np.unique(groups))
    place = {name: at for at, name in enumerate(order.tolist())}
    ranks = np.array([place[name] for name in groups.tolist()], dtype=np.int64)
    return rows[np.argsort(ranks, kind="stable")][:n]
