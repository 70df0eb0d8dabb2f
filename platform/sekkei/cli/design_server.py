"""``sekkei design ask | tell | show | export`` with ``--server``: the state is with the service."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sekkei.cli.server_options import open_server

if TYPE_CHECKING:
    from sekkei.client.design import RemoteDesigns
    from sekkei.design.specification import DesignSpec
    from sekkei.design.state import DesignState


@dataclass(frozen=True, slots=True)
class ServedDesign:
    """A design of a service, called as the file of its specification."""

    designs: "RemoteDesigns"
    """The designs of the service."""

    name: str
    """Its name there."""

    page: str
    """Where people look at it."""

    spec: "DesignSpec"
    """What is asked for."""

    def begun_or_fresh(self) -> "DesignState":
        """Return where it stands; it begins if there is none.

        Raises
        ------
        ServiceError
            If there is another one of that name.
        """
        return self.designs.create(self.name, self.spec)

    def begun(self) -> "DesignState":
        """Return where it stands.

        Raises
        ------
        InvalidInputError
            If there is none of that name, or it is another one.
        """
        from sekkei.errors import InvalidInputError

        state = self.designs.show(self.name)
        if state.spec != self.spec:
            raise InvalidInputError(
                f"the specification must be that of the design, but {self.page} has another one; "
                "give the file another name"
            )
        return state


@contextmanager
def open_design(spec: Path, server: str, **others: object) -> Iterator[ServedDesign]:
    """Connect to the design of a specification; see `open_server`."""
    from sekkei.design.specification import DesignSpec
    from sekkei.specification import read_specification

    wanted = read_specification(spec, DesignSpec)
    with open_server(server, **others) as connection:
        page = f"{connection.url}/designs/{spec.stem}"
        yield ServedDesign(connection.designs, spec.stem, page, wanted)
