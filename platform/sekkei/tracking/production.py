"""From a training to a registered model, with its figures."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from sekkei.model import Dataset, ModelRegistry, ParityTable, Training
from sekkei.model.card import CardFacts, model_card
from sekkei.model.registry import NEWEST
from sekkei.observe.figures import Curve, ParitySample, as_bytes, learning_figure, parity_figure

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
    registry: ModelRegistry,
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
    """
    figures = {
        f"{title}.svg": as_bytes(figure)
        for title, figure in training_figures(training, dataset).items()
    }
    card = model_card(CardFacts.from_training(training, dataset, lake_state, command))
    run = registry.log_training(training, lake_state, figures, card)
    version = registry.register(name, run)
    registry.set_alias(name, NEWEST, version)
    return RegisteredTraining(training, dataset, run, version, lake_state)


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
