"""Models of a service: those of a registry; the ones used last stay loaded."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sekkei.errors import InvalidInputError
from sekkei.model import ModelRegistry, RegistryRow
from sekkei.model.lookup import find_version
from sekkei_service.problem import not_found

if TYPE_CHECKING:
    from sekkei.model import ParityTable, Predictor

_MOST_LOADED = 2


class ModelSource:
    """Lists and loads registered models; nothing is ever read by a path."""

    def __init__(self, registry: ModelRegistry | None) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, Predictor] = OrderedDict()

    def every(self) -> Sequence[RegistryRow]:
        """Return every version of every model; none without a registry."""
        return () if self._registry is None else self._registry.list()

    def called(self, identity: str) -> str:
        """Return what people call a model: its name and version, or else its identity."""
        known = {row.identity: f"{row.name}:{row.version}" for row in self.every()}
        return known.get(identity, identity)

    def find(self, model: str) -> RegistryRow:
        """Return the version that a user means; see `sekkei.model.find_model`.

        Raises
        ------
        RefusedError
            If there is none.
        """
        try:
            return find_version(self.every(), model)
        except InvalidInputError as error:
            raise not_found(error.message, model=model) from error

    def card(self, row: RegistryRow) -> str:
        """Return the card of a version, as Markdown.

        Raises
        ------
        RefusedError
            If it has none.
        """
        if self._registry is None:
            raise not_found("a card must be in a registry, but there is none")
        try:
            return self._registry.card(row.name, row.version)
        except InvalidInputError as error:
            raise not_found(error.message) from error

    def parity(self, row: RegistryRow) -> "Sequence[ParityTable]":
        """Return truth against prediction of what the training of a version held out."""
        return () if self._registry is None else self._registry.parity(row.name, row.version)

    def load(self, row: RegistryRow) -> "Predictor":
        """Return the predictor of a version."""
        with self._lock:
            if row.identity not in self._loaded and self._registry is not None:
                self._loaded[row.identity] = self._registry.load(row.name, row.version)
            self._loaded.move_to_end(row.identity)
            while len(self._loaded) > _MOST_LOADED:
                self._loaded.popitem(last=False)
            return self._loaded[row.identity]
