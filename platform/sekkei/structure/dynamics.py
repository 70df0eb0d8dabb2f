"""Virtual break-junction experiments: pull a contact until it breaks, push it back, again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sekkei.errors import ExperimentError
from sekkei.structure.contact import build_contact
from sekkei.structure.cross_section import electrode_cross_section, narrowest_cross_section
from sekkei.structure.experiment import (
    ContactSpec,
    Experiment,
    ExperimentSpec,
    PotentialName,
    Snapshot,
    Stage,
)
from sekkei.structure.junction import DEVICE, RIGHT, Junction
from sekkei.structure.lammps_engine import lammps_version
from sekkei.structure.potential.commands import potential_version
from sekkei.structure.rig import Rig, clamped

PROTOCOL = 1
"""Number of the way experiments are run; raised whenever equal specifications run differently."""

_LOOK_ANGSTROM = 0.1
_TAIL_ANGSTROM = 2.5
# Closing ends when the contact is this part of its electrode, or when the grips have come nearer
# by this part of the device's length: further where it is still open.
_REFORMED = 0.8
_CLOSEST, _CLOSEST_OPEN = 0.7, 0.85
_STRETCH_SPEED = 0.5
_COLD_K = 1.0  # of a bath that a minimisation does not use


def experiment_engine(potential: PotentialName) -> str:
    """Return name and version of all that decides how an experiment runs.

    Raises
    ------
    MissingExtraError
        If LAMMPS is not installed.
    """
    return f"LAMMPS {lammps_version()}, {potential_version(potential)}, protocol {PROTOCOL}"


def run_experiment(
    spec: ExperimentSpec, progress: Callable[[float], None] | None = None
) -> Experiment:
    """Pull a contact to rupture and push it back, ``cycles`` times; the last time only pull.

    Parameters
    ----------
    spec
        What to break, and how.
    progress
        Called with the finished fraction, 0 to 1, after every pull and push.

    Raises
    ------
    InvalidInputError
        If the contact cannot be built.
    MissingExtraError
        If LAMMPS is not installed.
    ExperimentError
        If the dynamics fails, or the contact does not break or does not re-form.
    """
    started = time.process_time()
    contact = build_contact(spec.contact)
    with clamped(contact, spec.potential, spec.temperature_k, spec.seed) as rig:
        rig.settle(spec.temperature_k, spec.seed)
        run = _Run(rig, spec)
        for stage in range(2 * spec.cycles - 1):
            run.pull(stage // 2) if stage % 2 == 0 else run.push(stage // 2)
            if progress is not None:
                progress((stage + 1) / (2 * spec.cycles - 1))
    return Experiment(
        spec=spec,
        engine=experiment_engine(spec.potential),
        snapshots=tuple(run.snapshots),
        cpu_seconds=time.process_time() - started,
    )


@dataclass(frozen=True, slots=True)
class Bath:
    """In what a contact is pulled."""

    temperature_k: float = 4.2
    """Temperature while it is pulled, in K."""

    hold_ps: float = 0.0
    """How long it is held there afterwards, in ps, before it is relaxed."""


_COLD = Bath()


def stretch(
    contact: ContactSpec,
    potential: PotentialName,
    elongation_angstrom: float,
    seed: int,
    bath: Bath = _COLD,
) -> Junction:
    """Build a contact, pull it by a distance, and return it relaxed.

    Parameters
    ----------
    contact
        What to build.
    potential
        Interatomic potential.
    elongation_angstrom
        How far the grips part; negative pushes them together.
    seed
        Seed of initial velocities and Langevin bath.
    bath
        How warm it is, and for how long the contact is held in it.

    Raises
    ------
    InvalidInputError
        If the contact cannot be built or the potential does not treat its elements.
    MissingExtraError
        If LAMMPS is not installed.
    ExperimentError
        If the dynamics fails.
    """
    return stretch_through(contact, potential, elongation_angstrom, seed, 1, bath)[-1]


def stretch_through(
    contact: ContactSpec,
    potential: PotentialName,
    elongation_angstrom: float,
    seed: int,
    n_frame: int,
    bath: Bath = _COLD,
) -> tuple[Junction, ...]:
    """Build a contact, pull it by a distance, and return it after each of equal parts.

    The last frame is relaxed, as by `stretch`; the others are as the dynamics has them, which
    costs nothing beside it. See `stretch` for what is refused.

    Parameters
    ----------
    contact
        What to build.
    potential
        Interatomic potential.
    elongation_angstrom
        How far the grips part; negative pushes them together.
    seed
        Seed of initial velocities and Langevin bath.
    n_frame
        How many frames, at least 1.
    bath
        How warm it is, and for how long the contact is held in it before the last frame.
    """
    frames = []
    with clamped(build_contact(contact), potential, bath.temperature_k, seed) as rig:
        rig.settle(bath.temperature_k, seed)
        for i in range(n_frame):
            if elongation_angstrom != 0.0:
                rig.move(elongation_angstrom / n_frame, _STRETCH_SPEED)
            if i == n_frame - 1:
                rig.hold(bath.hold_ps)
                rig.minimise()
            frames.append(rig.junction())
    return tuple(frames)


def relax(contact: Junction, potential: PotentialName) -> tuple[Junction, float]:
    """Let the device atoms of a contact fall into the nearest minimum of the energy.

    Parameters
    ----------
    contact
        Atoms between grips, which stay.
    potential
        Interatomic potential.

    Returns
    -------
    Junction
        At rest.
    float
        Potential energy in eV, comparable between contacts of the same atoms and grips.

    Raises
    ------
    InvalidInputError
        If the potential does not treat its elements.
    MissingExtraError
        If LAMMPS is not installed.
    ExperimentError
        If LAMMPS fails.
    """
    with clamped(contact, potential, _COLD_K, 0) as rig:
        rig.minimise()
        return rig.junction(), rig.energy()


class _Run:
    """The state of one running experiment."""

    __slots__ = (
        "_initial",
        "_length",
        "_reformed",
        "_rig",
        "_spec",
        "displacement",
        "narrowest",
        "snapshots",
    )

    def __init__(self, rig: Rig, spec: ExperimentSpec) -> None:
        self._rig = rig
        self._spec = spec
        self._initial = rig.junction()
        device = self._initial.positions[self._initial.regions == DEVICE]
        self._length = float(np.ptp(device[:, 2]))
        self._reformed = _REFORMED * electrode_cross_section(self._initial)
        self.displacement = 0.0
        self.narrowest = narrowest_cross_section(self._initial)
        self.snapshots = [Snapshot(self._initial, 0, 0, "pull", 0.0, self.narrowest)]

    def pull(self, cycle: int) -> None:
        """Part the grips until the contact has been broken for a while."""
        limit = self.displacement + _span(self._initial)
        tail = 0.0
        while tail < _TAIL_ANGSTROM:
            junction = self._move(_LOOK_ANGSTROM)
            if self.narrowest > 0.0:
                tail = 0.0
                self._keep_if_new(junction, cycle, "pull")
            else:
                if tail == 0.0:
                    self._keep(junction, cycle, "pull")
                tail += _LOOK_ANGSTROM
            if self.displacement > limit:
                raise ExperimentError(
                    f"the contact must break, but holds at a displacement of "
                    f"{self.displacement:.1f} Å; try another seed or a longer device",
                    displacement_angstrom=self.displacement,
                )
        self._keep(junction, cycle, "pull")

    def push(self, cycle: int) -> None:
        """Close the grips until the contact is nearly as thick as its electrodes."""
        while self.narrowest < self._reformed and not self._is_closest():
            junction = self._move(-_LOOK_ANGSTROM)
            if self.narrowest > 0.0:
                self._keep_if_new(junction, cycle, "push")
        if self.narrowest == 0.0:
            raise ExperimentError(
                f"the contact must re-form, but is open at a displacement of "
                f"{self.displacement:.1f} Å; try another seed",
                displacement_angstrom=self.displacement,
            )

    def _is_closest(self) -> bool:
        share = _CLOSEST if self.narrowest > 0.0 else _CLOSEST_OPEN
        return self.displacement <= -share * self._length

    def _move(self, distance: float) -> Junction:
        self._rig.move(distance, self._spec.speed_angstrom_per_ps)
        junction = self._rig.junction()
        self.displacement = _grip_height(junction) - _grip_height(self._initial)
        self.narrowest = narrowest_cross_section(junction)
        return junction

    def _keep_if_new(self, junction: Junction, cycle: int, stage: Stage) -> None:
        device = junction.regions == DEVICE
        moved = junction.positions[device] - self.snapshots[-1].junction.positions[device]
        if np.linalg.norm(moved, axis=1).max() >= self._spec.snapshot_spacing_angstrom:
            self._keep(junction, cycle, stage)

    def _keep(self, junction: Junction, cycle: int, stage: Stage) -> None:
        frame = len(self.snapshots)
        self.snapshots.append(
            Snapshot(junction, frame, cycle, stage, self.displacement, self.narrowest)
        )


def _grip_height(junction: Junction) -> float:
    return float(junction.positions[junction.regions == RIGHT, 2].min())


def _span(junction: Junction) -> float:
    return float(np.ptp(junction.positions[:, 2]))
