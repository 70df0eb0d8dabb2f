"""Where a model registry is, and whether it can be used, without MLflow."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sekkei.errors import InvalidInputError
from sekkei.reach import why_silent

SQLITE = "sqlite:///"
"""Beginning of the address of a registry that is a file."""

ARTIFACTS = "artifacts"
"""Folder beside that file that holds what trainings leave."""

WAITING = "unregistered"
"""First word of a folder beside that file that holds a training which did not get into it."""


def registry_file(uri: str) -> Path | None:
    """Return the database of a registry; None for a server."""
    return Path(uri.removeprefix(SQLITE)) if uri.startswith(SQLITE) else None


def check_registry(uri: str) -> None:
    """See that MLflow can use a registry, before there is work to lose.

    Raises
    ------
    InvalidInputError
        If the address is of another kind, MLflow would read another path in it, or no server
        answers there.
    """
    file = registry_file(uri)
    if file is None:
        _check_server(uri)
    elif "?" in str(file.resolve()) or unquote(str(file.resolve())) != str(file.resolve()):
        raise InvalidInputError(
            f"a registry must lie in folders whose names have no ? and no % before two digits, "
            f"but found {file.resolve()}: MLflow would write elsewhere; name another --registry",
            uri=uri,
        )


def run_folder(uri: str, run: str) -> Path | None:
    """Return the folder of the artifacts of a run; None where only MLflow can fetch them.

    The folder beside the database comes first: the address that MLflow keeps is absolute, and
    names a place that is no more, or another copy, once the project was renamed or copied.
    """
    file = registry_file(uri)
    if file is None:
        return None
    beside = file.parent / ARTIFACTS / run / "artifacts"
    if beside.is_dir():
        return beside
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT artifact_uri FROM runs WHERE run_uuid = ?", (run,))
            place = urlsplit(str(next(found)[0]))
    except (sqlite3.OperationalError, StopIteration):  # another version of MLflow, or no such run
        return None
    folder = Path(unquote(place.path))
    return folder if place.scheme == "file" and folder.is_dir() else None


def move_artifacts(uri: str, experiment: str) -> None:
    """Let a registry whose folder was renamed or copied know where its artifacts lie now.

    Without that, MLflow would write what a training leaves to the place that was.
    """
    file = registry_file(uri)
    if file is None:
        return
    now = (file.resolve().parent / ARTIFACTS).as_uri()
    with closing(sqlite3.connect(file)) as database, database:
        found = database.execute(
            "SELECT artifact_location FROM experiments WHERE experiment_id = ?", (experiment,)
        )
        before = str(next(found)[0])
        if before == now or not _was_moved(before, now):
            return
        database.execute(
            "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
            (now, experiment),
        )
        database.execute(
            "UPDATE runs SET artifact_uri = ? || substr(artifact_uri, ?) "
            "WHERE experiment_id = ? AND substr(artifact_uri, 1, ?) = ?",
            (now, len(before) + 1, experiment, len(before), before),
        )


def _was_moved(before: str, now: str) -> bool:
    # Artifacts that somebody keeps elsewhere on purpose stay there.
    place, here = urlsplit(before), Path(unquote(urlsplit(now).path))
    was = Path(unquote(place.path))
    return place.scheme == "file" and was.name == ARTIFACTS and (here.is_dir() or not was.is_dir())


def _check_server(uri: str) -> None:
    if urlsplit(uri).scheme not in {"http", "https"}:
        raise InvalidInputError(
            f"a registry must be at sqlite:///FILE or http(s)://HOST, but found {uri!r}; MLflow "
            "no longer keeps runs in plain folders",
            uri=uri,
        )
    reason = why_silent(uri)
    if reason is not None:
        raise InvalidInputError(
            f"a server of MLflow must answer at {uri}, but: {reason}; start it, or name another "
            "--registry",
            uri=uri,
        )
