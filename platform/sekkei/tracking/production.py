"""From a training to a registered model, with its figures."""

import shlex
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from sekkei.errors import SekkeiError
from sekkei.model import Dataset, ParityTable, Training
from sekkei.model.card import CardFacts, model_card
from sekkei.model.registry import NEWEST
from sekkei.observe.figures import Curve, ParitySample, as_bytes, learning_figure, parity_figure
from sekkei.tracking.address import WAITING
from sekkei.tracking.mlflow_registry import MlflowRegistry
from sekkei.tracking.training_folder import read_training, write_training

_TITLES = {"test": "held-out experiments"}


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredTraining:
    """A training, and where it is kept."""

    training: Training
    """The predictor and its figures."""

    dataset: Dataset
    """What it was trained and tested on."""

    run: str
    """Id of the run in the registry."""

    version: int
    """Number of the registered version."""

    lake_state: str
    """State of the lake that the labels were read from."""


def register_training(
    training: Training,
    dataset: Dataset,
    lake_state: str,
    registry: MlflowRegistry,
    name: str,
    command: str = "",
) -> RegisteredTraining:
    """Log a training with figures and card, and make its predictor the next version of a model.

    The alias ``newest`` points to it; promoting it to anything else is a decision of people.

    Parameters
    ----------
    training
        What was trained.
    dataset
        What on.
    lake_state
        State of the lake that the labels were read from.
    registry
        Where it goes.
    name
        Of the model.
    command
        What made it, for its card.

    Raises
    ------
    SekkeiError
        If the registry does not take it; the training is kept in a folder that the message names.
    """
    folder = keep_training(training, dataset, lake_state, registry, name, command)
    run, version = register_kept(folder, registry, name)
    return RegisteredTraining(training, dataset, run, version, lake_state)


def keep_training(
    training: Training,
    dataset: Dataset,
    lake_state: str,
    registry: MlflowRegistry,
    name: str,
    command: str = "",
) -> Path:
    """Write a training into a folder of its own, with figures and card, before it is registered.

    Parameters
    ----------
    training, dataset, lake_state, registry, name, command
        As `register_training` takes them.

    Returns
    -------
    Path
        The folder, which `register_kept` and ``sekkei model register`` take.
    """
    figures = {
        f"{title}.svg": as_bytes(figure)
        for title, figure in training_figures(training, dataset).items()
    }
    card = model_card(CardFacts.from_training(training, dataset, lake_state, command))
    registry.waiting.mkdir(parents=True, exist_ok=True)
    prefix = f"{WAITING}-{name}-{training.predictor.identity[:8]}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=registry.waiting))
    write_training(folder, training, lake_state, figures, card)
    return folder


def register_kept(folder: Path, registry: MlflowRegistry, name: str) -> tuple[str, int]:
    """Register a training that `keep_training` wrote, and remove its folder then.

    Returns
    -------
    tuple of str and int
        Id of the run, and number of the version.

    Raises
    ------
    SekkeiError
        If the registry does not take it; the folder stays, and the message names it.
    """
    try:
        run = registry.log_folder(folder)
        version = _newest(registry, name, registry.register(name, run))
    except SekkeiError as error:
        raise type(error)(
            f"{error.message}; {advice(folder, registry, name)}", **error.facts
        ) from error
    shutil.rmtree(folder)
    return run, version


def advice(folder: Path, registry: MlflowRegistry, name: str) -> str:
    """Say what to do with a training that is in a folder only."""
    later = ["sekkei", "model", "register", str(folder), "--name", name, "--registry", registry.uri]
    return f"the trained model is in {folder}; bring it in with {shlex.join(later)}"


def register_folder(folder: Path, registry: MlflowRegistry, name: str) -> int:
    """Register the folder of a training, or of a saved predictor, and leave it as it is.

    A version with its identity stays the only one.

    Returns
    -------
    int
        Number of the version.

    Raises
    ------
    InvalidInputError
        If it is no such folder, or the registry does not take it.
    """
    identity = read_training(folder).identity
    rows = [row for row in registry.list() if row.name == name]
    same = [row.version for row in rows if row.identity == identity]
    if same and same[-1] != rows[-1].version:
        return same[-1]
    version = same[-1] if same else registry.register(name, registry.log_folder(folder))
    return _newest(registry, name, version)


def _newest(registry: MlflowRegistry, name: str, version: int) -> int:
    registry.set_alias(name, NEWEST, version)
    return version


def training_figures(training: Training, dataset: Dataset) -> dict[str, Figure]:
    """Draw parity of a training, and its learning curves if it has any."""
    report = training.report
    group_of = dict(zip(dataset.snapshot_keys, dataset.groups, strict=True))
    baselines = {
        row.model: row.mae
        for row in report.rows
        if row.split == "test" and row.model != training.predictor.family
    }
    samples = [
        _parity(table, group_of, _TITLES.get(table.split, table.split))
        for table in (report.out_of_fold, report.test)
    ]
    figures = {"parity": parity_figure(samples, baselines)}
    # A family that solves linear equations has no epochs.
    if report.curves:
        curves = _learning_curves(training)
        figures["learning"] = learning_figure(curves, x_label="epoch", y_label="RMSE ($G_0$)")
    return figures


def _parity(table: ParityTable, group_of: dict[str, str], title: str) -> ParitySample:
    return ParitySample(
        name=title,
        actual=table.truth,
        predicted=table.predicted,
        sigma=table.sigma,
        experiments=tuple(group_of[key] for key in table.snapshot_keys),
    )


def _learning_curves(training: Training) -> list[Curve]:
    points = training.report.curves
    epochs = np.array(sorted({point.epoch for point in points if point.epoch > 0}))
    curves = []
    for title, field in (("training", "train_rmse"), ("left-out experiments", "left_out_rmse")):
        values = [
            [getattr(point, field) for point in points if point.epoch == epoch] for epoch in epochs
        ]
        mean = np.array([np.mean(row) for row in values])
        spread = np.array([np.std(row) for row in values])
        curves.append(Curve(title, epochs.astype(np.float64), mean, spread))
    return curves
