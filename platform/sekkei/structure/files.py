"""Structures in the files of the field: extxyz, POSCAR, LAMMPS, XV, CIF and trajectories."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from ase.io.formats import UnknownFileTypeError, filetype, ioformats
from ase.spacegroup.spacegroup import SpacegroupError

from sekkei.errors import InvalidInputError
from sekkei.structure.extxyz import ASE_FAULTS, read_extxyz, reason
from sekkei.structure.junction import Junction, parse_element

FORMATS = {
    "vasp": "POSCAR",
    "vasp-xdatcar": "XDATCAR",
    "vasp-out": "OUTCAR",
    "lammps-dump-text": "LAMMPS dump",
    "lammps-data": "LAMMPS data",
    "siesta-xv": "XV",
    "cif": "CIF",
    "xsf": "XSF",
    "aims": "geometry.in",
    "espresso-in": "pw.x input",
    "proteindatabank": "PDB",
    "traj": "ASE trajectory",
}
"""What is read beside extxyz, by the names of ASE. None of them can run code."""

AXES = ("x", "y", "z")

VACUUM_ANGSTROM = 8.0
"""An empty stretch across that no layer of a metal crystal has."""

_SAYS_WHAT_REPEATS = (None, "traj")  # extxyz is the first

_PEEK = 4096
_COUNT = re.compile(r"\ufeff?\s*\d+\s*[\r\n]")
_VASP = re.compile("POSCAR|CONTCAR|XDATCAR|OUTCAR")
_DATA = re.compile(r"^\s*\d+\s+atom\s+types\b", re.MULTILINE)
_PROMISE = re.compile(
    r"(?:^ITEM: NUMBER OF ATOMS\s+|^[ \t]*(?=\d+[ \t]+atoms\b))(\d+)", re.MULTILINE
)
_MASSES = re.compile(r"^\s*(Masses|Atom Type Labels)\b", re.MULTILINE)
_NAMED_COLUMNS = re.compile(r"^ITEM: ATOMS.*\b(element|mass)\b", re.MULTILINE)
_POSCAR_SYMBOLS = 5  # lines before the one that names the elements, or counts them if old


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be understood where it does not say so itself."""

    species: tuple[str, ...] = ()
    """Elements of types 1, 2, …, of files that know types only."""

    axis: str | None = None
    """Along which transport runs in the file: x, y or z, which is turned to z; z if it is not said.

    Where it is said, a box with much vacuum along both other axes holds a wire in vacuum, unless
    the format says for each axis whether the structure repeats along it.
    """


AS_IT_IS = Reading()


def read_junctions(
    path: "str | os.PathLike[str]", reading: Reading = AS_IT_IS
) -> tuple[Junction, ...]:
    """Read every frame of a file in the input convention.

    Raises
    ------
    InvalidInputError
        If the file does not exist, is in no format that is known, is empty, or a frame breaks the
        input convention.
    """
    place = Path(path)
    return tuple(_junction(place, i, atoms) for i, atoms in enumerate(read_frames(place, reading)))


def read_frames(path: "str | os.PathLike[str]", reading: Reading = AS_IT_IS) -> list[Atoms]:
    """Read every frame of a file, whether or not it follows the input convention.

    Parameters
    ----------
    path
        Extxyz, or a format of `FORMATS`; none of these carries regions.
    reading
        What the file does not say.

    Raises
    ------
    InvalidInputError
        If the file does not exist, is in no format that is known, holds no structure or one
        without atoms, or knows types and no species were given.
    """
    place = Path(path)
    if not place.is_file():
        raise InvalidInputError(
            f"the structures must be in a file, but {place} is not one; check the path"
        )
    form = _format(place)
    frames = read_extxyz(place) if form is None else _read(place, form, reading.species)
    if form is None and reading.species:
        raise _names_elements(place)
    if not frames or not all(map(len, frames)):
        raise InvalidInputError(
            f"{place} must hold a structure, but {'a frame' if frames else 'it'} is empty"
        )
    turned = [_turned(atoms, reading.axis or "z") for atoms in frames]
    if reading.axis is not None and form not in _SAYS_WHAT_REPEATS:
        return [_unboxed(atoms) for atoms in turned]
    return turned


def vacuum_across(atoms: Atoms) -> tuple[float, float]:
    """Return the widest empty stretches along x and y of a cell, in angstrom; 0 without a cell."""
    x, y = (_gap(atoms, i)[0] for i in (0, 1))
    return x, y


def _gap(atoms: Atoms, i_axis: int) -> tuple[float, float]:
    """Return how wide the widest empty stretch along an axis is, and where it ends."""
    length = float(atoms.cell.lengths()[i_axis])
    if length <= 0.0:
        return 0.0, 0.0
    at = np.sort(atoms.positions[:, i_axis] % length)
    gaps = np.diff(at, append=at[0] + length)
    widest = int(gaps.argmax())
    return float(gaps[widest]), float(at[(widest + 1) % len(at)])


def _unboxed(atoms: Atoms) -> Atoms:
    """Take a wire out of a box with much vacuum around it; its parts are put together again."""
    if min(vacuum_across(atoms)) <= VACUUM_ANGSTROM:
        return atoms
    for i in (0, 1):
        # What crosses a face of the box stands at both of them.
        end, length = _gap(atoms, i)[1], atoms.cell.lengths()[i]
        atoms.positions[:, i] = end + (atoms.positions[:, i] - end) % length
    atoms.pbc[:2] = False
    return atoms


