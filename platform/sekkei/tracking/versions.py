"""Registered versions, read from the database of MLflow without MLflow.

MLflow takes seconds to import, and three of its tables say everything that a list of models shows.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sekkei.model.registry import RegistryRow
from sekkei.tracking.tags import FAMILY_TAG, OLD_FAMILY, OLD_STATE_TAG

_SQLITE = "sqlite:///"
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
    if uri.startswith(_SQLITE):
        try:
            return _read(Path(uri.removeprefix(_SQLITE)))
        except sqlite3.OperationalError:  # no such table or column: MLflow knows its own versions
            pass
    from sekkei.tracking.mlflow_registry import MlflowRegistry  # noqa: PLC0415  (seconds)

    return list(MlflowRegistry(uri).list())


def _read(file: Path) -> list[RegistryRow]:
    with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as database:
        versions = database.execute(_VERSIONS).fetchall()
        tags = database.execute("SELECT name, version, key, value FROM model_version_tags")
        value = {(name, version, key): text for name, version, key, text in tags}
        aliases: dict[tuple[str, int], list[str]] = {}
        for name, version, alias in database.execute(
            "SELECT name, version, alias FROM registered_model_aliases ORDER BY alias"
        ):
            aliases.setdefault((name, version), []).append(alias)
    return [
        RegistryRow(
            name=name,
            version=version,
            aliases=tuple(aliases.get((name, version), ())),
            run=run or "",
            identity=value.get((name, version, "sekkei.identity"), ""),
            family=value.get((name, version, FAMILY_TAG), OLD_FAMILY),
            quantity=value.get((name, version, "sekkei.quantity"), ""),
            lake_state=value.get((name, version, "sekkei.lake_state"))
            or value.get((name, version, OLD_STATE_TAG), ""),
            created=created / 1000.0,
        )
        for name, version, run, created in versions
    ]
