"""Power cuts of a real file system: ext4 in a file, which is copied as it is while a lake grows."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from sekkei.lake import Lake

N_CUT = 20
N_ROW = 20

_WRITER = Path(__file__).with_name("endless_writer.py")
_TOOLS = ("mkfs.ext4", "mount", "umount")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0 or not all(map(shutil.which, _TOOLS)),
        reason="only root may mount ext4 in a file",
    ),
]


@contextmanager
def mounted(image, at):
    """Mount a file system that is in a file."""
    at.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-o", "loop", image, at], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"this machine mounts no file: {done.stderr.strip()}")
    try:
        yield at
    finally:
        subprocess.run(["umount", at], check=True)


@contextmanager
def writing(lake, said):
    """Commit for ever in another process, which writes down every commit that has returned."""
    with said.open("w") as out:
        writer = subprocess.Popen([sys.executable, _WRITER, lake, "5"], stdout=out)
        try:
            while not said.read_text():
                time.sleep(0.1)
            yield writer
        finally:
            writer.kill()
            writer.wait()


def copy_as_it_is(image, copy):
    """Copy what has come to the disk; again, if something came meanwhile."""
    while True:
        for target in (copy, copy.with_suffix(".again")):
            subprocess.run(["cp", "--sparse=always", image, target], check=True)
        if not subprocess.run(["cmp", "-s", copy, target], check=False).returncode:
            return


def test_twenty_cuts_of_a_real_disk_lose_nothing(tmp_path):
    rng = np.random.default_rng()  # any moment will do; the others are tried on other days
    image, copy, said = (tmp_path / name for name in ("disk.img", "cut.img", "said.txt"))
    with image.open("wb") as file:
        file.truncate(2**29)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)

    with mounted(image, tmp_path / "disk") as disk:
        Lake.create(disk / "lake")
        with writing(disk / "lake", said) as writer:
            for i_cut in range(N_CUT):
                time.sleep(rng.uniform(0.0, 2.0))
                # It rests while a copy is checked: what is to be checked must not grow meanwhile.
                writer.send_signal(signal.SIGSTOP)
                copy_as_it_is(image, copy)
                promised = said.read_text().split()
                with mounted(copy, tmp_path / f"cut-{i_cut}") as found:
                    check(found / "lake", promised)
                writer.send_signal(signal.SIGCONT)


def check(path, promised):
    """Find every commit that had returned, and all of its rows."""
    lake = Lake.open(path)
    states = [state for state, _, message in lake.history(10_000) if "batch" in message]
    assert set(promised) <= set(states)
    assert len(lake.keys("snapshot")) == N_ROW * len(states)
    assert lake.verify() == []
