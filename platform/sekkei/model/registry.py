"""The registry port: where trainings are kept, numbered and named."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sekkei.errors import InvalidInputError

if TYPE_CHECKING:  # whoever lists models need not load what reads them
    from sekkei.model.predictor import Predictor
    from sekkei.model.training import Training

NEWEST = "newest"
"""Alias that training moves to what it made."""


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

    Implementations keep six laws, and `sekkei.testing.registry_laws.RegistryLaws` checks them:

    1. *Faithful*: a predictor comes back with the family and identity that it went in with.
    2. *Counting*: versions of a name are 1, 2, 3, …; an old version never changes.
    3. *Pointing*: an alias points to one version; setting it again moves it.
    4. *Lasting*: what was logged is there when the registry is opened again.
    5. *Traceable*: a row names its training, its family, its identity and the state of the lake.
    6. *Honest*: an unknown name, version, alias or training is an `InvalidInputError` that
       says what there is.
    """

    def log_training(
        self, training: "Training", lake_state: str, figures: Mapping[str, bytes | Path]
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

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point an alias to a version.

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

    def list(self) -> Sequence[RegistryRow]:
        """Return every version of every model, by name and number."""
        ...
