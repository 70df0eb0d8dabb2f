"""Designs of a service: one file each, changed by one request at a time."""

import threading
from collections.abc import Callable
from pathlib import Path

from sekkei.design import DesignSpec, DesignState, write_state
from sekkei_service.problem import not_found, refused


class DesignStore:
    """Keeps where designs stand; a step is kept before anybody hears of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def create(self, name: str, spec: DesignSpec) -> tuple[DesignState, bool]:
        """Begin a design; one that is there already, with equal specification, is returned.

        Raises
        ------
        RefusedError
            If there is another one of that name.
        """
        with self._lock:
            file = self._file(name)
            if file.is_file():
                known = DesignState.from_file(file)
                if known.spec != spec:
                    raise refused(
                        409,
                        f"design {name} is there with another specification; give the new one "
                        "another name",
                    )
                return known, False
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            state = DesignState(spec=spec)
            write_state(file, state)
            return state, True

    def find(self, name: str) -> DesignState:
        """Return where a design stands.

        Raises
        ------
        RefusedError
            If there is none of that name.
        """
        file = self._file(name)
        if not file.is_file():
            raise not_found(f"a design must be one of this service, but {name!r} is none")
        return DesignState.from_file(file)

    def names(self) -> tuple[str, ...]:
        """Return the names of all designs, sorted."""
        return tuple(
            sorted(file.name.removesuffix(".json") for file in self._folder.glob("*.json"))
        )

    def change(self, name: str, step: Callable[[DesignState], DesignState]) -> DesignState:
        """Take a design one step further.

        Raises
        ------
        RefusedError
            If there is none of that name.
        """
        with self._lock:
            after = step(self.find(name))
            write_state(self._file(name), after)
            return after

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"
