"""The option ``--server``: a service to ask instead of a lake, a registry or a cluster of here."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.client import Connection

Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        help="Of a service, such as http://HOST:8765, to ask instead; its token is in SEKKEI_TOKEN "
        "or the file of tokens.",
    ),
]
LakeHere = Annotated[Path | None, typer.Option("--lake", help="Folder of the lake.")]


def open_server(server: str, **others: object) -> "Connection":
    """Connect to a service.

    Parameters
    ----------
    server
        Its address.
    others
        Options that speak of something here, by name; none may have been given.

    Raises
    ------
    InvalidInputError
        If one of them was.
    ServiceError
        If no service answers there.
    """
    given = [f"--{name.replace('_', '-')}" for name, value in others.items() if value]
    if given:
        raise InvalidInputError(
            f"with --server everything is where the service is, but found {', '.join(given)}, too; "
            "leave it out"
        )
    from sekkei.client import connect

    return connect(server)


def lake_here(lake: Path | None) -> Path:
    """Return the folder of a lake that must be named where there is no server.

    Raises
    ------
    InvalidInputError
        If it is not.
    """
    if lake is None:
        raise InvalidInputError(
            "a lake must be named, but found neither --lake nor --server; try --lake FOLDER"
        )
    return lake
