"""Files that laboratories write. The only module that speaks h5py, nptdms and igor2."""

import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sekkei.errors import InvalidInputError, MissingExtraError
from sekkei.observe.measured.recording import (
    Columns,
    Recording,
    check_size,
    recordings_from_columns,
)
from sekkei.observe.measured.text import Decimal, read_columns

MOST_BYTES = 2**30
"""Size that one file may have, in bytes."""

MOST_TEXT_BYTES = 2**29
"""Size that one text may have, in bytes: reading takes about ten times as much memory."""

# What these libraries raise on a file that is cut off or of another kind.
_BROKEN = (
    OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError,
    struct.error,
)  # fmt: skip


def read_recordings(
    file: Path, columns: Columns | None = None, decimal: Decimal | None = None
) -> tuple[Recording, ...]:
    """Read the recordings of one file; its ending says which format it has.

    Parameters
    ----------
    file
        ``.h5``, ``.hdf5``, ``.hdf`` or ``.nxs``: HDF5; ``.tdms``; ``.ibw``, ``.pxp``: Igor; any
        other is taken for a text.
    columns
        Which columns are meant; needed where a file has more than two.
    decimal
        Of a text, see `read_columns`.

    Raises
    ------
    InvalidInputError
        If it is no such file, is larger than 1 GiB (a text: half), or it is not plain which columns
        are meant.
    MissingExtraError
        If what reads the format is not installed.
    """
    if not file.is_file():
        raise InvalidInputError(f"a measurement must be a file, but {file} is none")
    read = _READERS.get(file.suffix.lower())
    size, most = file.stat().st_size, MOST_BYTES if read else MOST_TEXT_BYTES
    if size > most:
        raise InvalidInputError(
            f"a measurement must have at most {most} bytes, but {file.name} has {size}; split it"
        )
    columns = columns or Columns()
    if read is not None:
        return recordings_from_columns(file, read(file), columns)
    table = read_columns(file, file.read_bytes(), decimal)
    return recordings_from_columns(file, _by_number(table, columns), _two_columns(table, columns))


def _by_number(table: Mapping[str, np.ndarray], columns: Columns) -> Mapping[str, np.ndarray]:
    """Let columns be called by their number where no name is like it."""
    wanted = {columns.conductance, columns.displacement} - {None}
    numbered = {str(i): values for i, values in enumerate(table.values(), start=1)}
    return {**table, **{n: v for n, v in numbered.items() if n in wanted and n not in table}}


def _two_columns(table: Mapping[str, np.ndarray], columns: Columns) -> Columns:
    """Of two columns that nobody named, the first is the displacement."""
    if len(table) != 2 or columns != Columns():
        return columns
    displacement, conductance = table
    return Columns(conductance, displacement)


def _hdf5(file: Path) -> dict[str, np.ndarray]:
    try:
        import h5py  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise _missing("h5py", "HDF5") from error
    found: dict[str, np.ndarray] = {}

    def keep(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and _is_numbers(node.dtype, node.ndim):
            check_size(file, node.size + sum(a.size for a in found.values()))
            found[name] = np.asarray(node[()], dtype=np.float64)

    def read() -> None:
        with h5py.File(file, "r") as opened:
            opened.visititems(keep)

    _guarded(file, "HDF5", read)
    return found


def _tdms(file: Path) -> dict[str, np.ndarray]:
    try:
        import nptdms  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise _missing("nptdms", "TDMS") from error
    found: dict[str, np.ndarray] = {}

    def read() -> None:
        # Opened here: the library leaves a file open that is none of its own.
        with file.open("rb") as stream, nptdms.TdmsFile.open(stream) as opened:
            channels = [channel for group in opened.groups() for channel in group.channels()]
            check_size(file, sum(len(channel) for channel in channels))
            for channel in channels:
                if channel.dtype is not None and _is_numbers(np.dtype(channel.dtype), 1):
                    values = np.asarray(channel[:], dtype=np.float64)
                    found[f"{channel.group_name}/{channel.name}"] = values

    _guarded(file, "TDMS", read)
    return found


def _igor_wave(file: Path) -> dict[str, np.ndarray]:
    try:
        from igor2 import binarywave  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise _missing("igor2", "Igor") from error
    found: dict[str, np.ndarray] = {}

    def read() -> None:
        found.update(_waves(binarywave.load(str(file))["wave"], file.stem))

    _guarded(file, "an Igor wave", read)
    return found


def _igor_experiment(file: Path) -> dict[str, np.ndarray]:
    try:
        from igor2 import packed  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise _missing("igor2", "Igor") from error
    found: dict[str, np.ndarray] = {}

    def walk(folder: Mapping[Any, Any], prefix: str) -> None:
        for key, node in folder.items():
            name = f"{prefix}{key.decode('latin-1') if isinstance(key, bytes) else key}"
            if isinstance(node, Mapping):
                walk(node, f"{name}/")
            elif hasattr(node, "wave"):
                found.update(_waves(node.wave["wave"], name))

    def read() -> None:
        walk(packed.load(str(file))[1]["root"], "")

    _guarded(file, "an Igor experiment", read)
    return found


def _waves(wave: Mapping[str, Any], name: str) -> Iterator[tuple[str, np.ndarray]]:
    values = np.asarray(wave["wData"])
    if _is_numbers(values.dtype, values.ndim):
        yield name, values.astype(np.float64)


def _is_numbers(kind: np.dtype[Any], n_axis: int) -> bool:
    return kind.kind in "fiu" and n_axis in (1, 2)


def _missing(package: str, kind: str) -> MissingExtraError:
    return MissingExtraError(
        f"{kind} files need {package}, which is not installed; try pip install 'sekkei[measured]'",
        package=package,
    )


def _guarded(file: Path, kind: str, read: Callable[[], None]) -> None:
    try:
        read()
    except InvalidInputError:
        raise
    except _BROKEN as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidInputError(f"{file.name} must be {kind}, but: {reason[:200]}") from error


_READERS: dict[str, Callable[[Path], dict[str, np.ndarray]]] = {
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    ".hdf": _hdf5,
    ".nxs": _hdf5,
    ".tdms": _tdms,
    ".ibw": _igor_wave,
    ".pxp": _igor_experiment,
}
