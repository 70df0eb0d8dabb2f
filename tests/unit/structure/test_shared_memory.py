"""What MPI takes of shared memory, and what it leaves there."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sekkei.structure import shared_memory
from sekkei.structure.lammps_engine import LammpsEngine
from sekkei.structure.shared_memory import (
    SharedMemoryError,
    abandoned_mpi_files,
    check_shared_memory,
)

_OPENED = """
import sys
from sekkei.structure.lammps_engine import LammpsEngine

with LammpsEngine() as engine:
    engine.run_commands(["region box block 0 9 0 9 0 9", "create_box 1 box"])
    print("open", flush=True)
    sys.stdin.readline()
with LammpsEngine():
    print("again", flush=True)
"""

pytestmark = pytest.mark.skipif(not shared_memory.FOLDER.is_dir(), reason="needs /dev/shm")


def _files_of(pid: int) -> list[str]:
    return [path.name for path in shared_memory.FOLDER.glob(f"mpich_shm_{pid:x}_*")]


@pytest.mark.parametrize("is_killed", [False, True], ids=["ended", "killed"])
def test_a_process_that_ran_dynamics_leaves_no_shared_memory_behind(is_killed: bool) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _OPENED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    while_open = _files_of(process.pid)

    if is_killed:
        process.send_signal(signal.SIGKILL)
    said, _ = process.communicate("go on\n" if not is_killed else None)

    assert process.returncode == (-signal.SIGKILL if is_killed else 0)
    assert said == ("" if is_killed else "again\n")
    assert while_open == []
    assert _files_of(process.pid) == []


def test_a_file_of_a_process_that_had_the_same_number_ends_nobody() -> None:
    stale = (
        "import os; from pathlib import Path; "
        "Path(f'/dev/shm/mpich_shm_{os.getpid():x}_0').write_bytes(b'left'); "
    )

    done = subprocess.run(
        [sys.executable, "-c", stale + _OPENED],
        check=False,
        input="\n",
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (0, "open\nagain\n")


def test_too_little_shared_memory_is_a_line_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = shutil.disk_usage("/")._replace(free=300_000)
    monkeypatch.setattr(shared_memory.shutil, "disk_usage", lambda _folder: full)
    monkeypatch.setattr("sekkei.structure.lammps_engine._has_started_mpi", lambda: False)

    with pytest.raises(SharedMemoryError, match=r"2\.1 MB of shared memory.* 0\.3 MB free; remove"):
        LammpsEngine()


def test_what_is_needed_grows_with_the_processes(tmp_path: Path) -> None:
    check_shared_memory(4, tmp_path)
    check_shared_memory(10**9, tmp_path / "no such folder")

    with pytest.raises(SharedMemoryError, match="dynamics in 1000000000 processes needs"):
        check_shared_memory(10**9, tmp_path)


def test_files_of_processes_that_are_gone_are_told_from_others(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = (f"mpich_shm_{gone.pid:x}_0", f"mpich_shm_{os.getpid():x}_0", "mpich_shm_other_0")
    for name in names:
        (tmp_path / name).touch()

    found = abandoned_mpi_files(tmp_path)

    assert [path.name for path in found] == [names[0]]
