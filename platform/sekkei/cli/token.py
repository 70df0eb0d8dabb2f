"""``sekkei token``: who may use a service."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sekkei.cli.options import AsJson
from sekkei.cli.output import print_record, print_rows, say
from sekkei.cli.serve import StateFolder, check_service_installed, known_state_folder

if TYPE_CHECKING:
    from sekkei_service.token import StoredToken, TokenStore

app = typer.Typer(name="token", help="Tokens of a service: who may use it, and for what.")

ServedLake = Annotated[Path | None, typer.Option("--lake", help="Folder of the lake served.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    *,
    state: StateFolder = None,
    lake: ServedLake = None,
    role: Annotated[
        Literal["reader", "operator", "administrator"],
        typer.Option(help="Read; start and stop work, too; read the audit trail, too."),
    ] = "reader",
    days: Annotated[float, typer.Option(min=0.0, max=3660.0, help="Days until it ends.")] = 90.0,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it: it is shown now and never again."""
    made, text = _store(state, lake).create(name, role, days)
    if as_json:
        print_record({**_row(made), "token": text}, as_json=True)
        return
    say(
        f"token {made.id} of {name}, {role}, until {_time(made.expires_unix_s):%Y-%m-%d}; "
        "it is shown once"
    )
    sys.stdout.write(text + "\n")


@app.command("list")
def list_tokens(
    *, state: StateFolder = None, lake: ServedLake = None, as_json: AsJson = False
) -> None:
    """List every token, without its secret."""
    print_rows([_row(token) for token in _store(state, lake).every()], as_json=as_json)


@app.command()
def revoke(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Id of the token.")],
    *,
    state: StateFolder = None,
    lake: ServedLake = None,
    as_json: AsJson = False,
) -> None:
    """End a token now; a running service refuses it from the next request on."""
    print_record(_row(_store(state, lake).revoke(identity)), as_json=as_json)


def _store(state: Path | None, lake: Path | None) -> "TokenStore":
    check_service_installed()
    from sekkei_service.token import TokenStore

    return TokenStore(known_state_folder(state, lake))


def _row(token: "StoredToken") -> dict[str, Any]:
    revoked = token.revoked_unix_s
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "created": _time(token.created_unix_s),
        "expires": _time(token.expires_unix_s),
        "revoked": None if revoked is None else _time(revoked),
    }


def _time(unix_s: float) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
