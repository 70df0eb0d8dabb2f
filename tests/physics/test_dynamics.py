import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import ExperimentError, InvalidInputError
from sekkei.structure.contact import build_contact
from sekkei.structure.cross_section import cluster_sizes, is_connected
from sekkei.structure.dynamics import (
    Bath,
    experiment_engine,
    relax,
    run_experiment,
    stretch,
    stretch_through,
)
from sekkei.structure.experiment import ContactSpec, Experiment, ExperimentSpec
from sekkei.structure.junction import DEVICE, LEFT, RIGHT
from sekkei.structure.lammps_engine import LammpsEngine

THIN = ContactSpec(electrode="bcc100-4+1", neck_width=1, neck_length=1, device_periods=4)


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return run_experiment(ExperimentSpec(contact=THIN, cycles=2, seed=5))


def test_a_contact_breaks_reforms_and_breaks_again(experiment: Experiment) -> None:
    stages = [(s.cycle, s.stage) for s in experiment.snapshots]
    last = dict(zip(stages, experiment.snapshots, strict=True))

    assert list(last) == [(0, "pull"), (0, "push"), (1, "pull")]
    assert [s.narrowest > 0.0 for s in last.values()] == [False, True, False]
    assert all((s.narrowest > 0.0) == is_connected(s.junction) for s in experiment.snapshots)


def test_the_grips_stay_perfect_electrodes(experiment: Experiment) -> None:
    start = experiment.snapshots[0].junction
    left, right = start.regions == LEFT, start.regions == RIGHT

    for snapshot in experiment.snapshots:
        moved = snapshot.junction.positions - start.positions
        np.testing.assert_array_equal(moved[left], 0.0)
        np.testing.assert_allclose(
            moved[right], [[0.0, 0.0, snapshot.displacement]] * 10, atol=1e-9
        )


def test_neighbouring_snapshots_differ(experiment: Experiment) -> None:
    spacing = experiment.spec.snapshot_spacing_angstrom
    device = experiment.snapshots[0].junction.regions == DEVICE

    for one, other in zip(experiment.snapshots, experiment.snapshots[1:], strict=False):
        moved = (other.junction.positions - one.junction.positions)[device]
        assert other.narrowest == 0.0 or np.linalg.norm(moved, axis=1).max() >= spacing
    assert [s.frame for s in experiment.snapshots] == list(range(len(experiment.snapshots)))


def test_few_snapshots_are_of_broken_contacts(experiment: Experiment) -> None:
    broken = [s for s in experiment.snapshots if s.narrowest == 0.0]

    # One at each rupture and one at the end of each tail; a contact may snap back once or twice.
    assert 4 <= len(broken) <= 8


def test_an_experiment_is_repeatable_bit_for_bit(experiment: Experiment) -> None:
    again = run_experiment(experiment.spec)

    assert len(again.snapshots) == len(experiment.snapshots)
    for one, other in zip(experiment.snapshots, again.snapshots, strict=True):
        assert one.junction.positions.tobytes() == other.junction.positions.tobytes()
        assert (one.displacement, one.narrowest) == (other.displacement, other.narrowest)


def test_another_seed_breaks_the_contact_another_way() -> None:
    def last(seed: int) -> np.ndarray:
        spec = ExperimentSpec(contact=THIN, cycles=1, seed=seed, speed_angstrom_per_ps=4.0)
        return run_experiment(spec).snapshots[-1].junction.positions

    assert last(1).tobytes() != last(2).tobytes()


def test_the_engine_is_known_before_the_run(experiment: Experiment) -> None:
    assert experiment.engine == experiment_engine("meam")
    assert experiment_engine("meam") != experiment_engine("gupta")
    assert experiment.cpu_seconds > 0.0


def test_progress_reaches_one() -> None:
    seen: list[float] = []

    run_experiment(
        ExperimentSpec(contact=THIN, cycles=1, speed_angstrom_per_ps=5.0), progress=seen.append
    )

    assert seen == [1.0]


def test_lammps_is_silent_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    stretch(THIN, "meam", 0.5, seed=0)

    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("elongation", [-1.0, 0.0, 3.0])
