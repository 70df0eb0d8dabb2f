"""Files of laboratories; those that need the extra `measured` are skipped, loudly, without it."""

import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError, MissingExtraError
from sekkei.observe.measured import Columns
from sekkei.observe.measured.formats import read_recordings

ALONG = np.array([0.0, 1.0, 2.0])
VALUES = np.array([8.5, 1.0, 0.01])


def _needed(name: str):
    return pytest.importorskip(
        name, reason=f"{name} is not installed: pip install -e '.[measured]'"
    )


def _told(recordings) -> list[tuple[list[float] | None, list[float]]]:
    return [
        (None if r.displacements is None else r.displacements.tolist(), r.values.tolist())
        for r in recordings
    ]


def _both() -> list[tuple[list[float] | None, list[float]]]:
    return [(ALONG.tolist(), VALUES.tolist())]


def test_two_columns_of_a_text_are_displacement_and_conductance(tmp_path: Path) -> None:
    file = tmp_path / "trace.dat"
    file.write_text("0 8.5\n1 1\n2 0.01\n")

    assert _told(read_recordings(file)) == _both()


def test_one_column_of_a_text_is_a_stream(tmp_path: Path) -> None:
    file = tmp_path / "trace.dat"
    file.write_text("8.5\n1\n0.01\n")

    assert _told(read_recordings(file)) == [(None, VALUES.tolist())]


@pytest.mark.parametrize(
    "columns", [Columns("cond", "piezo"), Columns("3", "2")], ids=["names", "numbers"]
)
def test_columns_of_a_text_are_called_by_name_or_number(tmp_path: Path, columns: Columns) -> None:
    file = tmp_path / "trace.dat"
    file.write_text("time piezo cond\n0.1 0 8.5\n0.2 1 1\n0.3 2 0.01\n")

    assert _told(read_recordings(file, columns)) == _both()
    with pytest.raises(InvalidInputError, match=r"has time, piezo, cond; try --conductance-column"):
        read_recordings(file)
    with pytest.raises(InvalidInputError, match=r"has no 'x'; there is time, piezo, cond"):
        read_recordings(file, Columns("x"))


def test_hdf5_holds_traces_of_any_shape(tmp_path: Path) -> None:
    h5py = _needed("h5py")
    file = tmp_path / "run.h5"
    with h5py.File(file, "w") as made:
        made["run/note"] = "words"
        for i in (1, 2):
            made[f"run/trace{i}/conductance"] = VALUES * i
            made[f"run/trace{i}/piezo"] = ALONG.astype(np.float32)
    single = tmp_path / "one.hdf5"
    with h5py.File(single, "w") as made:
        made["trace"] = np.column_stack([ALONG, VALUES])
    stacked = tmp_path / "many.h5"
    with h5py.File(stacked, "w") as made:
        made["g"] = np.array([VALUES, VALUES])
        made["x"] = ALONG

    two = read_recordings(file, Columns("run/*/conductance", "run/*/piezo"))

    assert _told(two) == [*_both(), (ALONG.tolist(), (2.0 * VALUES).tolist())]
    assert _told(read_recordings(single)) == _both()
    assert _told(read_recordings(stacked, Columns("g", "x"))) == 2 * _both()
    with pytest.raises(InvalidInputError, match=r"run/trace1/conductance, run/trace1/piezo, "):
        read_recordings(file)
    with pytest.raises(InvalidInputError, match=r"but 4 and 2 fit the names"):
        read_recordings(file, Columns("run/*/piezo", "run/*/*"))


def test_tdms_channels_are_called_group_and_channel(tmp_path: Path) -> None:
    nptdms = _needed("nptdms")
    file = tmp_path / "run.tdms"
    with nptdms.TdmsWriter(str(file)) as writer:
        writer.write_segment(
            [
                nptdms.ChannelObject("run", "current", VALUES),
                nptdms.ChannelObject("run", "piezo", ALONG),
            ]
        )

    assert _told(read_recordings(file, Columns("run/current", "run/piezo"))) == _both()
    with pytest.raises(InvalidInputError, match=r"it has run/current, run/piezo; try"):
        read_recordings(file)


def test_igor_waves_and_experiments_are_read(tmp_path: Path) -> None:
    _needed("igor2")
    wave = tmp_path / "cond.ibw"
    wave.write_bytes(_wave("cond", VALUES))
    experiment = tmp_path / "run.pxp"
    parts = [(9, b"day1\0"), (3, _wave("cond", VALUES)), (3, _wave("piezo", ALONG)), (10, b"")]
    experiment.write_bytes(
        b"".join(struct.pack("<hhi", kind, 0, len(data)) + data for kind, data in parts)
    )

    assert _told(read_recordings(wave)) == [(None, VALUES.tolist())]
    assert _told(read_recordings(experiment, Columns("day1/cond", "day1/piezo"))) == _both()


@pytest.mark.parametrize(
    ("name", "package"),
    [("x.h5", "h5py"), ("x.tdms", "nptdms"), ("x.ibw", "igor2"), ("x.pxp", "igor2")],
    ids=["h5", "tdms", "ibw", "pxp"],
)
@pytest.mark.parametrize("content", [b"", b"no such format" * 40], ids=["empty", "other"])
def test_a_file_of_another_kind_is_told_in_one_line(tmp_path, name, package, content) -> None:
    _needed(package)
    file = tmp_path / name
    file.write_bytes(content)

    with pytest.raises(InvalidInputError, match=r"x\.\w+") as caught:
        read_recordings(file)

    assert "\n" not in caught.value.message


@pytest.mark.parametrize("name", ["h5", "tdms", "ibw", "pxp"])
def test_what_is_not_installed_is_told_with_the_way_out(tmp_path, name, monkeypatch) -> None:
    file = tmp_path / f"run.{name}"
    file.write_bytes(b"x")
    for package in ("h5py", "nptdms", "igor2", "igor2.binarywave", "igor2.packed"):
        monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(MissingExtraError, match=r"is not installed; try pip install 'sekkei\[mea"):
        read_recordings(file)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.txt"
    with file.open("wb") as made:
        made.truncate(2**29 + 1)  # sparse: takes no room

    with pytest.raises(InvalidInputError, match=r"at most 536870912 bytes, but huge.txt has"):
        read_recordings(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"must be a file, but .*none.txt is none"):
        read_recordings(tmp_path / "none.txt")


def _wave(name: str, values: np.ndarray) -> bytes:
    """Igor binary wave, version 2 (WaveMetrics, technical note 3)."""
    data = values.astype("<f8").tobytes()
    head = struct.pack(
        "<hI20shhI4s4sihddhhhddbbIiI2sII",
        4, 0, name.encode(), 0, 0, 0, b"", b"", values.size, 0, 1.0, 0.0, 0, 0, 0, 0.0, 0.0,
        0, 0, 0, 0, 0, b"", 0, 0,
    )  # fmt: skip
    sizes = (2, 110 + len(data) + 16, 0, 0)
    start = struct.pack("<hiiih", *sizes, 0)
    total = sum(struct.unpack(f"<{(len(start) + len(head)) // 2}h", start + head))
    check = (-total + 0x8000) % 0x10000 - 0x8000
    return struct.pack("<hiiih", *sizes, check) + head + data + bytes(16)
