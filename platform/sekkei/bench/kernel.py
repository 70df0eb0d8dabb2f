"""The Landauer kernel beside other codes: same H, S, energies and leads, one thread.

Three kinds of work are told apart, because codes differ in what they keep:

- ``with leads``: one spectrum, the self-energies of its leads included;
- ``leads known``: the device alone, self-energies given to every code;
- ``next junction``: what one more junction between the same electrodes costs. Sekkei keeps an
  electrode's self-energies, and computes as a label does: by complex64 where that holds, by
  complex128 where not. ``ase.transport`` computes self-energies again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from sekkei.bench.ase_transport import ase_transmission
from sekkei.bench.kernel_batch import batch_rows
from sekkei.bench.peer import PEERS
from sekkei.bench.result import BenchResult, Row, describe_machine
from sekkei.bench.timing import median_seconds
from sekkei.bench.wire import Wire, make_wire
from sekkei.shapes import Float
from sekkei.threads import few_threads
from sekkei.transport.kernel.landauer import SelfEnergies, plan_road, transmission
from sekkei.transport.kernel.precision import transmission_in_single

SHAPES = ((7, 24), (14, 24), (28, 36))
"""Periods and orbitals of a period: 168, 336 and 1,008 orbitals."""

SEED = 20260

TARGET = 30.0
"""Times faster than ``ase.transport`` for the next junction, at 168 and 336 orbitals."""

SHOWN = ("n_orbital", "work", "code", "ms_per_energy", "times_sekkei", "off_by", "target_met")


@dataclass(frozen=True, slots=True)
class _Found:
    """One code on one kind of work."""

    code: str
    seconds: float
    transmission: Float[np.ndarray, " energy"]


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Measure all sizes; see `sekkei.bench.registry.Measure`."""
    rows: list[Row] = []
    notes: list[str] = []
    peers = []
    for peer in PEERS:
        missing = peer.missing()
        notes += [] if missing is None else [missing]
        peers += [] if missing else [peer]
    with few_threads(1):
        for n_period, n_orbital in SHAPES[:2] if is_quick else SHAPES:
            say(f"{n_period * n_orbital} orbitals")
            wire = make_wire(n_period, n_orbital, SEED)
            few, n_repeat = _effort(len(wire.hamiltonian), is_quick=is_quick)
            outer = {peer.name: peer.run(wire, few, n_repeat) for peer in peers}
            notes += [] if rows else [f"{n} {found['version']}" for n, found in outer.items()]
            for work, codes in _ours(wire, few, n_repeat, notes).items():
                codes += [
                    _Found(name, found[work]["seconds"], np.array(found[work]["transmission"]))
                    for name, found in outer.items()
                    if work in found
                ]
                rows += _rows(wire, work, codes)
        say("batches")
        rows += batch_rows(SEED, n_repeat=3 if is_quick else 7)
    return BenchResult(
        name="kernel", rows=rows, notes=notes, machine=describe_machine(), shown=SHOWN
    )


def _effort(n: int, *, is_quick: bool) -> tuple[Float[np.ndarray, " energy"], int]:
    """Energies that the slow codes do, and repetitions; ours does them among 65."""
    n_energy = 9 if n < 200 else 5 if n < 500 else 3
    return np.linspace(-0.5, 0.5, n_energy), 3 if is_quick or n > 500 else 7


def _ours(
    wire: Wire, few: Float[np.ndarray, " energy"], n_repeat: int, notes: list[str]
) -> dict[str, list[_Found]]:
    """Sekkei and ``ase.transport``, for each kind of work."""
    grid = np.linspace(-0.5, 0.5, 65)
    energies, stride = torch.from_numpy(grid), 64 // (len(few) - 1)
    h, s = torch.from_numpy(wire.hamiltonian), torch.from_numpy(wire.overlap)
    leads = wire.self_energies(energies)
    known = SelfEnergies(left=leads.left[::stride], right=leads.right[::stride])
    single = transmission_in_single(h, s, leads, energies)
    notes.append(f"{len(h)} orbitals: {single.report}")

    def sekkei(code: str, work: Callable[[], torch.Tensor]) -> _Found:
        seconds = median_seconds(work, n_repeat) / len(grid)
        return _Found(code, seconds, work().numpy()[::stride])

    def ase(given: SelfEnergies | None) -> _Found:
        seconds = median_seconds(lambda: ase_transmission(wire, few, given), n_repeat) / len(few)
        return _Found("ase.transport", seconds, ase_transmission(wire, few, given))

    dense = plan_road(h, s, wire.n_layer, "dense")
    label = sekkei(
        f"sekkei, {single.precision} as a label",
        lambda: transmission_in_single(h, s, leads, energies).values,
    )
    device = sekkei("sekkei, complex128", lambda: transmission(h, s, leads, energies))
    whole = ase(None)
    return {
        "with leads": [
            sekkei(
                "sekkei, complex128",
                lambda: transmission(h, s, wire.self_energies(energies), energies),
            ),
            whole,
        ],
        "leads known": [
            device,
            sekkei("sekkei, dense", lambda: transmission(h, s, leads, energies, dense)),
            label,
            ase(known),
        ],
        "next junction": [label, device, whole],
    }


def _rows(wire: Wire, work: str, codes: list[_Found]) -> list[Row]:
    first, n = codes[0], len(wire.hamiltonian)
    return [
        {
            "n_orbital": n,
            "work": work,
            "code": found.code,
            "ms_per_energy": 1e3 * found.seconds,
            "times_sekkei": found.seconds / first.seconds,
            "off_by": float(np.abs(found.transmission - first.transmission).max()),
            "target_met": found.seconds / first.seconds >= TARGET
            if work == "next junction" and found.code == "ase.transport" and n < 500
            else None,
        }
        for found in codes
    ]
