"""Pieces of real work for the benchmark of the fleet: labels that take as long as they should."""

import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

import numpy as np

from sekkei.lake import SnapshotRow
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec, Snapshot, snapshot_key
from sekkei.structure.junction import DEVICE, Junction
from sekkei.transport.tight_binding import TightBindingLabeler, TightBindingOptions

_RANGE_EV = 0.5
_FEWEST, _PROBE = 21, 101
_THIN = ContactSpec(electrode="staggered-3", neck_width=1)
_THICK = ContactSpec(electrode="bcc100-5+4", device_periods=24)
_LONG_S = 0.5


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of label: a contact, and a grid of energies that makes it take its time."""

    contact: ContactSpec
    """What is labelled, before its atoms are moved a little."""

    n_energy: int
    """Energies of T(E)."""

    seconds: float
    """CPU time of one label in s, as measured."""

    @property
    def options(self) -> dict[str, float]:
        """Options of the labeler ``tight-binding``."""
        return {"energy_range_ev": _RANGE_EV, "energy_step_ev": 2 * _RANGE_EV / (self.n_energy - 1)}


def calibrated(wanted_s: float) -> Item:
    """Size a label so that its transmission takes a time, by measuring a few.

    Parameters
    ----------
    wanted_s
        CPU time in s. Thin wires below half a second, thick and long ones above; the time is
        proportional to the number of energies, of which there are at least 21.
    """
    contact = _THIN if wanted_s < _LONG_S else _THICK
    junction = build_contact(contact)
    per_energy = _fastest(junction, Item(contact, _PROBE, 0.0)) / _PROBE
    n_energy = max(round(wanted_s / per_energy / 2) * 2 + 1, _FEWEST)
    item = Item(contact, n_energy, 0.0)
    return Item(contact, n_energy, _fastest(junction, item, n_repeat=1 if wanted_s > 1 else 9))


def structures(item: Item, n_item: int, seed: int) -> tuple[SnapshotRow, ...]:
    """Make different structures of one kind: every device atom is moved by about 0.01 Å."""
    rng = np.random.default_rng(seed)
    contact = build_contact(item.contact)
    return tuple(as_row(_moved(contact, rng), frame) for frame in range(n_item))


def bare_rate(item: Item, rows: tuple[SnapshotRow, ...], n_process: int) -> float:
    """Label in loops without fleet and lake, one per core; return labels per second of wall time.

    Parameters
    ----------
    item
        The kind of work.
    rows
        The structures, divided between the processes.
    n_process
        How many; they begin together, once each has labelled one structure to warm up.
    """
    spawn = multiprocessing.get_context("spawn")
    barrier, times = spawn.Barrier(n_process), spawn.Queue()
    junctions = [row.snapshot.junction for row in rows]
    processes = [
        spawn.Process(target=_loop, args=(item, junctions[i::n_process], barrier, times))
        for i in range(n_process)
    ]
    for process in processes:
        process.start()
    spans: list[tuple[float, float]] = [times.get() for _ in processes]
    for process in processes:
        process.join()
    return len(rows) / (max(end for _, end in spans) - min(start for start, _ in spans))


def _loop(item: Item, junctions: list[Junction], barrier: Barrier, times: Any) -> None:
    labeler = TightBindingLabeler(TightBindingOptions(**item.options))
    labeler.label(junctions[0])
    barrier.wait()
    started = time.time()
    for junction in junctions:
        labeler.label(junction)
    times.put((started, time.time()))


def _fastest(junction: Junction, item: Item, n_repeat: int = 5) -> float:
    labeler = TightBindingLabeler(TightBindingOptions(**item.options))
    labeler.label(junction)
    spent = []
    for _ in range(n_repeat):
        started = time.process_time()
        labeler.label(junction)
        spent.append(time.process_time() - started)
    return min(spent)


def _moved(contact: Junction, rng: np.random.Generator) -> Junction:
    shift = 0.01 * rng.standard_normal(contact.positions.shape)
    shift[contact.regions != DEVICE] = 0.0
    return Junction.from_sequences(
        contact.numbers, contact.positions + shift, contact.regions, contact.electrode_period
    )


def as_row(junction: Junction, frame: int) -> SnapshotRow:
    """Make a row of a structure that is of no experiment."""
    snapshot = Snapshot(junction, frame, 0, "pull", 0.0, 1.0)
    return SnapshotRow(snapshot_key("", frame, junction), "", snapshot)
