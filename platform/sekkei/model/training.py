"""What comes of a training, whichever the family."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from ase.data import chemical_symbols

from sekkei.model.metric import EvaluationReport
from sekkei.model.predictor import Predictor
from sekkei.structure.junction import DEVICE, Junction

FitProgress = Callable[[int, int], None]
"""Called with how many fits are done and how many there are."""


@dataclass(frozen=True, slots=True)
class LearnedFrom:
    """What a model learned from, in a few figures."""

    n_experiment: int
    """Experiments."""

    electrodes: tuple[str, ...]
    """Electrodes, each with its elements."""

    n_atom: tuple[int, int]
    """Fewest and most atoms of a junction."""

    conductance_g0: tuple[float, float]
    """Least and greatest label in G0."""

    @classmethod
    def of(
        cls,
        junctions: Sequence[Junction],
        groups: Sequence[str],
        electrodes: Sequence[str],
        conductance_g0: Sequence[float],
    ) -> "LearnedFrom":
        """Collect the figures of labelled junctions.

        Parameters
        ----------
        junctions
            At least one.
        groups
            Key of the experiment of each.
        electrodes
            Name of the electrode of each; empty where it has none.
        conductance_g0
            Label of each.
        """
        sizes = [junction.n_atom for junction in junctions]
        return cls(
            len(set(groups)),
            _electrodes(junctions, electrodes),
            (min(sizes), max(sizes)),
            (float(np.min(conductance_g0)), float(np.max(conductance_g0))),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """A predictor and how good it is."""

    predictor: Predictor
    """What was trained."""

    report: EvaluationReport
    """What was measured, with every baseline."""

    n_label: int
    """Number of labels, held-out ones included."""

    seed: int
    """Seed of split and weights."""

    learned: LearnedFrom | None = None
    """What it learned from, if not the data set that it was trained and tested on."""


def _electrodes(junctions: Sequence[Junction], names: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, set[int]] = {}
    for name, junction in zip(names, junctions, strict=True):
        metals = junction.numbers[junction.regions != DEVICE].tolist()
        found.setdefault(name or "of structures of your own", set()).update(metals)
    return tuple(
        f"{name} ({', '.join(chemical_symbols[n] for n in sorted(metals))})"
        for name, metals in sorted(found.items())
    )
