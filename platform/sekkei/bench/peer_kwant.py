"""The same work by Kwant 1.5. A program of its own: Kwant may live in another Python than Sekkei.

``python peer_kwant.py IN.npz OUT.json``. Kwant knows orthogonal bases only; the overlap enters by
giving it ``H - E S + E`` instead of H, so that its ``E - H`` is ``E S - H``, in the device and in
the leads alike. It has no loss in the leads.
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
    kwant = import_module("kwant")
    with np.load(source) as given:
        job = dict(given)
    system = build(kwant, job["hamiltonian"], job["overlap"], int(job["n_period_orbital"]))
    energies = job["energies"].tolist()
    kept = [system.precalculate(e, params={"E": e}, what="modes") for e in energies]
    found: dict[str, Any] = {"version": kwant.__version__}
    for name, systems in (("with leads", [system] * len(energies)), ("leads known", kept)):
        spent, values = [], []
        for _ in range(int(job["n_repeat"])):
            started = time.process_time()
            values = [transmit(kwant, s, e) for s, e in zip(systems, energies, strict=True)]
            spent.append((time.process_time() - started) / len(energies))
        found[name] = {"seconds": median(spent), "transmission": values}
    Path(target).write_text(json.dumps(found), "utf-8")


def transmit(kwant: Any, system: Any, energy: float) -> float:
    """Transmission at one energy in eV."""
    return float(kwant.smatrix(system, energy, params={"E": energy}).transmission(1, 0))


def build(kwant: Any, hamiltonian: np.ndarray, overlap: np.ndarray, n_orbital: int) -> Any:
    """Make a system with one site per period; elements reach two periods."""
    sites = kwant.lattice.chain(norbs=n_orbital)
    blocks = Blocks(hamiltonian, overlap, n_orbital)
    made = kwant.Builder()
    for i in range(len(hamiltonian) // n_orbital):
        made[sites(i)] = blocks.onsite
        for j in range(max(0, i - 2), i):
            made[sites(j), sites(i)] = blocks.hopping
    for direction in (-2, 2):
        lead = kwant.Builder(kwant.TranslationalSymmetry((direction,)))
        lead[sites(0)] = lead[sites(1)] = blocks.lead_onsite
        for i, j in ((0, 1), (0, 2), (1, 2), (1, 3)):
            lead[sites(i), sites(j)] = blocks.lead_hopping
        made.attach_lead(lead)
    return made.finalized()


class Blocks:
    """Matrix elements between periods; Kwant reads names of arguments, E is the parameter."""

    def __init__(self, hamiltonian: np.ndarray, overlap: np.ndarray, n_orbital: int) -> None:
        self.hamiltonian, self.overlap, self.n = hamiltonian, overlap, n_orbital

    def onsite(self, site: Any, E: float) -> np.ndarray:  # noqa: N803
        """Give the block of a period with itself."""
        return self.element(site.tag[0], site.tag[0], E)

    def hopping(self, site: Any, other: Any, E: float) -> np.ndarray:  # noqa: N803
        """Give the block between two periods."""
        return self.element(site.tag[0], other.tag[0], E)

    def lead_onsite(self, site: Any, E: float) -> np.ndarray:  # noqa: N803
        """Give the block of a lead's period, which is that of the first one of the device."""
        return self.element(0, 0 * site.tag[0], E)

    def lead_hopping(self, site: Any, other: Any, E: float) -> np.ndarray:  # noqa: N803
        """Give the block between two periods of a lead."""
        distance = other.tag[0] - site.tag[0]
        block = self.element(0, abs(distance), E)
        return block if distance >= 0 else block.T

    def element(self, i: int, j: int, energy: float) -> np.ndarray:
        """Give ``H - E S`` between two periods, and ``H - E S + E`` within one."""
        n = self.n
        block = np.s_[i * n : (i + 1) * n, j * n : (j + 1) * n]
        shifted = self.hamiltonian[block] - energy * self.overlap[block]
        return np.asarray(shifted + energy * np.eye(n) if i == j else shifted)


if __name__ == "__main__":
    main(*sys.argv[1:3])
