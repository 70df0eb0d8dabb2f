"""``sekkei serve``: the HTTP service."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli.options import (
    AsJson,
    IsSerial,
    LakeFolder,
    Registry,
    Workers,
    parse_options,
    registry_uri,
)
from sekkei.cli.output import print_record, say
from sekkei.errors import InvalidInputError, MissingExtraError, SekkeiError

if TYPE_CHECKING:
    from sekkei.model import ModelRegistry

StateFolder = Annotated[
    Path | None,
    typer.Option(
        "--state", help="Tokens, campaigns, audit trail.  [default: LAKE.service beside the lake]"
    ),
]


def serve(  # noqa: PLR0913  (each is an option of the command line)
    *,
    lake: LakeFolder,
    state: StateFolder = None,
    registry: Registry = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for a free one.")] = 8765,
    local: Annotated[
        bool, typer.Option("--local", help="No tokens: whoever is on this machine may do all.")
    ] = False,
    open_optimade: Annotated[
        bool, typer.Option("--open-optimade", help="Let everybody read OPTIMADE without a token.")
    ] = False,
    url: Annotated[
        str | None, typer.Option(help="Address of the service as the world knows it.")
    ] = None,
    certificate: Annotated[Path | None, typer.Option(help="Certificate for HTTPS, as PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key, as PEM.")] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="NAME=VALUE",
            help="Such as requests_per_minute=600; may be repeated.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow",
            metavar="LABELER[=OPTION,...]",
            help="Labeler that users may start, with the options that they may set; may be "
            "repeated.  [default: gpaw and tight-binding]",
        ),
    ] = None,
    workers: Workers = None,
    address: Annotated[
        str | None,
        typer.Option(help="Of a running Ray for campaigns.  [default: a private one for each]"),
    ] = None,
    serial: IsSerial = False,
    as_json: AsJson = False,
) -> None:
    """Serve a lake, its models and campaigns over HTTP, until Ctrl-C; campaigns go on."""
    check_service_installed()
    from sekkei.specification import parse_specification
    from sekkei_service.server import Listening
    from sekkei_service.server import serve as listen
    from sekkei_service.settings import LABELERS, Limits, ServiceSettings

    limits = parse_specification(parse_options(limit), Limits)
    labelers = _labelers(allow, LABELERS)
    if serial and address is not None:
        raise InvalidInputError(
            f"campaigns run either in one process or on the Ray at {address}, but found --serial "
            "and --address; leave one of them out"
        )
    models = _registry_address(registry, lake)
    settings = ServiceSettings(
        lake=lake,
        state=state_folder(state, lake),
        registry=models,
        is_local=local,
        is_optimade_open=open_optimade,
        optimade_url=url,
        workers=workers,
        ray_address=address,
        is_serial=serial,
        labelers=labelers,
        limits=limits,
    )
    _say_found(lake)
    where = Listening(host=host, port=port, certificate=certificate, key=key)

    def started(address: str) -> None:
        if as_json:
            print_record({"address": address, "state": settings.state}, as_json=True)
        is_plain = certificate is None and not where.is_loopback
        _say_started(address, settings.state, is_local=local, is_plain=is_plain)

    listen(settings, where, _registry(models), started)


def state_folder(state: Path | None, lake: Path | None) -> Path:
    """Return the folder of what a service keeps.

    Raises
    ------
    InvalidInputError
        If neither it nor a lake in a folder is named.
    """
    from sekkei.lake.location import is_remote

    if state is not None:
        return state
    if lake is None or is_remote(lake):
        raise InvalidInputError(
            "the folder of a service must be named where its lake is not a folder; try --state DIR"
        )
    return lake.resolve().with_name(f"{lake.resolve().name}.service")


def known_state_folder(state: Path | None, lake: Path | None) -> Path:
    """Return the folder of a service; named by a lake, one of the two must be there.

    Raises
    ------
    InvalidInputError
        If neither is, as where a name was mistyped; or see `state_folder`.
    """
    from sekkei.lake.store import is_lake

    found = state_folder(state, lake)
    if state is None and lake is not None and not (found.is_dir() or is_lake(lake)):
        raise InvalidInputError(
            f"the lake of a service must be there, but {lake} holds none; correct --lake, or name "
            f"the folder of a service that has no lake yet: --state {found}"
        )
    return found


def check_service_installed() -> None:
    """Raise `MissingExtraError` if what the service needs is not installed."""
    needed = ("fastapi", "markdown_it", "uvicorn", "sekkei_service")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"the service needs {', '.join(missing)}, which is not installed; "
            "pip install 'sekkei[service]'"
        )


def _labelers(
    allow: list[str] | None, known: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    if allow is None:
        return known
    from sekkei.transport.plugins import labeler_names

    there = labeler_names()
    found: dict[str, tuple[str, ...]] = {}
    for one in allow:
        name, equals, options = one.partition("=")
        if name not in there:
            raise InvalidInputError(
                f"a labeler must be one of {', '.join(sorted(there))}, but found {name!r}; "
                "install what provides it, or correct --allow"
            )
        words = tuple(word for word in options.split(",") if word)
        found[name] = words if equals else known.get(name, ())
    return found


def _registry_address(registry: str | None, lake: Path) -> str | None:
    if registry is not None:
        return registry_uri(registry, lake, must_exist=True)
    from sekkei.lake.location import is_remote

    if is_remote(lake):
        return None
    found = registry_uri(None, lake, must_exist=False)
    return found if Path(found.removeprefix("sqlite:///")).is_file() else None


def _registry(address: str | None) -> "ModelRegistry | None":
    if address is None:
        say("no registry of models beside the lake: there are no models; name a --registry")
        return None
    from sekkei.tracking import MlflowRegistry

    return MlflowRegistry(address)


def _say_found(lake: Path) -> None:
    """Say what is served, so that a mistyped name is seen.

    Raises
    ------
    InvalidInputError
        If something is there that is no lake.
    """
    from sekkei.lake import Lake
    from sekkei.lake.location import is_remote
    from sekkei.lake.store import is_lake

    if is_remote(lake):
        return  # it may be reachable later, and /readyz says when
    try:
        if is_lake(lake):
            say(f"the lake {lake} has {Lake.open(lake).reader.n_row('label')} labels")
            return
    except SekkeiError as error:  # the service says so, too, until it is mended
        say(f"warning: the lake cannot be read: {error.message}")
        return
    if lake.exists() and (not lake.is_dir() or any(lake.iterdir())):
        raise InvalidInputError(
            f"a lake must be served, but {lake} holds something else; correct --lake"
        )
    say(f"there is no lake at {lake} yet: the first campaign makes it, or else correct --lake")


def _say_started(address: str, state: Path, *, is_local: bool, is_plain: bool) -> None:
    from sekkei_service.token import TokenStore

    say(f"serving at {address}; documents at {address}/docs")
    if is_local:
        say("whoever is on this machine may do everything; leave out --local to ask for tokens")
    elif not TokenStore(state).every():
        say(f"nobody has a token yet; try sekkei token create NAME --state {state}")
    if is_plain and not is_local:
        say("tokens travel unencrypted; name a --certificate and its --key, or put a proxy before")
