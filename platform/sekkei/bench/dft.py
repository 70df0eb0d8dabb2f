"""CPU time of a first-principles label against the number of atoms."""

from collections.abc import Callable, Sequence

import numpy as np

from sekkei.bench.result import BenchResult, Row, describe_machine
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import Junction
from sekkei.structure.lead import recognise_leads
from sekkei.threads import few_threads
from sekkei.transport.gpaw.basis import make_basis
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import DftNumerics

LONG = (("bcc100-5+4", 6), ("bcc100-5+4", 11), ("bcc100-5+4", 22), ("bcc100-5+4", 44))
"""Wires and their periods: 54 to 396 atoms, one thickness."""

WIDE = (("bcc100-9+12", 6), ("bcc100-9+12", 18))
"""Thick ones: 126 and 378 atoms."""

SHAKEN_ANGSTROM = 0.2
LEAD_PERIODS = 3
SEED = 20261

DISPLACED = (
    f"Atoms between the leads are displaced at random, {SHAKEN_ANGSTROM} Å rms along each axis; "
    "the electrode's own calculation is not counted."
)


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Label shaken potassium wires of growing size; see `sekkei.bench.registry.Measure`."""
    # A band edge near E_F costs no time, and some of these wires have one.
    labeler, rows = GpawLabeler(DftNumerics(edge_ev=0.0)), []
    with few_threads(1):
        # A process makes a basis once, for all of its labels.
        make_basis("K", labeler.numerics.basis)
        for name, n_period in LONG[:2] if is_quick else LONG + WIDE:
            junction = shaken_wire(name, n_period)
            say(f"{name}, {junction.n_atom} atoms")
            rows.append(_row(labeler, name, junction))
    notes = [DISPLACED, _growth([row for row in rows if row["wire"] == LONG[0][0]])]
    machine = describe_machine(("sekkei", "gpaw", "numpy", "scipy", "torch"))
    return BenchResult(name="dft", rows=rows, notes=notes, machine=machine)


def shaken_wire(name: str, n_period: int) -> Junction:
    """Make a potassium wire whose atoms between the leads are displaced at random."""
    one = build_electrode(name, "K")
    wire, n_lead = one.repeated(n_period), LEAD_PERIODS * one.numbers.size
    regions = np.zeros(wire.numbers.size, dtype=int)
    regions[:n_lead], regions[-n_lead:] = -1, 1
    shake = np.random.default_rng(SEED).normal(0.0, SHAKEN_ANGSTROM, wire.positions.shape)
    positions = wire.positions + shake * (regions == 0)[:, None]
    return Junction.from_sequences(wire.numbers, positions, regions, one.period)


def growth_exponent(n_atom: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the power of the number of atoms with which a time grows, by least squares.

    Examples
    --------
    >>> round(growth_exponent([50.0, 100.0, 200.0], [2.0, 8.0, 32.0]), 6)
    2.0
    """
    return float(np.polyfit(np.log(n_atom), np.log(seconds), 1)[0])


def _row(labeler: GpawLabeler, name: str, junction: Junction) -> Row:
    labeler.electrode(recognise_leads(junction).electrode)
    label = labeler.label(junction)
    return {
        "wire": name,
        "n_atom": junction.n_atom,
        "iterations": label.iterations,
        "rung": label.rung,
        "conductance_g0": label.conductance,
        "cpu_s": label.cpu_seconds,
        "cpu_ms_per_atom": 1e3 * label.cpu_seconds / junction.n_atom,
    }


def _growth(rows: Sequence[Row]) -> str:
    n_atom, seconds = [row["n_atom"] for row in rows], [row["cpu_s"] for row in rows]
    power = growth_exponent(n_atom, seconds)
    return f"Along wires of one thickness CPU time grows as the number of atoms to the {power:.2f}."
