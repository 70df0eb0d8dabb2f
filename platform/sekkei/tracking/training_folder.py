"""A training as a folder: all that a registry keeps of it, before any registry has it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sekkei.errors import InvalidInputError
from sekkei.model import Predictor, Training, load_predictor
from sekkei.model.card import write_card
from sekkei.model.registry import StoredEvaluation
from sekkei.tracking.tags import EVALUATION_TAG, FAMILY_TAG, SURROGATE_FOLDER

TRAINING_FILE = "training.json"
"""File that holds what a registry keeps as tags, parameters and figures of merit."""

_PARITY_NAME = "parity_{}.csv"

PARITY_FILE = re.compile(re.escape(_PARITY_NAME).replace(r"\{\}", "(.+)"))
"""Name of a file with truth against prediction; its group is the split."""


@dataclass(frozen=True, slots=True)
class StoredTraining:
    """What a registry keeps of a training beside its files."""

    tags: Mapping[str, str]
    """What a version is found and judged by."""

    params: Mapping[str, str]
    """How it was trained."""

    metrics: tuple[tuple[str, float, int], ...]
    """Name, value and step of every figure of merit."""

    @classmethod
    def of(cls, training: Training, lake_state: str) -> "StoredTraining":
        """Read off a training; the state is that of the lake that it was trained on."""
        tags = _tags(training.predictor) | {"sekkei.lake_state": lake_state}
        if (evaluation := StoredEvaluation.from_training(training)) is not None:
            tags[EVALUATION_TAG] = evaluation.to_json()
        sizes = {"seed": str(training.seed), "n_label": str(training.n_label)}
        return cls(tags, sizes | _params(training.predictor), tuple(_metrics(training)))

    @property
    def identity(self) -> str:
        """`Predictor.identity` of what was trained."""
        return self.tags["sekkei.identity"]


def write_training(
    folder: Path,
    training: Training,
    lake_state: str,
    figures: Mapping[str, bytes | Path],
    card: str,
) -> None:
    """Write all that a registry keeps of a training; `read_training` reads it back.

    Parameters
    ----------
    folder
        Is there. The predictor goes into ``surrogate`` inside it, where it can be used at once.
    training, lake_state, figures, card
        As `sekkei.model.ModelRegistry.log_training` takes them.
    """
    training.predictor.save(folder / SURROGATE_FOLDER)
    if card:
        write_card(folder / SURROGATE_FOLDER, card)
    training.report.to_frame().to_csv(folder / "figures_of_merit.csv", index=False)
    coverage = [asdict(found) for found in training.report.coverage]
    (folder / "coverage.json").write_text(json.dumps(coverage, indent=1), "utf-8")
    for table in (training.report.test, training.report.out_of_fold):
        table.to_frame().to_csv(folder / _PARITY_NAME.format(table.split), index=False)
    (folder / "figures").mkdir()
    for name, content in figures.items():
        data = content if isinstance(content, bytes) else content.read_bytes()
        (folder / "figures" / Path(name).name).write_bytes(data)
    # The last file: a folder that has it is whole.
    about = asdict(StoredTraining.of(training, lake_state))
    (folder / TRAINING_FILE).write_text(json.dumps(about, indent=1), "utf-8")


def read_training(folder: Path) -> StoredTraining:
    """Read a folder of `write_training`, or one of a saved predictor, of which less is known.

    Raises
    ------
    InvalidInputError
        If it is neither, or the predictor inside is not as it was saved.
    """
    file = folder / TRAINING_FILE
    if not file.is_file():
        predictor = load_predictor(folder)
        return StoredTraining(_tags(predictor), _params(predictor), ())
    try:
        found = json.loads(file.read_text("utf-8"))
        metrics = tuple(
            (str(key), float(value), int(step)) for key, value, step in found["metrics"]
        )
        about = StoredTraining(dict(found["tags"]), dict(found["params"]), metrics)
        written = about.identity
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"{file} must be as it was written, but reading it said: {error}; register "
            f"{folder / SURROGATE_FOLDER} instead"
        ) from error
    identity = load_predictor(folder / SURROGATE_FOLDER).identity
    if identity != written:
        raise InvalidInputError(
            f"{folder} must hold the model that was trained, {written}, but holds {identity}; "
            f"register {folder / SURROGATE_FOLDER} instead"
        )
    return about


def _tags(predictor: Predictor) -> dict[str, str]:
    return {
        FAMILY_TAG: predictor.family,
        "sekkei.identity": predictor.identity,
        "sekkei.label_recipe": predictor.label_recipe,
        "sekkei.quantity": predictor.quantity,
    }


def _params(predictor: Predictor) -> dict[str, str]:
    return {key: str(value) for key, value in _flat(predictor.description)}


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _metrics(training: Training) -> Iterator[tuple[str, float, int]]:
    report = training.report
    for row in report.rows:
        for figure in ("r2", "mae", "rmse", "max_error", "n"):
            yield _metric_name(f"{row.split}/{row.model}/{figure}"), float(getattr(row, figure)), 0
    for found in report.coverage:
        yield _metric_name(f"{found.split}/coverage_{found.level:g}"), found.measured, 0
    for point in report.curves:
        for figure in ("train_rmse", "left_out_rmse"):
            key = f"curve/member_{point.member}/{figure}"
            yield key, float(getattr(point, figure)), point.epoch


def _metric_name(name: str) -> str:
    return re.sub(r"[^\w./ -]", "_", name)
