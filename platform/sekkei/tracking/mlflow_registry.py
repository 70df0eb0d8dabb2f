"""The model registry in MLflow: SQLite beside a folder of artifacts, or a server."""

import logging
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from typing_extensions import override

from sekkei.errors import InvalidInputError
from sekkei.model import (
    ModelRegistry,
    ParityTable,
    Predictor,
    RegistryRow,
    Training,
    load_predictor,
)
from sekkei.model.card import CARD_FILE
from sekkei.model.registry import check_model_name
from sekkei.tracking.address import (
    ARTIFACTS,
    check_registry,
    move_artifacts,
    registry_file,
    run_folder,
)
from sekkei.tracking.tags import PROMOTED_TAG, SURROGATE_FOLDER, row_of
from sekkei.tracking.training_folder import (
    PARITY_FILE,
    TRAINING_FILE,
    StoredTraining,
    read_training,
    write_training,
)

_MOST_METRICS = 1000  # MLflow refuses larger batches
_MOST_PARAMS = 100
_Answer = TypeVar("_Answer")


class MlflowRegistry(ModelRegistry):
    """Keeps trainings in MLflow.

    Parameters
    ----------
    uri
        ``sqlite:///path/to/mlflow.db``, with artifacts in a folder ``artifacts`` beside the
        file, or ``http(s)://`` of an MLflow server.
    experiment
        Name of the MLflow experiment that runs go to.

    Raises
    ------
    InvalidInputError
        If the address is of another kind, or nothing answers there.
    """

    def __init__(self, uri: str, experiment: str = "sekkei") -> None:
        self._uri = uri
        location = _artifact_location(uri)
        with _quietly(), _alone(registry_file(uri)):
            self._client = _asked(f"open {uri}", lambda: MlflowClient(uri, uri))
            self._experiment = _asked(
                f"find the experiment {experiment!r} at {uri}",
                lambda: _experiment_id(self._client, experiment, location),
            )

    @property
    def uri(self) -> str:
        """Address that it was opened at."""
        return self._uri

    @property
    def waiting(self) -> Path:
        """Where trainings lie that are not registered yet: here, or beside the database."""
        file = registry_file(self._uri)
        return Path() if file is None else file.parent

    @override
    def log_training(
        self,
        training: Training,
        lake_state: str,
        figures: Mapping[str, bytes | Path],
        card: str = "",
    ) -> str:
        with tempfile.TemporaryDirectory() as folder:
            write_training(Path(folder), training, lake_state, figures, card)
            return self.log_folder(Path(folder))

    def log_folder(self, folder: Path) -> str:
        """Keep what stands in the folder of a training, or of a saved predictor.

        Parameters
        ----------
        folder
            Of `sekkei.tracking.training_folder.write_training`, or of `Predictor.save`.

        Returns
        -------
        str
            Id of the training.

        Raises
        ------
        InvalidInputError
            If it is neither, or the registry does not take it.
        """
        about = read_training(folder)
        return _asked(f"keep a training at {self._uri}", lambda: self._logged(folder, about))

    def _logged(self, folder: Path, about: StoredTraining) -> str:
        move_artifacts(self._uri, self._experiment)
        run = str(self._client.create_run(self._experiment, tags=dict(about.tags)).info.run_id)
        now = int(time.time() * 1000)
        params = (Param(key, value) for key, value in about.params.items())
        for batch in _batches(params, _MOST_PARAMS):
            self._client.log_batch(run, params=batch)
        metrics = (Metric(key, value, now, step) for key, value, step in about.metrics)
        for some in _batches(metrics, _MOST_METRICS):
            self._client.log_batch(run, metrics=some)
        inside = None if (folder / TRAINING_FILE).is_file() else SURROGATE_FOLDER
        self._client.log_artifacts(run, str(folder), inside)
        self._client.set_terminated(run)
        return run

    @override
    def register(self, name: str, run: str) -> int:
        tags = _asked(f"find the training {run!r}", lambda: self._client.get_run(run)).data.tags
        check_model_name(name)
        return _asked(
            f"register {name!r} at {self._uri}", lambda: self._registered(name, run, tags)
        )

    def _registered(self, name: str, run: str, tags: Mapping[str, str]) -> int:
        if not self._client.search_registered_models(f"name = '{name}'"):
            self._client.create_registered_model(name)
        kept = {key: value for key, value in tags.items() if key.startswith("sekkei.")}
        source = f"runs:/{run}/{SURROGATE_FOLDER}"
        made = self._client.create_model_version(name, source, run_id=run, tags=kept)
        return int(made.version)

    @override
    def set_alias(self, name: str, alias: str, version: int, reason: str = "") -> None:
        if alias.isdigit():
            raise InvalidInputError(
                f"an alias must not look like a version, but found {alias!r}; try 'best'"
            )
        self._version(name, version)
        _asked(
            f"name version {version} {alias!r}",
            lambda: self._client.set_registered_model_alias(name, alias, str(version)),
        )
        if reason:
            said = f"{datetime.now(UTC).isoformat(timespec='seconds')}: {reason}"
            key = f"{PROMOTED_TAG}{alias}"
            self._client.set_model_version_tag(name, str(version), key, said)

    @override
    def load(self, name: str, which: str | int) -> Predictor:
        run = self._version(name, which).run
        with self._fetched(run, SURROGATE_FOLDER) as folder:
            return load_predictor(folder)

    @override
    def card(self, name: str, which: str | int) -> str:
        row = self._version(name, which)
        try:
            with self._fetched(row.run, f"{SURROGATE_FOLDER}/{CARD_FILE}") as found:
                return found.read_text("utf-8")
        except OSError as error:
            raise InvalidInputError(
                f"a model must have a card, but {name} {row.version} was registered without "
                "one; train it again"
            ) from error

    @override
    def parity(self, name: str, which: str | int) -> Sequence[ParityTable]:
        run, found = self._version(name, which).run, []
        for file in self._files(run):
            if match := PARITY_FILE.fullmatch(file):
                with self._fetched(run, file) as place:
                    found.append(ParityTable.from_csv(match[1], place))
        return found

    @override
    def list(self) -> Sequence[RegistryRow]:
        return _asked(f"list the models at {self._uri}", self._listed)

    def _listed(self) -> Sequence[RegistryRow]:
        aliases: dict[tuple[str, int], set[str]] = {}
        for model in self._client.search_registered_models():
            for alias, version in model.aliases.items():
                aliases.setdefault((model.name, int(version)), set()).add(alias)
        found = [_row(made, aliases) for made in self._client.search_model_versions()]
        return sorted(found, key=lambda row: (row.name, row.version))

    def _files(self, run: str) -> Sequence[str]:
        beside = run_folder(self._uri, run)
        if beside is not None:
            return sorted(file.name for file in beside.iterdir())
        listed = _asked(f"list what {run} kept", lambda: self._client.list_artifacts(run))
        return sorted(str(one.path) for one in listed)

    @contextmanager
    def _fetched(self, run: str, path: str) -> Iterator[Path]:
        beside = run_folder(self._uri, run)
        if beside is not None:
            yield beside / path
            return
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = Path(self._client.download_artifacts(run, path, folder))
            except MlflowException as error:
                raise FileNotFoundError(2, "MLflow does not find it", path) from error
            yield found

    def _version(self, name: str, which: str | int) -> RegistryRow:
        rows = self.list()
        for row in rows:
            if row.name == name and (str(row.version) == str(which) or which in row.aliases):
                return row
        known = [f"{row.name} {'/'.join((str(row.version), *row.aliases))}" for row in rows]
        raise InvalidInputError(
            f"a model must be in the registry, but {name!r} {which!r} is not; there is "
            f"{', '.join(known) or 'none yet'}",
            name=name,
            which=which,
        )


