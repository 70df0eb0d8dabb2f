"""The benchmark of the fleet, at its smallest: what it counts is right, whatever the time."""

import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from sekkei.bench.fleet import _told
from sekkei.bench.fleet_efficiency import Clock
from sekkei.bench.fleet_items import Item, bare_rate, structures
from sekkei.bench.fleet_memory import SlowCommitter
from sekkei.bench.fleet_scaling import _pauses, _sizes, scaling_rows
from sekkei.fleet.event import Event
from sekkei.lake import Batch, Lake
from sekkei.structure.experiment import ContactSpec
from sekkei.transport.tight_binding import TightBindingLabeler, TightBindingOptions

ITEM = Item(ContactSpec(electrode="staggered-3", neck_width=1), n_energy=21, seconds=0.0)


def test_structures_differ_and_can_be_labelled():
    rows = structures(ITEM, 3, seed=1)
    labeler = TightBindingLabeler(TightBindingOptions(**ITEM.options))

    values = {labeler.label(row.snapshot.junction).conductance for row in rows}

    assert len(values) == len({row.key for row in rows}) == 3
    assert len(labeler.energies) == ITEM.n_energy
    assert [row.key for row in structures(ITEM, 3, seed=1)] == [row.key for row in rows]


def test_a_rate_counts_what_was_done_once_all_workers_were_ready(monkeypatch):
    clock = Clock()
    times = iter([1.0, 1.5, 2.0, 3.0, 4.0, 5.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(times))

    for name in ("worker-ready", "done", "worker-ready", "done", "done", "committed"):
        clock(Event(name))

    assert clock.rate == pytest.approx(2 / 3.0)


def test_pauses_are_those_between_items_of_one_process_after_the_start():
    spans = {7: [(0.0, 1.0), (1.25, 2.0), (2.5, 3.0)], 8: [(1.5, 2.5), (2.75, 3.5)]}

    assert sorted(_pauses(spans, begin=1.5)) == [0.25, 0.5]


def test_a_slow_lake_takes_ten_times_what_the_workers_did(tmp_path, monkeypatch):
    lake, slept = Lake.create(tmp_path / "lake"), []

    with lake.committer() as committer:
        slow = SlowCommitter(committer)
        monkeypatch.setattr("sekkei.bench.fleet_memory.time.sleep", slept.append)
        slow.work_s = 300.0
        slow.commit(Batch(), "slow")
        monkeypatch.undo()

    assert 2900.0 < slept[0] <= 3000.0
    assert slow.work_s == 0.0


@pytest.mark.slow
def test_bare_loops_label_everything():
    assert bare_rate(ITEM, structures(ITEM, 4, seed=2), n_process=2) > 0.0


def test_a_size_that_does_not_fit_the_memory_is_told_and_left_out(monkeypatch):
    free = SimpleNamespace(available=1e9)
    monkeypatch.setattr("sekkei.bench.fleet_scaling.psutil.virtual_memory", lambda: free)

    (row,) = scaling_rows((64,), n_each=1)

    # 64 workers of 120 MB and five raylets of 200 MB: the head has one, too.
    assert row["not_measured"] == "64 workers need about 8.7 GB, 1.0 are free"
    assert _told(row) == f"not measured: {row['not_measured']}"


def test_what_a_child_takes_is_its_part_of_what_is_shared() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        time.sleep(0.5)
        size_mb = _sizes()[child.pid]
        child.communicate(b"\n")

    assert 1.0 < size_mb < 100.0
    assert child.pid not in _sizes()
