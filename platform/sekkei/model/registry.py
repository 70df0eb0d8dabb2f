"""The registry port: where trainings are kept, numbered and named."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash

if TYPE_CHECKING:  # whoever lists models need not load what reads them
    from sekkei.model.metric import ParityTable
    from sekkei.model.predictor import Predictor
    from sekkei.model.training import Training

NEWEST = "newest"
"""Alias that training moves to what it made."""


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """What the training of a version measured on the experiments that it held out."""

    test_set: str
    """Content hash of the held-out labels: equal ones may be compared."""

    n: int
    """Number of these labels."""

    n_experiment: int
    """Number of experiments that they are from."""

    mae: float
    """Mean absolute error of the version in G0."""

    r2: float | None
    """Its coefficient of determination; None where the labels do not vary."""

    baselines: Mapping[str, float]
    """Mean absolute error of every baseline on the same labels, in G0."""

    @classmethod
    def from_training(cls, training: "Training") -> "StoredEvaluation | None":
        """Read off a training's report; None if it tested nothing."""
        table = training.report.test
        rows = {row.model: row for row in training.report.rows if row.split == table.split}
        own = rows.pop(training.predictor.family, None)
        if own is None or own.n == 0:
            return None
        predictor = training.predictor
        asked = (predictor.label_recipe, predictor.quantity)
        return cls(
            test_set=content_hash("test set", *asked, table.snapshot_keys, table.truth),
            n=own.n,
            n_experiment=own.n_experiment,
            mae=own.mae,
            r2=own.r2 if math.isfinite(own.r2) else None,
            baselines={name: row.mae for name, row in rows.items()},
        )

    @classmethod
    def from_json(cls, text: str) -> "StoredEvaluation":
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """Write it as one line."""
        return json.dumps(asdict(self), sort_keys=True)


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """One version of one model."""

    name: str
    """Name of the model."""

    version: int
    """Number of the version, from 1."""

    aliases: tuple[str, ...]
    """Names that point to this version, sorted."""

    run: str
    """Id of the training that it came from."""

    identity: str
    """`Predictor.identity`."""

    family: str
    """`Predictor.family`."""

    quantity: str
    """`Predictor.quantity`: which conductance it predicts; empty if the registry does not say."""

    lake_state: str
    """State of the lake that it was trained on."""

    created: float
    """When it was registered, in s since 1970-01-01 UTC."""

    evaluation: StoredEvaluation | None = None
    """What its training measured; None of versions from before this was kept."""

    promotions: tuple[str, ...] = ()
    """Which alias was moved to it, when and why, in words; the last move of each alias."""


def check_model_name(name: str) -> None:
    """Refuse a name that no registry could keep: it is part of addresses and of NAME:VERSION.

    Raises
    ------
    InvalidInputError
        If it is not letters, digits, dots and dashes.
    """
    if not re.fullmatch(r"[\w.-]+", name):
        raise InvalidInputError(
            f"the name of a model must be letters, digits, dots and dashes, but found {name!r}"
        )


@runtime_checkable
class ModelRegistry(Protocol):
    """Keeps trainings, and numbers the models that are worth keeping.

    Implementations keep seven laws, and `sekkei.testing.registry_laws.RegistryLaws` checks them:

    1. *Faithful*: a predictor comes back with the family and identity that it went in with.
    2. *Counting*: versions of a name are 1, 2, 3, …; an old version never changes.
    3. *Pointing*: an alias points to one version; setting it again moves it.
    4. *Lasting*: what was logged is there when the registry is opened again.
    5. *Traceable*: a row names its training, its family, its identity and the state of the lake.
    6. *Honest*: an unknown name, version, alias or training is an `InvalidInputError` that
       says what there is.
    7. *Documented*: a version keeps its evaluation, its card, what it predicted of
       held-out labels, and why an alias was moved to it.
    """

    def log_training(
        self,
        training: "Training",
        lake_state: str,
        figures: Mapping[str, bytes | Path],
        card: str = "",
    ) -> str:
        """Keep a training: options, figures of merit, learning curves, figures, the predictor.

        Parameters
        ----------
        training
            What was trained.
        lake_state
            State of the lake that it was trained on.
        figures
            File name to content, or to the file.
        card
            Its model card as Markdown; it is kept in the folder of the predictor.

        Returns
        -------
        str
            Id of the training.
        """
        ...

    def register(self, name: str, run: str) -> int:
        """Make a logged training the next version of a model; return its number.

        Raises
        ------
        InvalidInputError
            If there is no such training.
        """
        ...

    def set_alias(self, name: str, alias: str, version: int, reason: str = "") -> None:
        """Point an alias to a version.

        Parameters
        ----------
        name, version
            Of the model.
        alias
            What is to point to it.
        reason
            Why, if that is to be kept with the version.

        Raises
        ------
        InvalidInputError
            If there is no such version, or the alias could be mistaken for a number.
        """
        ...

    def load(self, name: str, which: str | int) -> "Predictor":
        """Return the predictor of an alias or a version.

        Raises
        ------
        InvalidInputError
            If there is none.
        """
        ...

    def card(self, name: str, which: str | int) -> str:
        """Return the model card of an alias or a version, as Markdown.

        Raises
        ------
        InvalidInputError
            If there is no such version, or it has none.
        """
        ...

    def parity(self, name: str, which: str | int) -> "Sequence[ParityTable]":
        """Return truth against prediction of the labels that a training held out, by split.

        Raises
        ------
        InvalidInputError
            If there is no such version.
        """
        ...

    def list(self) -> Sequence[RegistryRow]:
        """Return every version of every model, by name and number."""
        ...