def _format(path: Path) -> str | None:
    """Return which format of ASE a file has; None for extxyz, and for what may be meant as such."""
    if path.name.removesuffix(".gz").endswith((".xyz", ".extxyz")):
        return None
    with path.open("rb") as stream:
        start = stream.read(_PEEK).decode("utf-8", "replace")
    if _COUNT.match(start) and not _VASP.search(path.name):
        return None
    if _DATA.search(start):
        return "lammps-data"
    try:
        form = filetype(str(path))
    except (UnknownFileTypeError, *ASE_FAULTS):
        return None
    if form in FORMATS:
        return form
    if form in ("xyz", "extxyz") or form not in ioformats:
        return None  # ASE takes an ending that it does not know for the name of a format
    raise InvalidInputError(
        f"structures must be in extxyz, {', '.join(FORMATS.values())}, but {path} seems to be "
        f"{form}; write it as extxyz with ase.io, and add regions by --find-leads"
    )


def _read(path: Path, form: str, species: Sequence[str]) -> list[Atoms]:
    for symbol in species:
        parse_element(symbol)
    try:
        if form == "vasp":
            return [_poscar(path, species)]
        if form in ("lammps-data", "lammps-dump-text"):
            return _lammps(path, form, species)
        if species:
            raise _names_elements(path)
        return _all_frames(str(path), form)
    except InvalidInputError:
        raise
    except (SpacegroupError, *ASE_FAULTS) as error:
        raise InvalidInputError(
            f"{path} must be a readable {FORMATS[form]} file, but {reason(error)}"
        ) from error


def _poscar(path: Path, species: Sequence[str]) -> Atoms:
    lines = path.read_text(encoding="utf-8").splitlines()
    is_named = not lines[_POSCAR_SYMBOLS].split()[0].isdigit()
    if is_named and species:
        raise _names_elements(path)
    if not is_named:
        n_type = len([word for word in lines[_POSCAR_SYMBOLS].split() if word.isdigit()])
        _check_species(path, n_type, species)
        lines.insert(_POSCAR_SYMBOLS, " ".join(species))
    counts = [word for word in lines[_POSCAR_SYMBOLS + 1].split() if word.isdigit()]
    _check_promise(path, counts, len(lines))
    return _all_frames(StringIO("\n".join(lines) + "\n"), "vasp")[0]


def _lammps(path: Path, form: str, species: Sequence[str]) -> list[Atoms]:
    text = path.read_text(encoding="utf-8")
    is_dump = form == "lammps-dump-text"
    _check_promise(path, _PROMISE.findall(text), text.count("\n"))
    if (_NAMED_COLUMNS if is_dump else _MASSES).search(text):
        if species:
            raise _names_elements(path)
    else:
        _check_species(path, None, species)
    if not species:
        return _all_frames(StringIO(text), form)
    # With its own number for every type, ASE reads types, and they can be checked.
    options = {} if is_dump else {"Z_of_type": {i: i for i in range(1, len(atomic_numbers))}}
    frames = _all_frames(StringIO(text), form, **options)
    _check_types(path, max(int(frame.numbers.max(initial=0)) for frame in frames), species)
    numbers = np.array([0, *(parse_element(one) for one in species)])
    for frame in frames:
        frame.numbers = numbers[frame.numbers]
    return frames


def _all_frames(source: str | StringIO, form: str, **options: Any) -> list[Atoms]:
    # The sign is for sources that are names: ASE takes what follows an @ for an index.
    read = ase.io.read(source, index=":", format=form, do_not_split_by_at_sign=True, **options)
    return list(read)


def _check_species(path: Path, n_type: int | None, species: Sequence[str]) -> None:
    if not species or n_type not in (None, len(species)):
        count = "" if n_type is None else f" for each of its {n_type} types"
        found = ", ".join(species) or "none"
        raise InvalidInputError(
            f"{path} knows types of atoms and no elements, so species must be given{count}, but "
            f"found {found}; try --species K --species Na"
        )


def _check_types(path: Path, highest: int, species: Sequence[str]) -> None:
    if highest > len(species):
        raise InvalidInputError(
            f"each type of atoms must have its element, but {path} has a type {highest} and "
            f"{len(species)} species were given ({', '.join(species)}); name them in the order of "
            "the types"
        )


def _check_promise(path: Path, counts: Sequence[str], n_line: int) -> None:
    """Refuse a count of atoms that the file cannot hold, which ASE would believe."""
    if any(len(count) > len(str(n_line)) or int(count) > n_line for count in counts):
        raise InvalidInputError(
            f"{path} must hold as many atoms as it promises, but it has {n_line} lines only; is "
            "it cut off?"
        )


def _names_elements(path: Path) -> InvalidInputError:
    return InvalidInputError(
        f"species are for files that know types only, but {path} names its elements; leave "
        "--species out"
    )


def _turned(atoms: Atoms, axis: str) -> Atoms:
    """Turn atoms so that an axis becomes z; x, y and z change places in a circle."""
    if axis not in AXES:
        raise InvalidInputError(f"the axis of transport must be x, y or z, but is {axis!r}")
    if axis == "z":
        return atoms
    order = [(AXES.index(axis) + step) % 3 for step in (1, 2, 3)]
    turned = Atoms(
        numbers=atoms.numbers,
        positions=atoms.positions[:, order],
        cell=np.array(atoms.cell)[np.ix_(order, order)],
        pbc=atoms.pbc[order],
        info=atoms.info,
    )
    if "region" in atoms.arrays:
        turned.set_array("region", atoms.arrays["region"])
    return turned


def _junction(path: Path, i_frame: int, atoms: Atoms) -> Junction:
    try:
        return Junction.from_atoms(atoms)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{path}, frame {i_frame}: {error.message}", **error.facts
        ) from error
