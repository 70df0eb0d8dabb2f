"""Uploaded structures: plain extxyz, checked before anything reads it."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sekkei.errors import InvalidInputError
from sekkei.structure import read_junctions
from sekkei.structure.junction import Junction
from sekkei_service.problem import refused
from sekkei_service.settings import Limits

_COUNT = re.compile(r"\s*([0-9]{1,9})\s*")
_MOST_HEADER = 4096
_HEADER = re.compile(
    r"""(?:\s*[A-Za-z_][A-Za-z0-9_]*=(?:"[A-Za-z0-9_ .+:\-/,()]*"|[A-Za-z0-9_.+:\-/,()]*))*\s*"""
)
_PROPERTIES = re.compile(r"\bProperties=([A-Za-z0-9_:]+)")
_COLUMNS = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]*:[SRIL]:[1-9](?::|$)){1,12}")
_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
_PERIOD = re.compile(rf'\belectrode_period_angstrom=("?){_NUMBER}\1(?:\s|$)')
_LATTICE = re.compile(rf'\bLattice="\s*(?:{_NUMBER}\s+){{8}}{_NUMBER}\s*"')
_PERIODIC = re.compile(r'\bpbc="\s*(?:[TF]\s*){3}"')


def read_upload(body: bytes, limits: Limits) -> Sequence[Junction]:
    """Read uploaded structures.

    Counts are checked against what is there before anything is made of them; headers hold plain
    words and numbers, in as many columns as the input convention needs.

    Raises
    ------
    InvalidInputError
        If it is not extxyz, or breaks the input convention.
    RefusedError
        If there is too much of it.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError("the upload must be extxyz, but it is no text") from error
    _check_frames(text.splitlines(), limits)
    with tempfile.TemporaryDirectory(prefix="sekkei-upload-") as folder:
        file = Path(folder) / "upload.extxyz"
        file.write_text(text, "utf-8")
        try:
            return read_junctions(file)
        except InvalidInputError as error:
            message = error.message.replace(str(file), "the upload")
            raise InvalidInputError(message, **error.facts) from error


def _check_frames(lines: Sequence[str], limits: Limits) -> None:
    start, n_frame, n_atom = 0, 0, 0
    while start < len(lines) and any(line.strip() for line in lines[start:]):
        match = _COUNT.fullmatch(lines[start])
        if match is None:
            raise InvalidInputError(
                f"line {start + 1} of the upload must be a number of atoms, but is "
                f"{lines[start][:60]!r}"
            )
        n_here = int(match[1])
        n_frame, n_atom = n_frame + 1, n_atom + n_here
        if n_frame > limits.upload_structures or n_atom > limits.upload_atoms:
            raise refused(
                413,
                f"an upload must have at most {limits.upload_structures} structures and "
                f"{limits.upload_atoms} atoms; send fewer at a time",
            )
        if n_here < 1 or start + 2 + n_here > len(lines):
            raise InvalidInputError(
                f"structure {n_frame} of the upload must have the {n_here} atoms that it says, and "
                "at least one"
            )
        _check_header(lines[start + 1], n_frame)
        start += 2 + n_here
    if not n_frame:
        raise InvalidInputError("the upload must hold a structure, but it is empty")


def _check_header(line: str, n_frame: int) -> None:
    columns = _PROPERTIES.search(line)
    is_plain = len(line) <= _MOST_HEADER and _HEADER.fullmatch(line) is not None
    is_fitting = columns is None or _COLUMNS.fullmatch(columns[1]) is not None
    told = (("electrode_period_angstrom=", _PERIOD), ("Lattice=", _LATTICE), ("pbc=", _PERIODIC))
    are_numbers = all(key not in line or form.search(line) for key, form in told)
    if not (is_plain and is_fitting and are_numbers):
        raise InvalidInputError(
            f"the comment line of structure {n_frame} must be KEY=VALUE with plain words and "
            "numbers, as in docs/reference/input-convention.md; leave out what Sekkei does not need"
        )
