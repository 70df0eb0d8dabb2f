"""Junctions in extxyz files, after the input convention."""

from collections.abc import Sequence
from pathlib import Path

import ase.io
import ase.io.extxyz
from ase import Atoms
from ase.io.formats import UnknownFileTypeError

from sekkei.errors import InvalidInputError
from sekkei.structure.junction import Junction


def read_junctions(path: Path) -> tuple[Junction, ...]:
    """Read every frame of an extxyz file.

    Raises
    ------
    InvalidInputError
        If the file does not exist, is not extxyz, or a frame breaks the input convention.
    """
    return tuple(_frame(path, i, atoms) for i, atoms in enumerate(read_frames(path)))


def read_frames(path: Path) -> list[Atoms]:
    """Read every frame of an extxyz file, whether or not it follows the input convention.

    Raises
    ------
    InvalidInputError
        If the file does not exist or is not extxyz.
    """
    if not path.is_file():
        raise InvalidInputError(
            f"the structures must be in a file, but {path} is not one; check the path"
        )
    try:
        frames = ase.io.read(path, index=":", format="extxyz")
    except (UnknownFileTypeError, ase.io.extxyz.XYZError, KeyError, ValueError) as error:
        raise InvalidInputError(
            f"{path} must be an extxyz file, but reading it said: {error}; "
            "look at docs/reference/input-convention.md"
        ) from error
    return list(frames)


def write_junctions(path: Path, junctions: Sequence[Junction]) -> None:
    """Write junctions as an extxyz file that `read_junctions` reads back."""
    ase.io.write(path, [junction.to_atoms() for junction in junctions], format="extxyz")


def _frame(path: Path, i_frame: int, atoms: Atoms) -> Junction:
    try:
        return Junction.from_atoms(atoms)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{path}, frame {i_frame}: {error.message}", **error.facts
        ) from error
