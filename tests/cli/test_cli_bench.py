"""The command `sekkei bench`, and what a benchmark is made of."""

import json

import numpy as np
import pytest
import torch

from sekkei.bench import BENCHES, BenchResult, kernel_batch, write_result
from sekkei.bench import kernel as kernel_bench
from sekkei.bench.ase_transport import ase_transmission
from sekkei.bench.peer import PEERS, Peer
from sekkei.bench.registry import load_measure
from sekkei.bench.timing import median_seconds
from sekkei.bench.wire import make_wire
from sekkei.transport.kernel.landauer import transmission


@pytest.fixture
def small(monkeypatch):
    """Shrink the benchmark of the kernel: it is about the program, not about time."""
    monkeypatch.setattr(kernel_bench, "SHAPES", ((6, 2),))
    monkeypatch.setattr(kernel_batch, "SHAPES", ((6, 2, 3),))
    monkeypatch.setattr(kernel_batch, "N_JUNCTION", 3)
    monkeypatch.setattr(kernel_bench, "TARGET", 1e9)
    monkeypatch.setattr(kernel_bench, "PEERS", (Peer("no_such_code", "pip install it"),))


def test_without_a_name_the_benchmarks_are_listed(sekkei):
    done = sekkei("bench")

    assert done.code == 0
    assert all(bench.name in done.out for bench in BENCHES)


def test_the_kernel_is_measured_beside_others(sekkei, small, tmp_path):
    done = sekkei("bench", "kernel", "--quick", "--json", "--out", str(tmp_path / "out"))

    assert done.code == 0
    assert "a target was missed here" in done.err
    head, *rows = [json.loads(line) for line in done.out.splitlines()]
    assert head["machine"]["omp_num_threads"] is not None
    assert any("no_such_code is not installed: pip install it" in n for n in head["notes"])
    assert any("complex64" in note for note in head["notes"])
    works = {row["work"] for row in rows}
    assert works >= {"with leads", "leads known", "next junction"}
    assert all(row["ms_per_energy"] > 0.0 for row in rows)
    # Whatever the time: all codes computed the same.
    assert all(row["off_by"] < 1e-5 for row in rows)
    kept = json.loads((tmp_path / "out" / "kernel.json").read_text())
    assert len(kept["rows"]) == len(rows)


@pytest.mark.parametrize("bench", BENCHES, ids=lambda bench: bench.name)
def test_every_benchmark_can_be_loaded(bench):
    assert callable(load_measure(bench))


def test_ase_gives_the_same_with_its_own_leads_and_with_ours():
    wire, grid = make_wire(6, 4, seed=1), np.linspace(-0.4, 0.4, 5)
    energies = torch.from_numpy(grid)
    leads = wire.self_energies(energies)
    ours = transmission(
        torch.from_numpy(wire.hamiltonian), torch.from_numpy(wire.overlap), leads, energies
    )

    np.testing.assert_allclose(ase_transmission(wire, grid), ours.numpy(), atol=1e-7)
    np.testing.assert_allclose(ase_transmission(wire, grid, leads), ours.numpy(), atol=1e-9)


def test_wires_differ_in_their_device_only():
    one, other = make_wire(8, 4, 7), make_wire(8, 4, 7, i_device=1)

    assert np.array_equal(one.overlap, other.overlap)
    assert not np.array_equal(one.hamiltonian, other.hamiltonian)
    for name in ("hamiltonian", "overlap"):
        assert all(map(np.array_equal, one.lead(name), other.lead(name)))


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_other_codes_agree_where_they_are_installed(peer):
    if peer.missing():
        pytest.skip(f"{peer.name} is not installed")
    wire, grid = make_wire(6, 4, seed=1), np.array([-0.3, 0.1])

    found = peer.run(wire, grid, n_repeat=1)

    values = found["with leads"]["transmission"]
    # Kwant has no loss in its leads.
    np.testing.assert_allclose(values, ase_transmission(wire, grid), atol=1e-4)


def test_time_is_a_median_without_the_first_call():
    calls = []

    assert median_seconds(lambda: calls.append(1), 3) >= 0.0
    assert len(calls) == 4


def test_further_files_are_written_beside_the_record(tmp_path):
    result = BenchResult(name="x", rows=[{"a": 1.0}], files={"x.svg": b"<svg/>"})

    paths = write_result(result, tmp_path / "new")

    assert [path.name for path in paths] == ["x.json", "x.svg"]
    assert paths[1].read_bytes() == b"<svg/>"
    assert json.loads(paths[0].read_text())["rows"] == [{"a": 1.0}]


def test_learning_prints_kept_tables_as_markdown(sekkei, tmp_path):
    row = {"table": "size", "model": "direct", "test": "1x", "n": 3, "mae_g0": 0.1, "r2": 0.9}
    file = tmp_path / "learning.json"
    file.write_text(json.dumps({"name": "learning", "rows": [row]}))

    done = sekkei("bench", "learning", "--tables", str(file))

    assert done.code == 0
    assert "| `direct` | 0.100 (0.900) |" in done.out


def test_fewer_matrices_need_matrices(sekkei):
    done = sekkei("bench", "learning", "--quick", "--matrix-curve")

    assert done.code == 2
    assert "name their lake with --matrices" in done.err
