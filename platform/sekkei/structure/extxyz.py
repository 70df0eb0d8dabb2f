"""Extended XYZ: frames of a file, with the line where it is not as it must be."""

import lzma
import os
import zlib
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

import ase.io.extxyz
from ase import Atoms
from ase.io.formats import open_with_compression

from sekkei.errors import InvalidInputError
from sekkei.structure.extxyz_header import columns_fault
from sekkei.structure.junction import Junction

ASE_FAULTS = (
    ase.io.ParseError,
    ase.io.extxyz.XYZError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,  # a header that promises too much
    NameError,  # of a variable that it sets in a part that the file lacks
    OSError,
    RuntimeError,  # ASE lets its own end of iteration out as one
    StopIteration,
    TypeError,
    ValueError,
)
"""What ASE raises on files that are not as it expects them."""

_MOST_SHOWN = 60
_MOST_DIGITS = 12
_LOOK = "look at docs/reference/input-convention.md"


def write_junctions(path: "str | os.PathLike[str]", junctions: Sequence[Junction]) -> None:
    """Write junctions as an extxyz file that `read_junctions` reads back."""
    text = extxyz_text([junction.to_atoms() for junction in junctions])
    Path(path).write_text(text, encoding="utf-8")


def extxyz_text(frames: Sequence[Atoms]) -> str:
    """Return ASE atoms as the frames of an extxyz file."""
    # Not by name of the file, since ASE takes what follows an @ in one for an index.
    text = StringIO()
    ase.io.extxyz.write_xyz(text, frames)
    return text.getvalue()


def read_extxyz(path: Path) -> list[Atoms]:
    """Read every frame of an xyz or extxyz file; empty lines between frames are passed over.

    Raises
    ------
    InvalidInputError
        If it is not extxyz, or holds no structure or one without atoms; with the line.
    """
    lines = _lines(path)
    frames = [_frame(path, at, lines[at:end]) for at, end in _bounds(path, lines)]
    if not frames:
        raise InvalidInputError(f"{path} must hold a structure, but it is empty; {_LOOK}")
    return frames


def _lines(path: Path) -> list[str]:
    try:
        with open_with_compression(str(path), "rb") as stream:
            text = str(stream.read(), "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{path} must be an extxyz file, but it is no text; {_LOOK}"
        ) from error
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise InvalidInputError(f"{path} must be readable, but: {error}") from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _bounds(path: Path, lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first line of each frame, counted from 0, and the one after its last."""
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        end = at + 2 + _count(path, at, lines)
        while end < len(lines) and lines[end].lstrip().startswith("VEC"):
            end += 1
        yield at, end
        at = end


def _count(path: Path, at: int, lines: Sequence[str]) -> int:
    """Return how many atoms a frame has, whose lines are all there."""
    said = lines[at].strip()
    if not (said.isascii() and said.isdigit()):
        shown = repr(said[:_MOST_SHOWN])
        raise _fault(path, at, f"found {shown} where the number of atoms must stand")
    if not int(said[:_MOST_DIGITS]):
        raise InvalidInputError(
            f"{path} must hold a structure, but a frame is empty, at line {at + 1}; {_LOOK}"
        )
    left = max(0, len(lines) - at - 2)
    if len(said) > _MOST_DIGITS or int(said) > left:
        shown = said[:_MOST_DIGITS]
        raise _fault(
            path, at, f"it ends within a frame, which promises {shown} atoms but has {left}"
        )
    for i_atom, row in enumerate(lines[at + 2 : at + 2 + int(said)]):
        if not row.strip():
            what = f"found an empty line where atom {i_atom} of {said} must stand"
            raise _fault(path, at + 2 + i_atom, what)
    return int(said)


def _frame(path: Path, at: int, lines: Sequence[str]) -> Atoms:
    promised = columns_fault(lines[1], lines[2])
    if promised is not None:
        raise _fault(path, at + 1, promised)
    try:
        (atoms,) = ase.io.extxyz.read_xyz(StringIO("\n".join(lines) + "\n"), index=slice(None))
    except ASE_FAULTS as error:
        raise _fault(path, at, reason(error)) from error
    found: Atoms = atoms
    return found


def reason(error: Exception) -> str:
    """Say in words what ASE raised."""
    if isinstance(error, KeyError):
        return f"element {error.args[0]!r} is unknown"
    said = " ".join(str(error).removeprefix("ase.io.extxyz: ").replace("\\n'", "'").split())
    if not said:
        return "it ends too early"
    return f"reading it said: {said[:1].lower()}{said[1:]}"


def _fault(path: Path, at: int, what: str) -> InvalidInputError:
    line = at + 1
    if what.startswith("element "):
        return InvalidInputError(
            f"{path} must hold chemical elements, but {what}, in the frame from line {line} on; "
            "correct its symbols",
            line=line,
        )
    return InvalidInputError(
        f"{path} must be an extxyz file, but {what}, at line {line}; {_LOOK}", line=line
    )
