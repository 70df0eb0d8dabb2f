"""Many junctions in one call beside one call for each."""

import numpy as np
import torch

from sekkei.bench.result import Row
from sekkei.bench.timing import median_seconds
from sekkei.bench.wire import make_wire
from sekkei.transport.kernel.landauer import transmission

N_JUNCTION = 64

SHAPES = ((10, 4, 1), (10, 4, 65), (7, 24, 1), (7, 24, 65))
"""Periods, orbitals of a period, energies."""


def batch_rows(seed: int, n_repeat: int) -> list[Row]:
    """Measure 64 junctions between the same leads, by one call and by 64 calls."""
    return [row for shape in SHAPES for row in _rows(*shape, seed, n_repeat)]


def _rows(
    n_period: int, n_orbital: int, n_energy: int, seed: int, n_repeat: int
) -> tuple[Row, Row]:
    wires = [make_wire(n_period, n_orbital, seed, i) for i in range(N_JUNCTION)]
    energies = torch.from_numpy(np.linspace(-0.5, 0.5, n_energy + 2)[1:-1])
    leads = wires[0].self_energies(energies)
    h = torch.from_numpy(np.stack([wire.hamiltonian for wire in wires]))
    s = torch.from_numpy(np.stack([wire.overlap for wire in wires]))

    def together() -> torch.Tensor:
        return transmission(h, s, leads, energies)

    def apart() -> torch.Tensor:
        pairs = zip(h, s, strict=True)
        return torch.stack([transmission(one, other, leads, energies) for one, other in pairs])

    once, many = (median_seconds(work, n_repeat) for work in (together, apart))
    shared = {
        "n_orbital": h.shape[-1],
        "work": f"{N_JUNCTION} junctions, {n_energy} energies each",
        "off_by": float((together() - apart()).abs().max()),
        "target_met": None,
    }
    per = 1e3 / (N_JUNCTION * n_energy)
    return (
        {**shared, "code": "sekkei, one call", "ms_per_energy": per * once, "times_sekkei": 1.0},
        {
            **shared,
            "code": "sekkei, a call each",
            "ms_per_energy": per * many,
            "times_sekkei": many / once,
        },
    )
