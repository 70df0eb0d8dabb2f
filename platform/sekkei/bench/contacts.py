"""Realistic contacts for a benchmark: snapshots of pulling experiments, made on the spot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

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
    """Chemical symbol of all atoms."""

    potential: PotentialName
    """Interatomic potential."""

    n_snapshot: int
    """Snapshots to take: the first broken one, the others spread over what contacts conduct."""

    device_periods: int
    """Electrode periods between the grips."""

    neck_length: int
    """Layers of the narrow part."""

    neck_width: int
    """Most atoms in one of these layers."""

    seed: int
    """Of the velocities and the bath."""

    @property
    def name(self) -> str:
        """Element and electrode, for people."""
        return f"{self.element} {self.electrode}"


@dataclass(frozen=True, slots=True, eq=False)
class Contact:
    """One contact of a benchmark."""

    name: str
    """Element and electrode."""

    frame: int
    """Position in its experiment."""

    junction: Junction
    """The atoms."""


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
        composition={pull.element: 1.0},
        device_periods=pull.device_periods,
        neck_length=pull.neck_length,
        neck_width=pull.neck_width,
    )
    spec = ExperimentSpec(contact=contact, potential=pull.potential, cycles=1, seed=pull.seed)
    found = run_experiment(spec).snapshots
    yield from select_spread([s for s in found if s.narrowest > 0.0], pull.n_snapshot - 1)
    yield next(snapshot for snapshot in found if snapshot.narrowest == 0.0)


def _mixed(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Take from the middle, the end and the beginning in turn: thin and thick contacts early."""
    n = len(snapshots)
    # Steps of the golden section visit n places evenly, however early one stops.
    order = sorted(range(n), key=lambda i: (0.5 + (i + 1) * 0.6180339887498949) % 1.0)
    return [snapshots[i] for i in order]
