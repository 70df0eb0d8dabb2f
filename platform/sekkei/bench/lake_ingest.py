"""Three writers put records into a lake, into ASE's database, and into plain Zarr arrays."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

import ase.db
import numpy as np
import zarr

from sekkei.bench.lake_records import N_ATOM, N_ENERGY, make_batch
from sekkei.lake import Batch, Lake, write_part

N_WRITER = 3
Jobs = list[tuple[int, int]]


def into_lake(pool: Pool, path: Path, jobs: Jobs) -> float:
    """Send batches of all writers to one committer, whatever has come in a commit; return seconds.

    A campaign does the same: a commit takes its time whatever is in it, and work goes on meanwhile.
    """
    lake = Lake.create(path)
    started = time.perf_counter()
    with lake.committer() as committer:
        for i_commit, batches in enumerate(_arrivals(pool.imap_unordered(_batch, jobs))):
            committer.commit(_merged(batches), f"commit {i_commit}")
    return time.perf_counter() - started


def into_lake_together(pool: Pool, path: Path, jobs: Jobs) -> float:
    """Let writers write through forks of one session, one commit in all; return seconds."""
    lake = Lake.create(path)
    started = time.perf_counter()
    batches = pool.map(_batch, jobs)
    merged = [_merged(batches[i::N_WRITER]) for i in range(N_WRITER)]
    with lake.committer() as committer:
        split = committer.split(merged)
        committer.join(split, pool.map(write_part, split.parts), "three writers")
    return time.perf_counter() - started


def into_ase(pool: Pool, path: Path, jobs: Jobs) -> float:
    """Send batches of all writers to one SQLite file of ASE, a transaction each; return seconds.

    Not one connection per writer: transactions of several end in "database is locked".
    """
    database = ase.db.connect(path)
    started = time.perf_counter()
    for batch in pool.imap_unordered(_batch, jobs):
        with database:
            _write_ase(database, batch)
    return time.perf_counter() - started


def into_zarr(pool: Pool, path: Path, jobs: Jobs) -> float:
    """Send batches of all writers to one appender to plain Zarr arrays; return seconds."""
    group = zarr.open_group(str(path), mode="w")
    shapes = {"position": (N_ATOM, 3), "number": (N_ATOM,), "transmission": (N_ENERGY,)}
    for name, shape in {**shapes, "energy": (N_ENERGY,), "conductance": ()}.items():
        group.create_array(name, shape=(0, *shape), dtype="float64", chunks=(1024, *shape))
    started = time.perf_counter()
    for batch in pool.imap_unordered(_batch, jobs):
        for name, values in _columns(batch):
            array = group[name]
            assert isinstance(array, zarr.Array)  # noqa: S101  (made above)
            array.append(values)
    return time.perf_counter() - started


ROADS: dict[str, Callable[[Pool, Path, Jobs], float]] = {
    "lake, one committer": into_lake,
    "lake, forked sessions": into_lake_together,
    "ase.db (SQLite)": into_ase,
    "plain Zarr, no transactions": into_zarr,
}
"""What is measured; those whose name begins with lake can write to S3, too."""


def _arrivals(batches: Iterator[Batch]) -> Iterator[list[Batch]]:
    """Wait for a batch, and yield it with all others that are there by then."""
    for first in batches:
        found = [first]
        while (another := _now(batches)) is not None:
            found.append(another)
        yield found


def _now(batches: Any) -> Batch | None:
    try:
        found: Batch = batches.next(timeout=0)
    except (multiprocessing.TimeoutError, StopIteration):
        return None
    return found


def _batch(job: tuple[int, int]) -> Batch:
    return make_batch(*job)


def _merged(batches: list[Batch]) -> Batch:
    return Batch(
        snapshots=tuple(row for batch in batches for row in batch.snapshots),
        labels=tuple(row for batch in batches for row in batch.labels),
    )


def _write_ase(database: Any, batch: Batch) -> None:
    for snapshot, row in zip(batch.snapshots, batch.labels, strict=True):
        label = row.label
        database.write(
            snapshot.snapshot.junction.to_atoms(),
            key_value_pairs={"conductance_g0": label.conductance, "label": f"l{row.key}"},
            data={"energies": label.energies, "transmission": label.transmission},
        )


def _columns(batch: Batch) -> Iterator[tuple[str, np.ndarray]]:
    junctions = [row.snapshot.junction for row in batch.snapshots]
    labels = [row.label for row in batch.labels]
    yield "position", np.array([junction.positions for junction in junctions])
    yield "number", np.array([junction.numbers for junction in junctions], dtype=float)
    yield "transmission", np.array([label.transmission for label in labels])
    yield "energy", np.array([label.energies for label in labels])
    yield "conductance", np.array([label.conductance for label in labels])
