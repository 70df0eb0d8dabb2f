"""Registered versions, read from the database of MLflow without MLflow.

MLflow takes seconds to import, and four of its tables say everything that a list of models shows,
and where each of them lies.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sekkei.errors import InvalidInputError
from sekkei.model.lookup import find_version
from sekkei.model.registry import RegistryRow
from sekkei.tracking.address import check_registry, registry_file, run_folder
from sekkei.tracking.tags import SURROGATE_FOLDER, row_of

if TYPE_CHECKING:  # whoever lists models need not load what reads them
    from sekkei.model.predictor import Predictor

_VERSIONS = """
    SELECT name, version, run_id, creation_time FROM model_versions
    WHERE current_stage != 'Deleted_Internal' ORDER BY name, version
"""


def list_versions(uri: str) -> list[RegistryRow]:
    """Return every version of every model, by name and number.

    Parameters
    ----------
    uri
        As `MlflowRegistry` takes it. A database is read directly; a server, or a database of
        another version of MLflow, is asked through MLflow.

    Raises
    ------
    InvalidInputError
        If the address is of another kind, or nothing answers there.
    """
    file = registry_file(uri)
    if file is None:
        check_registry(uri)  # MLflow takes seconds to be imported, and is patient
    else:
        try:
            return _read(file)
        except sqlite3.OperationalError:  # no such table or column: MLflow knows its own versions
            pass
        except sqlite3.DatabaseError as error:
            raise InvalidInputError(
                f"a registry must be a database of MLflow, but {file} is damaged or something "
                f"else: {error}; bring back a copy, or name another --registry"
            ) from error
    from sekkei.tracking.mlflow_registry import MlflowRegistry  # noqa: PLC0415  (seconds)

    return list(MlflowRegistry(uri).list())


def open_version(uri: str, model: str) -> "tuple[RegistryRow, Predictor]":
    """Find the version that a user means, and load its predictor.

    Parameters
    ----------
    uri
        As `MlflowRegistry` takes it. Artifacts beside a database are read directly.
    model
        As `sekkei.model.find_model` takes it.

    Raises
    ------
    InvalidInputError
        If there is no such model, or nothing answers there.
    """
    from sekkei.model.families import load_predictor  # noqa: PLC0415  (reads trees of imports)

    row = find_version(list_versions(uri), model)
    folder = run_folder(uri, row.run)
    if folder is not None:
        return row, load_predictor(folder / SURROGATE_FOLDER)
    from sekkei.tracking.mlflow_registry import MlflowRegistry  # noqa: PLC0415  (seconds)

    return row, MlflowRegistry(uri).load(row.name, row.version)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)


def _read(file: Path) -> list[RegistryRow]:
    with closing(_opened(file)) as database:
        versions = database.execute(_VERSIONS).fetchall()
        tags = database.execute("SELECT name, version, key, value FROM model_version_tags")
        value: dict[tuple[str, int], dict[str, str]] = {}
        for name, version, key, text in tags:
            value.setdefault((name, version), {})[key] = text
        aliases: dict[tuple[str, int], list[str]] = {}
        for name, version, alias in database.execute(
            "SELECT name, version, alias FROM registered_model_aliases"
        ):
            aliases.setdefault((name, version), []).append(alias)
    return [
        row_of(
            name,
            version,
            run or "",
            created / 1000.0,
            aliases.get((name, version), ()),
            value.get((name, version), {}),
        )
        for name, version, run, created in versions
    ]
