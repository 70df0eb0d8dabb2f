"""The Landauer kernel beside ``ase.transport`` on the same matrices, energies and thread."""

from collections.abc import Callable

import numpy as np
import torch

from sekkei.bench.ase_transport import ase_transmission
from sekkei.bench.result import BenchResult, Row
from sekkei.bench.timing import median_seconds, one_thread
from sekkei.bench.wire import Wire, make_wire
from sekkei.transport.kernel import transmission

SHAPES = ((7, 24), (14, 24), (28, 36))
"""Periods and orbitals of a period: 168, 336 and 1,008 orbitals."""

SEED = 20260


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Measure all sizes; see `sekkei.bench.registry.Measure`."""
    rows = []
    with one_thread():
        for n_period, n_orbital in SHAPES[:2] if is_quick else SHAPES:
            say(f"{n_period * n_orbital} orbitals")
            rows.append(_size(make_wire(n_period, n_orbital, SEED), 3 if is_quick else 7))
    return BenchResult(name="kernel", rows=rows)


def _size(wire: Wire, n_repeat: int) -> Row:
    grid = np.linspace(-0.5, 0.5, 65)
    few = grid[:: 16 if len(wire.hamiltonian) < 500 else 32]
    hamiltonian, overlap = torch.from_numpy(wire.hamiltonian), torch.from_numpy(wire.overlap)
    energies = torch.from_numpy(grid)

    def ours() -> torch.Tensor:
        return transmission(hamiltonian, overlap, wire.self_energies(energies), energies)

    theirs = median_seconds(lambda: ase_transmission(wire, few), n_repeat) / len(few)
    mine = median_seconds(ours, n_repeat) / len(grid)
    found = np.interp(few, grid, ours().numpy())
    return {
        "n_orbital": len(wire.hamiltonian),
        "ase_ms": 1e3 * theirs,
        "sekkei_ms": 1e3 * mine,
        "ratio": theirs / mine,
        "largest_difference": float(np.abs(found - ase_transmission(wire, few)).max()),
    }
