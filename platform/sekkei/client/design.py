"""Designs of a service: begun, asked, told, shown; records are those of `sekkei.design`."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from sekkei.client.channel import Channel
from sekkei.design.candidate import Failure, Observation, Proposal
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.specification import read_specification, specification_text

_PATH = "/v1/designs"


class RemoteDesigns:
    """The designs of a service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def create(self, name: str, spec: "DesignSpec | str | os.PathLike[str]") -> DesignState:
        """Begin a design; one that is there already, with equal specification, is returned.

        Raises
        ------
        InvalidInputError
            If the specification is not one.
        ServiceError
            If there is another design of that name.
        """
        if not isinstance(spec, DesignSpec):
            spec = read_specification(Path(spec), DesignSpec)
        body = specification_text(spec).encode()
        return _state(self._channel.post(_PATH, body, "application/yaml", {"name": name}))

    def list(self) -> Sequence[str]:
        """Return the names of all designs, sorted."""
        return [str(name) for name in self._channel.get(_PATH)["names"]]

    def show(self, name: str) -> DesignState:
        """Return where a design stands.

        Raises
        ------
        InvalidInputError
            If there is none of that name.
        """
        return _state(self._channel.get(_place(name)))

    def ask(self, name: str, n: int = 1) -> tuple[Proposal, ...]:
        """Ask for candidates to try; they are pending until they are told of."""
        found = self._channel.post(f"{_place(name)}/ask", query={"n": n})["proposals"]
        return tuple(Proposal.model_validate(one) for one in found)

    def tell(self, name: str, outcomes: Sequence[Observation | Failure]) -> DesignState:
        """Tell what was seen of candidates, proposed or not, computed or measured."""
        told = _Told(
            observations=[one for one in outcomes if isinstance(one, Observation)],
            failures=[one for one in outcomes if isinstance(one, Failure)],
        )
        return _state(self._channel.post(f"{_place(name)}/tell", told.model_dump_json().encode()))


class _Told(BaseModel):
    observations: list[Observation]
    failures: list[Failure]


def _place(name: str) -> str:
    return f"{_PATH}/{quote(name, safe='')}"


def _state(found: dict[str, Any]) -> DesignState:
    return DesignState.model_validate(found["state"])
