"""The same work by sisl's toolbox. A program of its own, for another Python than Sekkei's.

``python peer_sisl.py IN.npz OUT.json``. The block-tridiagonal solver of ``sisl_toolbox.btd`` works
on H and S; self-energies are sisl's recursive ones, with the same loss.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np


def main(source: str, target: str) -> None:
    """Compute, and write version, transmission and seconds per energy."""
    sisl, btd = import_module("sisl"), import_module("sisl_toolbox.btd")
    with np.load(source) as given:
        job = dict(given)
    n_orbital, energies = int(job["n_period_orbital"]), job["energies"].tolist()
    spent, values = [], []
    device, leads, ends = build(sisl, job["hamiltonian"], job["overlap"], n_orbital)
    for _ in range(int(job["n_repeat"])):
        # Anew each time: it keeps the self-energies of the last energy.
        electrodes = [
            (sisl.RecursiveSI(lead, side, eta=float(job["loss"])), end)
            for lead, side, end in zip(leads, ("-C", "+C"), ends, strict=True)
        ]
        green = btd.DeviceGreen(device, electrodes, permute="electrode", eta=1e-12)
        started = time.process_time()
        values = [float(np.real(green.transmission(e, 0, 1))) for e in energies]
        spent.append((time.process_time() - started) / len(energies))
    found = {
        "version": sisl.__version__,
        "with leads": {"seconds": median(spent), "transmission": values},
    }
    Path(target).write_text(json.dumps(found), "utf-8")


def build(
    sisl: Any, hamiltonian: np.ndarray, overlap: np.ndarray, n_orbital: int
) -> tuple[Any, list[Any], list[list[int]]]:
    """Make a device, two equal electrodes, and the atoms where they end; one atom per period."""
    n_period = len(hamiltonian) // n_orbital
    device = matrix(sisl, n_period, n_orbital, [(0, hamiltonian, overlap)])
    n = 2 * n_orbital
    there = [(1, hamiltonian[:n, n : 2 * n], overlap[:n, n : 2 * n])]
    back = [(-1, h.T, s.T) for _, h, s in there]
    here = [(0, hamiltonian[:n, :n], overlap[:n, :n])]
    electrodes = [matrix(sisl, 2, n_orbital, here + there + back) for _ in range(2)]
    return device, electrodes, [[0, 1], [n_period - 2, n_period - 1]]


def matrix(
    sisl: Any, n_atom: int, n_orbital: int, cells: list[tuple[int, np.ndarray, np.ndarray]]
) -> Any:
    """Make a Hamiltonian from blocks between cells along z."""
    sparse = import_module("scipy.sparse")
    atom = sisl.Atom(19, R=[2.1] * n_orbital)
    lattice = sisl.Lattice([10.0, 10.0, float(n_atom)], nsc=[1, 1, 3 if len(cells) > 1 else 1])
    places = np.column_stack([np.zeros((n_atom, 2)), np.arange(float(n_atom))])
    geometry = sisl.Geometry(places, atom, lattice)
    blocks: list[list[Any]] = [[None] * lattice.n_s, [None] * lattice.n_s]
    for cell, h, s in cells:
        i_cell = lattice.sc_index([0, 0, cell])
        blocks[0][i_cell], blocks[1][i_cell] = sparse.csr_matrix(h), sparse.csr_matrix(s)
    wide = [sparse.hstack(row, format="csr") for row in blocks]
    return sisl.Hamiltonian.fromsp(geometry, wide[0], S=wide[1])


if __name__ == "__main__":
    main(*sys.argv[1:3])
