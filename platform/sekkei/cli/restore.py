"""``sekkei restore``: a backup brought back."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sekkei.cli.backup import places_of
from sekkei.cli.options import AsJson, LakeFolder, Registry
from sekkei.cli.output import print_record, say
from sekkei.cli.serve import StateFolder


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="Folder of the backup.")],
    *,
    lake: LakeFolder,
    state: StateFolder = None,
    registry: Registry = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace what is there, which is kept under another name."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back: lake, models, tokens, campaigns and designs; all of it is verified."""
    from sekkei.backup import restore_backup

    found = restore_backup(source, places_of(lake, state, registry), is_forced=force)
    for before in found.replaced:
        say(f"what was there is kept as {before}")
    record = asdict(found)
    shown = {name: list(map(str, record[name])) for name in ("restored", "replaced")}
    print_record({**record, **shown}, as_json=as_json)
