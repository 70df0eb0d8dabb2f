"""Measured traces as a source beside labels and predictions."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sekkei.arrays import freeze
from sekkei.errors import InvalidInputError
from sekkei.observe.measured.calibration import Calibration, calibrated, check_calibration
from sekkei.observe.measured.cut import CutRule, Piece, cut_recording
from sekkei.observe.measured.formats import read_recordings
from sekkei.observe.measured.recording import Columns, Recording
from sekkei.observe.measured.text import Decimal
from sekkei.observe.source import Source
from sekkei.observe.trace import Trace

MOST_FILES = 100_000
"""Files of one measurement."""


@dataclass(frozen=True, slots=True)
class MeasuredFiles:
    """Files of one measurement, and how they are to be read."""

    files: tuple[Path, ...]
    """In the order in which they were measured."""

    calibration: Calibration = field(default_factory=Calibration)
    """Units."""

    columns: Columns = field(default_factory=Columns)
    """Which columns are meant."""

    rule: CutRule = field(default_factory=CutRule)
    """Where traces begin and end."""

    decimal: Decimal | None = None
    """Decimal sign of texts, where it is not plain."""

    per_block: int = 10
    """Cycles in a row that count as one experiment: contacts remember the ones before."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadMeasurement:
    """What became of the files."""

    source: Source
    """The traces."""

    n_file: int
    """Files that were read."""

    n_sample: int
    """Samples with numbers."""

    n_dropped: int
    """Samples without: NaN, infinite, words, or beyond the series resistance."""

    n_negative: int
    """Samples below zero, as an offset makes them."""


def measured_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files that are meant; a folder stands for the files in it.

    Files of a folder come in natural order: ``trace_2`` before ``trace_10``. Hidden ones are
    left out.

    Raises
    ------
    InvalidInputError
        If one is not there, a folder is empty, or there are more than 100,000.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [p for p in path.iterdir() if p.is_file() and not p.name.startswith(".")]
            if not inside:
                raise InvalidInputError(f"a folder must hold measurements, but {path} is empty")
            found += sorted(inside, key=_natural)
        elif path.is_file():
            found.append(path)
        else:
            raise InvalidInputError(f"a measurement must be a file, but {path} is none")
    if len(found) > MOST_FILES:
        raise InvalidInputError(
            f"a measurement must have at most {MOST_FILES} files, but found {len(found)}"
        )
    return tuple(found)


def read_measured(wanted: MeasuredFiles, *, name: str = "own traces") -> ReadMeasurement:
    """Read files, convert their units, and cut them into traces.

    Every ``per_block`` cycles in a row are one experiment, the unit that is resampled.

    Parameters
    ----------
    wanted
        Files, units, columns and rule.
    name
        What a legend calls the source.

    Raises
    ------
    InvalidInputError
        If a unit is missing, a file cannot be read, records with and without displacement are
        mixed, or no trace is found.
    MissingExtraError
        If what reads a format is not installed.
    """
    if wanted.per_block < 1:
        raise InvalidInputError(f"a block must have a cycle or more, but found {wanted.per_block}")
    check_calibration(wanted.calibration, has_displacement=False)
    pieces: list[Piece] = []
    counts = np.zeros(3, dtype=np.int64)
    kinds: set[bool] = set()
    for file in wanted.files:
        for recording in read_recordings(file, wanted.columns, wanted.decimal):
            found, counted, has_displacement = _pieces(recording, wanted)
            pieces += found
            counts += counted
            kinds.add(has_displacement)
    if len(kinds) > 1:
        raise InvalidInputError(
            "all records must have a displacement, or none, but found both; read them apart"
        )
    if not pieces:
        raise InvalidInputError(_nothing_found(wanted, int(counts[0])))
    source = Source(
        name=name,
        kind="measured",
        quantity="measured",
        traces=_traces(pieces, wanted.per_block),
        weighting="displacement" if kinds == {True} else "snapshot",
        starts_at=int(wanted.rule.closed) if wanted.rule.by == "thresholds" else None,
    )
    return ReadMeasurement(source, len(wanted.files), *(int(n) for n in counts))


def _pieces(
    recording: Recording, wanted: MeasuredFiles
) -> tuple[tuple[Piece, ...], np.ndarray, bool]:
    conductances, displacements = calibrated(recording, wanted.calibration)
    is_known = np.isfinite(conductances)
    if displacements is not None:
        is_known &= np.isfinite(displacements)
        displacements = displacements[is_known]
    conductances = conductances[is_known]
    counted = np.array(
        [is_known.sum(), (~is_known).sum(), (conductances < 0.0).sum()], dtype=np.int64
    )
    if counted[1] > counted[0]:
        raise InvalidInputError(
            f"most of a record must be numbers, but {counted[1]} of {is_known.size} samples of "
            f"{recording.name} are none; check columns, decimals and units"
        )
    pieces = cut_recording(conductances, displacements, wanted.rule)
    return pieces, counted, displacements is not None


def _traces(pieces: Sequence[Piece], per_block: int) -> tuple[Trace, ...]:
    found = []
    cycle = -1
    last = None
    for piece in pieces:
        if piece.stage == "pull" or last != "pull":
            cycle += 1
        last = piece.stage
        block, within = divmod(cycle, per_block)
        found.append(
            Trace(
                experiment=f"block-{block:05d}",
                cycle=within,
                stage=piece.stage,
                displacements=freeze(piece.displacements),
                conductances=freeze(piece.conductances),
                sigmas=freeze(np.zeros_like(piece.conductances)),
            )
        )
    return tuple(found)


def _nothing_found(wanted: MeasuredFiles, n_sample: int) -> str:
    rule = wanted.rule
    if rule.by == "turns":
        return f"a measurement must hold a trace, but {n_sample} samples hold none; check columns"
    return (
        f"a measurement must hold a trace from {rule.closed:g} G0 or above to {rule.open:g} G0 or "
        f"below, but {n_sample} samples hold none; check the units, or try other --closed-g0 and "
        "--open-g0, or --cut turns"
    )


def _natural(path: Path) -> list[tuple[int, str]]:
    return [
        (int(part), "") if part.isdigit() else (-1, part)
        for part in re.split(r"(\d+)", path.name)
        if part
    ]
