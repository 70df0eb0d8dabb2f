"""Designs of a service: one file each, changed by one request at a time, and kept in its lake.

A step is in the file before anybody hears of it. The lake has it a moment later, or when the
campaign ends that fills the lake then. What is further counts, so that a design can be steered
here and on the command line, the one after the other.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from sekkei.design import DesignSpec, DesignState, write_state
from sekkei.design.state_lake import designs_in_lake, further, keep_state, state_in_lake
from sekkei.errors import LakeConflictError
from sekkei.lake import Lake
from sekkei.lake.kept import Kept
from sekkei_service.lake_source import LakeSource
from sekkei_service.problem import not_found, refused

_LOG = logging.getLogger("sekkei_service")


class DesignStore:
    """Knows where designs stand."""

    def __init__(self, folder: Path, lake: LakeSource) -> None:
        """Find the designs that are there.

        Parameters
        ----------
        folder
            Of their files.
        lake
            Where they are kept, too, and where designs of others are.
        """
        self._folder = folder
        self._lake = lake
        self._lock = threading.Lock()
        self._unkept = set(self._own_names())
        self._elsewhere: Kept[str, dict[str, DesignSpec]] = Kept(2)

    def create(self, name: str, spec: DesignSpec) -> tuple[DesignState, bool]:
        """Begin a design, or go on where the lake has it; an equal one of that name is returned.

        Raises
        ------
        RefusedError
            If there is another one of that name, or the same one under another name.
        """
        with self._lock:
            if self._file(name).is_file():
                known = self.find(name)
                if known.spec != spec:
                    raise refused(
                        409,
                        f"design {name} is there with another specification; give the new one "
                        "another name",
                    )
                return known, False
            self._check_new(name, spec)
            state = DesignState(spec=spec)
            lake = self._opened()
            return self._write(name, state if lake is None else _further(state, lake)), True

    def find(self, name: str) -> DesignState:
        """Return where a design stands, by its file or by the lake, whichever is further.

        Raises
        ------
        RefusedError
            If there is none of that name.
        """
        lake, file = self._opened(), self._file(name)
        if file.is_file():
            state = DesignState.from_file(file)
            return state if lake is None else _further(state, lake)
        if lake is not None and name in (elsewhere := self._begun_elsewhere(lake)):
            return _further(DesignState(spec=elsewhere[name]), lake)
        raise not_found(f"a design must be one of this service, but {name!r} is none")

    def names(self) -> tuple[str, ...]:
        """Return the names of all designs, sorted; those begun elsewhere are called by identity."""
        lake = self._opened()
        elsewhere = () if lake is None else self._begun_elsewhere(lake)
        return tuple(sorted({*self._own_names(), *elsewhere}))

    def change(self, name: str, step: Callable[[DesignState], DesignState]) -> DesignState:
        """Take a design one step further.

        Raises
        ------
        RefusedError
            If there is none of that name.
        """
        with self._lock:
            return self._write(name, step(self.find(name)))

    def is_to_be_kept(self) -> bool:
        """Whether the lake may lack a step of some design."""
        return bool(self._unkept)

    def keep(self) -> None:
        """Bring into the lake what it lacks; nothing is lost if somebody else is filling it."""
        if not self._unkept or not self._lake.is_there():
            return
        with self._lock:
            try:
                with self._lake.newest().refreshed().committer() as committer:
                    for name in sorted(self._unkept):
                        keep_state(committer, self.find(name))
                        self._unkept.discard(name)
            except LakeConflictError:
                _LOG.debug("somebody fills the lake; designs are kept in it later")

    def _check_new(self, name: str, spec: DesignSpec) -> None:
        # The lake knows a design by what it asks for: under two names one would hide the other.
        for known in self._own_names():
            if DesignState.from_file(self._file(known)).spec == spec:
                raise refused(
                    409,
                    f"design {known} asks for the same; go on with it, or give {name} another seed",
                )

    def _write(self, name: str, state: DesignState) -> DesignState:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_state(self._file(name), state)
        self._unkept.add(name)
        return state

    def _opened(self) -> Lake | None:
        return self._lake.newest() if self._lake.is_there() else None

    def _begun_elsewhere(self, lake: Lake) -> dict[str, DesignSpec]:
        found = self._elsewhere.get(lake.state_id, lambda _: designs_in_lake(lake))
        own = {DesignState.from_file(self._file(name)).spec.key for name in self._own_names()}
        return {f"design-{key[:12]}": spec for key, spec in found.items() if key not in own}

    def _own_names(self) -> list[str]:
        return [file.name.removesuffix(".json") for file in self._folder.glob("*.json")]

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def _further(state: DesignState, lake: Lake) -> DesignState:
    known = state_in_lake(lake, state.spec)
    return state if known is None else further(state, known)
