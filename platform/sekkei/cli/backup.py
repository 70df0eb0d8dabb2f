"""``sekkei backup``: a lake, its models and what its service keeps, as one folder."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli.options import AsJson, LakeFolder, Registry, registry_uri
from sekkei.cli.output import print_record, say
from sekkei.cli.serve import StateFolder, state_folder

if TYPE_CHECKING:
    from sekkei.backup import Places


def backup(
    out: Annotated[Path, typer.Argument(help="Folder of the backup.")],
    *,
    lake: LakeFolder,
    state: StateFolder = None,
    registry: Registry = None,
    force: Annotated[
        bool, typer.Option("--force", help="Bring a backup that is there up to date.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy a lake, its models, tokens, campaigns and designs; a service and campaigns go on."""
    from sekkei.backup import make_backup

    places = places_of(lake, state, registry)
    made = make_backup(places, out, is_forced=force)
    print_record(
        {
            "backup": str(out),
            "state": made.lake_state,
            "created": datetime.fromtimestamp(made.created_unix_s, UTC),
            "files": len(made.files),
            "bytes": made.n_byte,
            "has_models": made.has("models"),
            "has_service": made.has("service"),
        },
        as_json=as_json,
    )


def places_of(lake: Path, state: Path | None, registry: str | None) -> "Places":
    """Return where lake, models and service are; a registry on a server is left out, and said."""
    from sekkei.backup import Places
    from sekkei.tracking.address import registry_file

    uri = registry_uri(registry, lake, must_exist=False)
    file = registry_file(uri)
    if file is None:
        say(f"the models are on a server: back them up where {uri} keeps them")
    return Places(lake, file, state_folder(state, lake))