def test_stretching_parts_the_grips_by_the_elongation(elongation: float) -> None:
    contact = build_contact(THIN)

    stretched = stretch(THIN, "gupta", elongation, seed=1)

    moved = stretched.positions - contact.positions
    np.testing.assert_allclose(moved[contact.regions == LEFT], 0.0, atol=0.0)
    # Whole time steps of 8 fs at 0.5 Å/ps.
    np.testing.assert_allclose(moved[contact.regions == RIGHT, 2], elongation, atol=2.1e-3)


def test_an_unknown_command_is_an_error_in_one_line() -> None:
    with LammpsEngine() as engine, pytest.raises(ExperimentError, match="'nonsense 1' said") as why:
        engine.run_commands(["nonsense 1"])

    assert "\n" not in why.value.message


def test_stretching_refuses_elements_that_the_potential_does_not_treat() -> None:
    with pytest.raises(InvalidInputError, match="meam treats Li, Na, K, but found Cs"):
        stretch(ContactSpec(composition={"Cs": 1.0}), "meam", 1.0, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("electrode", ["staggered-3", "bcc100-5+4"])
@pytest.mark.parametrize("pair", [("Na", "K"), ("K", "Rb"), ("K", "Cs")], ids="-".join)
@pytest.mark.parametrize("fraction", [0.2, 0.5, 0.8])
def test_no_atom_evaporates_from_an_alloy(
    electrode: str, pair: tuple[str, str], fraction: float
) -> None:
    composition = {pair[0]: fraction, pair[1]: 1.0 - fraction}
    contact = ContactSpec(electrode=electrode, composition=composition)

    result = run_experiment(ExperimentSpec(contact=contact, potential="gupta", cycles=2))

    start = result.snapshots[0].junction
    widest = np.linalg.norm(start.positions[:, :2], axis=1).max()
    for snapshot in result.snapshots:
        # A thin wire may break at two places at once and leave a drop, but never a lone atom; and
        # no atom goes far out at the side.
        sizes = cluster_sizes(snapshot.junction)
        assert len(sizes) == 1 if snapshot.narrowest > 0.0 else len(sizes) in {2, 3}
        assert min(sizes) >= 5
        assert np.linalg.norm(snapshot.junction.positions[:, :2], axis=1).max() < widest + 9.0


def test_the_dynamics_opens_no_port() -> None:
    # In a process of its own: MPI starts once in each, and listens from then on if it may.
    program = (
        "import psutil\n"
        "from sekkei.structure.lammps_engine import LammpsEngine\n"
        "with LammpsEngine():\n"
        "    found = psutil.Process().net_connections()\n"
        "print([c.laddr.ip for c in found if c.status == psutil.CONN_LISTEN])\n"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert said.stdout.decode().strip() == "[]"


def test_structures_along_a_pulling_lie_at_equal_parts_of_it() -> None:
    contact = build_contact(THIN)

    frames = stretch_through(THIN, "gupta", 1.2, 1, n_frame=3)

    grips = contact.regions == RIGHT
    moved = [frame.positions[grips, 2] - contact.positions[grips, 2] for frame in frames]
    np.testing.assert_allclose(moved, [[part] * grips.sum() for part in (0.4, 0.8, 1.2)], atol=5e-3)
    # One frame is the stretched contact, bit for bit.
    (one,) = stretch_through(THIN, "gupta", 0.4, 1, n_frame=1)
    assert np.array_equal(one.positions, stretch(THIN, "gupta", 0.4, seed=1).positions)


def test_a_contact_that_is_held_keeps_its_grips_and_finds_a_minimum_again() -> None:
    at_once = stretch(THIN, "gupta", 1.0, seed=2)
    held = stretch(THIN, "gupta", 1.0, seed=2, bath=Bath(hold_ps=1.0))

    fixed = held.regions != DEVICE
    np.testing.assert_allclose(held.positions[fixed], at_once.positions[fixed], atol=1e-6)
    # At 4 K it falls back into the minimum that it left, or into one that is no higher.
    assert relax(held, "gupta")[1] <= relax(at_once, "gupta")[1] + 1e-3


def test_a_warm_contact_moves_further_than_a_cold_one_while_it_is_held() -> None:
    cold = stretch(THIN, "gupta", 1.0, seed=2, bath=Bath(hold_ps=2.0))
    warm = stretch(THIN, "gupta", 1.0, seed=2, bath=Bath(temperature_k=250.0, hold_ps=2.0))

    # Relaxed structures are minima: only another one is so far away.
    assert np.abs(warm.positions - cold.positions).max() > 0.5
