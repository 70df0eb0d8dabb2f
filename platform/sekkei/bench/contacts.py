"""Realistic contacts for a benchmark: snapshots of pulling experiments, made on the spot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np
from ase.data import chemical_symbols

from sekkei.structure.dynamics import run_experiment
from sekkei.structure.experiment import ContactSpec, ExperimentSpec, PotentialName, Snapshot
from sekkei.structure.junction import Junction
from sekkei.structure.selection import select_spread


@dataclass(frozen=True, slots=True)
class Pull:
    """One experiment, and how many of its snapshots to take."""

    electrode: str
    """Name of the wire."""

    element: str
    """Chemical symbol of the electrodes, and of all atoms but ``mixed``."""

    potential: PotentialName
    """Interatomic potential."""

    n_snapshot: int
    """Snapshots to take, spread over what contacts conduct; the first broken one among them."""

    device_periods: int
    """Electrode periods between the grips."""

    neck_length: int
    """Layers of the narrow part."""

    neck_width: int
    """Most atoms in one of these layers."""

    seed: int
    """Of the velocities and the bath."""

    mixed: str | None = None
    """Element of half of the atoms between the grips, if there is another one."""

    is_broken_taken: bool = True
    """Whether the first broken snapshot is one of those to take."""

    opened: tuple[float, ...] = ()
    """The first broken snapshot is taken again with its gap wider by each of these, in angstrom.

    Contacts jump apart: of 2,360 labels of experiments none lies between 0.001 and 0.1 G0.
    """

    @property
    def name(self) -> str:
        """Elements and electrode, for people."""
        within = f"{self.mixed} in " if self.mixed else ""
        return f"{within}{self.element} {self.electrode}"

    @property
    def composition(self) -> dict[str, float]:
        """Fractions of the elements between the grips."""
        return {self.element: 0.5, self.mixed: 0.5} if self.mixed else {self.element: 1.0}


@dataclass(frozen=True, slots=True, eq=False)
class Contact:
    """One contact of a benchmark."""

    name: str
    """Element and electrode."""

    frame: int
    """Position in its experiment."""

    junction: Junction
    """The atoms."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Elements that it is made of."""
        return tuple(chemical_symbols[number] for number in np.unique(self.junction.numbers))


def realistic_contacts(pulls: Sequence[Pull]) -> tuple[Contact, ...]:
    """Pull, take snapshots, and order them so that any first part is a mixture.

    Equal seeds give equal contacts; an experiment of so few atoms takes about a second.

    Raises
    ------
    ExperimentError
        If a contact does not break.
    """
    rounds = zip_longest(*(_mixed(list(_snapshots(pull))) for pull in pulls))
    return tuple(
        Contact(pull.name, snapshot.frame, snapshot.junction)
        for one_round in rounds
        for pull, snapshot in zip(pulls, one_round, strict=True)
        if snapshot is not None
    )


def _snapshots(pull: Pull) -> Iterator[Snapshot]:
    contact = ContactSpec(
        electrode=pull.electrode,
        composition=pull.composition,
        electrode_element=pull.element,
        device_periods=pull.device_periods,
        neck_length=pull.neck_length,
        neck_width=pull.neck_width,
    )
    spec = ExperimentSpec(contact=contact, potential=pull.potential, cycles=1, seed=pull.seed)
    found = run_experiment(spec).snapshots
    closed = [snapshot for snapshot in found if snapshot.narrowest > 0.0]
    yield from select_spread(closed, pull.n_snapshot - pull.is_broken_taken)
    broken = next(snapshot for snapshot in found if snapshot.narrowest == 0.0)
    if pull.is_broken_taken:
        yield broken
    for wider in pull.opened:
        yield replace(broken, junction=open_gap(broken.junction, wider))


def open_gap(junction: Junction, wider: float) -> Junction:
    """Part the atoms below and above the largest gap along z, in angstrom."""
    z = np.sort(junction.positions[:, 2])
    below = int(np.diff(z).argmax())
    middle = (z[below] + z[below + 1]) / 2.0
    positions = junction.positions.copy()
    positions[positions[:, 2] > middle, 2] += wider
    return replace(junction, positions=positions)


def _mixed(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Take from the middle, the end and the beginning in turn: thin and thick contacts early."""
    n = len(snapshots)
    # Steps of the golden section visit n places evenly, however early one stops.
    order = sorted(range(n), key=lambda i: (0.5 + (i + 1) * 0.6180339887498949) % 1.0)
    return [snapshots[i] for i in order]