def _artifact_location(uri: str) -> str | None:
    check_registry(uri)
    file = registry_file(uri)
    if file is None:
        return None
    folder = file.resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / ARTIFACTS).as_uri()


def _experiment_id(client: MlflowClient, name: str, location: str | None) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(name, artifact_location=location))


def _asked(what: str, question: Callable[[], _Answer]) -> _Answer:
    try:
        return question()
    except (MlflowException, OSError) as error:  # of requests, and of disks, are of the second kind
        said = error.message if isinstance(error, MlflowException) else error
        reason = " ".join(str(said).split())
        raise InvalidInputError(f"MLflow could not {what}: {reason}") from error


def _batches(items: Iterator[_Answer], size: int) -> Iterator[list[_Answer]]:
    while batch := [*islice(items, size)]:
        yield batch


def _row(made: Any, aliases: Mapping[tuple[str, int], set[str]]) -> RegistryRow:
    version = int(made.version)
    return row_of(
        made.name,
        version,
        made.run_id,
        made.creation_timestamp / 1000.0,
        aliases.get((made.name, version), ()),
        made.tags,
    )


@contextmanager
def _alone(file: Path | None) -> Iterator[None]:
    """Let nobody else open a database meanwhile: whoever is first makes its tables, in seconds."""
    if file is None or not os.access(file.parent, os.W_OK):
        yield  # a server sees to it, and where nothing can be written there is nothing to make
        return
    with FileLock(f"{file}.lock"):
        yield


@contextmanager
def _quietly() -> Iterator[None]:
    # Making the tables logs two lines, and MLflow's models use a loader that SQLAlchemy deprecated.
    logger = logging.getLogger("mlflow.store.db.utils")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The ``noload`` loader", DeprecationWarning)
            yield
    finally:
        logger.setLevel(level)
