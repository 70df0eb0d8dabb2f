import errno
import json
import re
import subprocess
import sys
import time

import pytest

from sekkei.cli import health
from sekkei.cli.health import CHECKS, Check, examine
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.extxyz import write_junctions


def fine() -> str:
    return "did it"


def broken() -> str:
    raise ImportError("no such\nlibrary")


def test_what_breaks_is_a_finding_with_advice():
    checks = (
        Check("good", "numpy", fine, "nothing"),
        Check("bad", "no-such-package", broken, "install it", is_needed=False),
    )

    good, bad = examine(checks)

    assert (good.works, good.said, good.advice) == (True, "did it", "")
    assert good.version
    assert (bad.works, bad.said) == (False, "ImportError: no such library")
    assert (bad.advice, bad.version) == ("install it", "")


@pytest.mark.parametrize(
    ("is_needed", "code"), [(True, 1), (False, 0)], ids=["needed", "not needed"]
)
def test_only_a_needed_engine_that_is_broken_ends_with_one(sekkei, monkeypatch, is_needed, code):
    check = Check("bad", "", broken, "install it", is_needed=is_needed)
    monkeypatch.setattr(health, "CHECKS", (Check("good", "", fine, ""), check))

    told = sekkei("doctor", "--json")

    assert told.code == code
    assert [json.loads(line)["works"] for line in told.out.splitlines()] == [True, False]
    assert "bad" in told.err


@pytest.mark.parametrize("name", ["LAMMPS", "torch", "Icechunk", "BoTorch"])
def test_engines_and_stores_that_every_installation_has_work(name):
    (found,) = examine([check for check in CHECKS if check.name == name])

    assert found.works, found.said
    assert found.version


@pytest.mark.slow
def test_a_registry_works():
    (found,) = examine([check for check in CHECKS if check.name == "MLflow"])

    assert found.works, found.said


@pytest.mark.ray
@pytest.mark.slow
def test_workers_work():
    (found,) = examine([check for check in CHECKS if check.name == "Ray"])

    assert found.works, found.said


@pytest.mark.dft
def test_a_basis_is_made():
    (found,) = examine([check for check in CHECKS if check.name == "GPAW"])

    assert found.works, found.said


def test_without_gpaw_the_fallback_runs_and_says_so():
    code = (
        "import sys\n"
        "sys.modules['gpaw'] = None\n"
        "from sekkei.cli.engine import default_labeler\n"
        "print(default_labeler())"
    )

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "tight-binding"
    missing, engine = told.stderr.splitlines()[-2:]  # ASE warns of half an installation before
    assert missing.startswith("no first principles here: DFT labels need GPAW")
    assert engine.startswith("labels by sekkei tight-binding")
    assert engine.endswith("(a model, not first principles)")


def test_without_gpaw_it_is_not_replaced_where_it_was_asked_for(tmp_path):
    write_junctions(tmp_path / "mine.extxyz", [build_contact(ContactSpec())])
    code = (
        "import sys\n"
        "sys.modules['gpaw'] = None\n"
        "from sekkei.cli.app import run\n"
        "print(run(['label', sys.argv[1], '--labeler', 'gpaw']))"
    )

    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "mine.extxyz")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == "1"
    assert told.stderr.splitlines()[-1].startswith(
        "sekkei: DFT labels need GPAW, but it is not installed"
    )


def _found(name):
    (check,) = (check for check in CHECKS if check.name == name)
    (finding,) = examine([check])
    return finding


def test_the_doctor_tells_low_shared_memory_with_figures(monkeypatch):
    monkeypatch.setattr("sekkei.fleet.processors.available_cpus", lambda: 4)
    monkeypatch.setattr("sekkei.structure.shared_memory.abandoned_mpi_files", lambda: [1, 2, 3])
    monkeypatch.setattr("sekkei.structure.shared_memory.free_shared_memory", lambda: 64_000_000)
    low = _found("shared memory")
    monkeypatch.setattr("sekkei.structure.shared_memory.free_shared_memory", lambda: 10**9)
    enough = _found("shared memory")

    assert not low.works
    assert "has 64 MB free, 4 workers need 277 MB; 3 files of processes that are gone" in low.said
    assert "--shm-size" in low.advice
    assert enough.works


def test_the_doctor_tells_a_clock_that_drifts(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    fine = _found("clock")
    now = time.time()
    monkeypatch.setattr("sekkei.cli.health_machine.time.time", lambda: now + 60.0)
    drifting = _found("clock")

    assert fine.works
    assert not drifting.works
    assert re.search(r"are -(59|60)\.\d s apart", drifting.said)


def test_the_doctor_tells_a_file_system_without_locks(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    fine = _found("file locks")

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("sekkei.cli.health_machine.fcntl.flock", refuse)
    without = _found("file locks")

    assert fine.works
    assert not without.works
    assert "No locks available" in without.said
    assert list(tmp_path.iterdir()) == []
