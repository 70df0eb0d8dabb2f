"""Junctions in extxyz files, after the input convention."""

from collections.abc import Sequence
from pathlib import Path

import ase.io
import ase.io.extxyz
from ase import Atoms
from ase.io.formats import UnknownFileTypeError

from sekkei.errors import InvalidInputError
from sekkei.structure.extxyz_header import columns_fault
from sekkei.structure.junction import Junction

_FAULTS = (
    UnknownFileTypeError,
    ase.io.extxyz.XYZError,
    KeyError,
    ValueError,
    RuntimeError,  # ASE lets its own end of iteration out as one
)
_MOST_SHOWN = 60
_MOST_DIGITS = 9


def read_junctions(path: Path) -> tuple[Junction, ...]:
    """Read every frame of an extxyz file.

    Raises
    ------
    InvalidInputError
        If the file does not exist, is not extxyz, is empty, or a frame breaks the input convention.
    """
    return tuple(_frame(path, i, atoms) for i, atoms in enumerate(read_frames(path)))


def read_frames(path: Path) -> list[Atoms]:
    """Read every frame of an extxyz file, whether or not it follows the input convention.

    Raises
    ------
    InvalidInputError
        If the file does not exist, is not extxyz, or holds no structure or one without atoms.
    """
    if not path.is_file():
        raise InvalidInputError(
            f"the structures must be in a file, but {path} is not one; check the path"
        )
    _check_header(path)
    try:
        frames = ase.io.read(path, index=":", format="extxyz")
    except _FAULTS as error:
        raise InvalidInputError(
            f"{path} must be an extxyz file, but {_reason(error)}; "
            "look at docs/reference/input-convention.md"
        ) from error
    if not frames or not all(map(len, frames)):
        raise InvalidInputError(
            f"{path} must hold a structure, but {'a frame' if frames else 'it'} is empty; "
            "look at docs/reference/input-convention.md"
        )
    return list(frames)


def _check_header(path: Path) -> None:
    """Refuse a first frame of more atoms or columns than it has: ASE would count to them."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        count, header, row = (stream.readline() for _ in range(3))
    said = columns_fault(header, row)
    if said is None and len(count.strip()) > _MOST_DIGITS and count.strip().isdigit():
        said = f"it ends within a frame, which promises {count.strip()[:60]} atoms"
    if said is not None:
        raise InvalidInputError(
            f"{path} must be an extxyz file, but {said}; look at docs/reference/input-convention.md"
        )


def write_junctions(path: Path, junctions: Sequence[Junction]) -> None:
    """Write junctions as an extxyz file that `read_junctions` reads back."""
    ase.io.write(path, [junction.to_atoms() for junction in junctions], format="extxyz")


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no text"
    if isinstance(error, KeyError):
        return f"element {error.args[0]!r} is unknown"
    if isinstance(error, RuntimeError):
        return "it ends within a frame"
    said = " ".join(str(error).removeprefix("ase.io.extxyz: ").replace("\\n'", "'").split())
    _, is_count, found = said.partition("Expected xyz header but got: ")
    if is_count:
        found = found.rpartition("base 10: ")[2][:_MOST_SHOWN]
        return f"found {found} where the number of atoms must stand"
    return f"reading it said: {said[:1].lower()}{said[1:]}"


def _frame(path: Path, i_frame: int, atoms: Atoms) -> Junction:
    try:
        return Junction.from_atoms(atoms)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{path}, frame {i_frame}: {error.message}", **error.facts
        ) from error
