"""Queries of stores that are larger than memory."""

import subprocess
import sys

import numpy as np
import pytest
import zarr

from sekkei.lake.store import array_of, create_repository

N_ROW = 2_000_000
LIMIT = 256 * 2**20

# Address space is what the kernel lets us limit; that of the libraries is not ours.
_READER = """
import sys
from pathlib import Path
from sekkei.lake import Lake
lake = Lake.open(Path(sys.argv[1]))
lake.query("label", ["n_channel = 5"], columns=["key"])  # starts threads, loads the rest
def used():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) * 1024
limit = used() + int(sys.argv[2])
peak = 0
n = 0
for frame in lake.selection("label", ["conductance_g0 >= 0.5 AND NOT n_channel = 3"]).frames():
    n += len(frame)
    peak = max(peak, used())
spectra = lake.select("label/transmission", ["conductance_g0 >= 0.5"])
total = 0.0
for block in spectra.blocks:
    total += float(block.compute().sum())
    peak = max(peak, used())
print(n, peak <= limit, peak - limit + int(sys.argv[2]), total)
"""


@pytest.mark.slow
def test_memory_stays_flat_on_a_store_three_times_its_limit(tmp_path):
    rng = np.random.default_rng(0)
    spectrum = rng.uniform(size=(65536, 64))
    conductance = np.arange(N_ROW) / N_ROW

    def fill(root: zarr.Group) -> None:
        for name in root["label"].array_keys():
            array = array_of(root, f"label/{name}")
            width = 64 if name in {"energy_ev", "transmission"} else None
            array.resize((N_ROW, width, *array.shape[2:]) if width else (N_ROW, *array.shape[1:]))
        array_of(root, "label/conductance_g0")[:] = conductance
        array_of(root, "label/n_channel")[:] = np.arange(N_ROW) % 7
        transmission = array_of(root, "label/transmission")
        for start in range(0, N_ROW, 65536):
            n = min(65536, N_ROW - start)
            transmission[start : start + n] = spectrum[:n]

    path = tmp_path / "large"
    create_repository(path, fill=fill)
    assert N_ROW * 64 * 8 > 3 * LIMIT

    done = subprocess.run(
        [sys.executable, "-c", _READER, str(path), str(LIMIT)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    n, is_flat, grown, total = done.stdout.split()
    channels = np.arange(N_ROW) % 7
    assert int(n) == int(((conductance >= 0.5) & (channels != 3)).sum())
    expected = sum(
        spectrum[: min(65536, N_ROW - s)][conductance[s : s + 65536] >= 0.5].sum()
        for s in range(0, N_ROW, 65536)
    )
    assert float(total) == pytest.approx(expected, rel=1e-9)
    assert is_flat == "True", f"grew by {int(grown) / 2**20:.0f} MB"
