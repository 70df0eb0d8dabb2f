"""``sekkei doctor``: what works here, and what to do about what does not."""

from dataclasses import asdict

import typer

from sekkei.cli.options import AsJson
from sekkei.cli.outcome import FAILED
from sekkei.cli.output import print_rows, say


def doctor(*, as_json: AsJson = False) -> None:
    """Try every engine and store; end with 1 if a needed one does not work."""
    from sekkei.cli.health import CHECKS, examine

    found = tuple(examine(CHECKS))
    print_rows((asdict(row) for row in found), as_json=as_json)
    broken = [row.name for row in found if row.is_needed and not row.works]
    missing = [f"{row.name}: {row.advice}" for row in found if not (row.is_needed or row.works)]
    for line in missing:
        say(line)
    if broken:
        say(f"sekkei: needed, but not working: {', '.join(broken)}")
        raise typer.Exit(FAILED)
