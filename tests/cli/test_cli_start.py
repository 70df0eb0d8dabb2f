"""A verb that only reads loads what it needs; what it loads is most of the time that it takes."""

import subprocess
import sys
from pathlib import Path

import pytest

ENGINES = {"torch", "ray", "lammps", "gpaw", "botorch", "sklearn", "scipy", "matplotlib"}
# A module that waits to be asked for has its name among the loaded ones, but none of its parts.
TABLES = {"pandas.core", "dask", "pyarrow", "optimade", "lark", "sparse", "numba"}
FORMATS = {"ase.io", "ase.atoms.io"}
SHAPES = {"jaxtyping", "beartype"}

CODE = """
import sys
from sekkei.cli.app import run
code = run(sys.argv[1:])
print(code, *sys.modules, file=sys.stderr)
"""


def loaded(*arguments: object) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", CODE, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    code, *names = told.stderr.splitlines()[-1].split()
    assert code == "0", told.stderr
    return set(names)


def test_listing_electrodes_loads_numbers_only() -> None:
    found = loaded("electrode", "list")

    assert "numpy" in found
    assert found & (ENGINES | TABLES | FORMATS | SHAPES | {"zarr", "mlflow"}) == set()


@pytest.mark.parametrize("verb", ["info", "query", "history", "tag"])
def test_looking_at_a_lake_loads_its_store_only(verb: str, filled: Path) -> None:
    found = loaded("lake", verb, "--lake", filled)

    assert "zarr" in found
    assert found & (ENGINES | TABLES | FORMATS | SHAPES | {"mlflow"}) == set()


def test_listing_models_loads_neither_mlflow_nor_torch(tmp_path: Path) -> None:
    from sekkei.tracking import MlflowRegistry

    MlflowRegistry(f"sqlite:///{tmp_path}/mlflow.db")

    found = loaded("model", "list", "--registry", tmp_path / "mlflow.db")

    assert "sqlite3" in found
    assert found & (ENGINES | TABLES | FORMATS | SHAPES | {"zarr", "mlflow"}) == set()
