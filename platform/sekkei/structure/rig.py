"""A contact clamped between two rigid grips in LAMMPS: settle it, move a grip, look at it."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from ase.data import atomic_masses, chemical_symbols

from sekkei.shapes import Bool
from sekkei.structure.experiment import PotentialName
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lammps_engine import AtomTypes, LammpsEngine
from sekkei.structure.potential.commands import potential_commands

# About one fiftieth of the shortest phonon period of each metal (Li 9, Na 3.8, K 2.2, Rb 1.5,
# Cs 1.1 THz); an alloy takes that of its lightest element.
_TIME_STEP_FS = {"Li": 2.0, "Na": 5.0, "K": 8.0, "Rb": 12.0, "Cs": 16.0}
_DAMPING_PS = 0.3
_SETTLING_PS = 2.0
_MARGIN_ANGSTROM = 60.0
_MINIMISE = "minimize 0.0 1.0e-3 2000 20000"
_LARGEST_SEED = 900_000_000  # LAMMPS takes no larger one


class Rig:
    """A contact in LAMMPS whose right grip moves along z; made by `clamped`."""

    __slots__ = ("_contact", "_engine", "_right", "_speed", "time_step_fs")

    def __init__(self, engine: LammpsEngine, contact: Junction, time_step_fs: float) -> None:
        self._engine = engine
        self._contact = contact
        self._right = int(np.flatnonzero(contact.regions == RIGHT)[0])
        self._speed = 0.0
        self.time_step_fs = time_step_fs

    def minimise(self) -> None:
        """Let the device atoms fall into the nearest minimum of the energy."""
        self._engine.run_commands(["velocity all set 0.0 0.0 0.0 units box", _MINIMISE])
        self._speed = 0.0

    def settle(self, temperature_k: float, seed: int) -> None:
        """Minimise, then bring the device to a temperature in K for two picoseconds."""
        self.minimise()
        steps = round(_SETTLING_PS * 1000.0 / self.time_step_fs)
        self._engine.run_commands(
            [
                f"velocity device create {temperature_k!r} {_lammps_seed(seed, 0)} mom no rot no",
                f"run {steps} post no",
            ]
        )

    def move(self, distance: float, speed: float) -> None:
        """Move the right grip, negative towards the left one.

        Parameters
        ----------
        distance
            In angstrom, rounded to whole time steps, at least one.
        speed
            In angstrom per picosecond, positive.

        Raises
        ------
        ExperimentError
            If LAMMPS fails or loses an atom.
        """
        velocity = float(np.copysign(speed, distance))
        if velocity != self._speed:
            self._engine.run_commands([f"velocity right set 0.0 0.0 {velocity!r} units box"])
            self._speed = velocity
        steps = max(1, round(abs(distance) / speed * 1000.0 / self.time_step_fs))
        # Neither positions nor forces changed since the last run, so its set-up is still good.
        self._engine.run_commands([f"run {steps} pre no post no"])

    def hold(self, picoseconds: float) -> None:
        """Let the device shake at its temperature while the grips stand still."""
        steps = round(picoseconds * 1000.0 / self.time_step_fs)
        if steps:
            self._engine.run_commands(
                ["velocity right set 0.0 0.0 0.0 units box", f"run {steps} post no"]
            )
            self._speed = 0.0

    def energy(self) -> float:
        """Return the potential energy in eV of the last step; grips count, too."""
        return self._engine.potential_energy()

    def junction(self) -> Junction:
        """Return the contact as it is now, its grips exactly periodic."""
        positions = self._engine.positions()
        shift = positions[self._right, 2] - self._contact.positions[self._right, 2]
        grips = self._contact.regions != DEVICE
        positions[grips] = self._contact.positions[grips]
        positions[self._contact.regions == RIGHT, 2] += shift
        return Junction.from_sequences(
            self._contact.numbers,
            positions,
            self._contact.regions,
            self._contact.electrode_period,
        )


@contextmanager
def clamped(
    contact: Junction, potential: PotentialName, temperature_k: float, seed: int
) -> Iterator[Rig]:
    """Clamp a contact for the length of a ``with`` block.

    Parameters
    ----------
    contact
        What to clamp. Atoms of regions -1 and +1 are rigid.
    potential
        Interatomic potential.
    temperature_k
        Temperature of the Langevin bath of the device atoms in K.
    seed
        Seed of the bath.

    Raises
    ------
    InvalidInputError
        If the potential does not treat these elements.
    MissingExtraError
        If LAMMPS is not installed.
    ExperimentError
        If LAMMPS fails.
    """
    numbers = np.unique(contact.numbers)
    symbols = tuple(chemical_symbols[z] for z in numbers)
    time_step_fs = min(_TIME_STEP_FS[symbol] for symbol in symbols)
    with tempfile.TemporaryDirectory(prefix="sekkei-") as folder, LammpsEngine() as engine:
        commands = potential_commands(potential, symbols, Path(folder))
        engine.run_commands(_box(contact, len(symbols)))
        masses = tuple(float(atomic_masses[z]) for z in numbers)
        types = np.searchsorted(numbers, contact.numbers) + 1
        engine.add_atoms(types, np.array(contact.positions), AtomTypes(symbols, masses))
        engine.run_commands([*commands, *_dynamics(contact, temperature_k, seed)])
        engine.run_commands([f"timestep {time_step_fs / 1000.0!r}"])
        yield Rig(engine, contact, time_step_fs)


def _box(contact: Junction, n_type: int) -> Sequence[str]:
    # Fixed walls far away: an atom that reaches one has evaporated, and LAMMPS calls it lost.
    low = contact.positions.min(axis=0) - _MARGIN_ANGSTROM
    high = contact.positions.max(axis=0) + _MARGIN_ANGSTROM
    high[2] += np.ptp(contact.positions[:, 2])
    sides = " ".join(f"{a!r} {b!r}" for a, b in zip(low.tolist(), high.tolist(), strict=True))
    return ["boundary f f f", f"region box block {sides}", f"create_box {n_type} box"]


def _dynamics(contact: Junction, temperature_k: float, seed: int) -> Sequence[str]:
    bath = f"{temperature_k!r} {temperature_k!r} {_DAMPING_PS!r} {_lammps_seed(seed, 1)}"
    return [
        _group("left", contact.regions == LEFT),
        _group("device", contact.regions == DEVICE),
        _group("right", contact.regions == RIGHT),
        "group grips union left right",
        "neighbor 1.5 bin",
        "thermo 1000000000",
        "fix motion all nve",
        f"fix bath device langevin {bath}",
        # Friction across only: along z it would drag the moving half, which then breaks off at
        # its grip. Motion along z is cooled through its coupling to the other two.
        "compute across device temp/partial 1 1 0",
        "fix_modify bath temp across",
        # Grips feel no force, so they keep the velocity they are given.
        "fix rigid grips setforce 0.0 0.0 0.0",
    ]


def _group(name: str, members: Bool[np.ndarray, " atom"]) -> str:
    return f"group {name} id {' '.join(str(i + 1) for i in np.flatnonzero(members))}"


def _lammps_seed(seed: int, stream: int) -> int:
    return int(np.random.default_rng([seed, stream]).integers(1, _LARGEST_SEED))
