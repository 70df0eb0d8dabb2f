"""A laboratory's record becomes traces whose answer is known."""

from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.observe import Trace, histogram_peaks, plateau_lengths, select_traces
from sekkei.observe.measured import (
    Calibration,
    CutRule,
    MeasuredFiles,
    measured_files,
    read_measured,
)

LEVELS = (9.5, 3.0, 1.0, 0.01)
NANO = Calibration("nA", bias_mv=10.0, offset=5.0, displacement_unit="nm")


def _stroke(n_1: int) -> np.ndarray:
    """A pull with a plateau at 1 G0 of so many samples."""
    return np.repeat(LEVELS, (5, 20, n_1, 21))


def _record(lengths) -> tuple[np.ndarray, np.ndarray]:
    """Pulls and pushes, a sample every 0.01 nm."""
    values, along = [], []
    for n_1 in lengths:
        stroke = _stroke(n_1)
        values += [stroke, stroke[::-1]]
        there = 0.01 * np.arange(stroke.size)
        along += [there, there[::-1]]
    return np.concatenate(along), np.concatenate(values)


def _write(file: Path, along, conductances) -> Path:
    current = conductances * 774.8091729 + 5.0  # nA at 10 mV, with an offset
    rows = (f"{x:.3f};{i:.4f}".replace(".", ",") for x, i in zip(along, current, strict=True))
    file.write_bytes("Länge;Strom (nA)\n".encode("latin-1") + "\n".join(rows).encode())
    return file


def test_a_record_gives_back_the_traces_that_it_was_made_of(tmp_path: Path) -> None:
    lengths = [10, 20, 30, 40] * 6
    file = _write(tmp_path / "run.txt", *_record(lengths))

    read = read_measured(MeasuredFiles((file,), NANO, per_block=8))

    pulls = select_traces(read.source.traces)
    assert len(pulls) == len(select_traces(read.source.traces, ("push",))) == 24
    assert sorted({trace.experiment for trace in pulls}) == ["block-00000", "block-00001",
                                                             "block-00002"]  # fmt: skip
    # Ten samples, 0.1 angstrom apart: what is before and after has half a step each.
    np.testing.assert_allclose(plateau_lengths(pulls), 0.1 * np.array(lengths), atol=1e-9)
    assert (read.source.kind, read.source.quantity, read.source.weighting) == (
        "measured",
        "measured",
        "displacement",
    )
    peaks = histogram_peaks(read.source.histogram(), np.random.default_rng(0))
    # 1 and 3 G0 lie on edges of bins, and rounding puts them into either.
    assert [peak.position for peak in peaks] == pytest.approx([1.0, 3.0], abs=0.03)


def test_a_stream_without_displacement_counts_samples(tmp_path: Path) -> None:
    _, values = _record([10, 20])
    file = tmp_path / "stream.txt"
    file.write_text("\n".join(f"{value}" for value in values))

    bare = read_measured(MeasuredFiles((file,), Calibration("G0")))
    stepped = read_measured(
        MeasuredFiles((file,), Calibration("G0", displacement_unit="angstrom", step=0.1))
    )

    assert not bare.source.has_displacement
    assert stepped.source.has_displacement
    pulls = select_traces(stepped.source.traces)
    np.testing.assert_allclose(plateau_lengths(pulls), [1.0, 2.0])


def test_a_folder_of_single_traces_is_read_in_natural_order(tmp_path: Path) -> None:
    for i, n_1 in ((1, 10), (2, 20), (10, 30)):
        stroke = _stroke(n_1)
        _write(tmp_path / f"trace_{i}.txt", 0.01 * np.arange(stroke.size), stroke)
    (tmp_path / ".hidden").write_text("x")

    files = measured_files([tmp_path])
    read = read_measured(MeasuredFiles(files, NANO, rule=CutRule(by="turns")))

    assert [file.name for file in files] == ["trace_1.txt", "trace_2.txt", "trace_10.txt"]
    assert read.n_file == 3
    np.testing.assert_allclose(plateau_lengths(read.source.traces), [1.0, 2.0, 3.0], atol=1e-9)


def test_what_is_no_number_is_left_out_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "run.txt"
    rows = [f"{i}\t{value}" for i, value in enumerate(_stroke(10))]
    rows[7] = "7\tNaN"
    rows[-3] = f"{len(rows) - 3}\t-0.002"
    file.write_text("\n".join(rows))

    read = read_measured(MeasuredFiles((file,), Calibration("G0", displacement_unit="angstrom")))

    assert (read.n_sample, read.n_dropped, read.n_negative) == (len(rows) - 1, 1, 1)
    (pull,) = read.source.traces
    assert isinstance(pull, Trace)
    assert pull.conductances.min() == -0.002  # told, not hidden


@pytest.mark.parametrize(
    ("content", "calibration", "message"),
    [
        ("1 2\n3 4\n", Calibration(), r"unit of conductance must be given.*--conductance-unit"),
        ("1 2\n3 4\n", Calibration("G0"), r"unit of displacement must be given"),
        ("1\n2\n3\n", Calibration("G0"), r"from 8 G0 or above to 0.1 G0 or below, but 3 samples"),
        ("1 x\n2 y\n3 4\n", Calibration("G0", displacement_unit="nm"), r"2 of 3 samples of run"),
    ],
    ids=["unit", "length", "no-trace", "words"],
)
def test_what_cannot_be_read_is_told(tmp_path, content, calibration, message) -> None:
    file = tmp_path / "run.txt"
    file.write_text(content)

    with pytest.raises(InvalidInputError, match=message):
        read_measured(MeasuredFiles((file,), calibration))


def test_records_with_and_without_displacement_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("9\n9\n9\n1\n0\n0\n0\n")
    (tmp_path / "b.txt").write_text("0 9\n1 9\n2 9\n3 1\n4 0\n5 0\n6 0\n")

    with pytest.raises(InvalidInputError, match="or none, but found both; read them apart"):
        read_measured(
            MeasuredFiles(measured_files([tmp_path]), Calibration("G0", displacement_unit="nm"))
        )


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"must be a file, but .*x.txt is none"):
        measured_files([tmp_path / "x.txt"])
    with pytest.raises(InvalidInputError, match=r"must hold measurements, but .* is empty"):
        measured_files([tmp_path])
