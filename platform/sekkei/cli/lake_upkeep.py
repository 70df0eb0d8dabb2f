"""``sekkei lake tag``, ``gc``, ``migrate``, ``restore``, ``withdraw``: states and single rows."""

import math
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from sekkei.cli.lake_options import AtState, open_at
from sekkei.cli.options import AsJson, LakeFolder
from sekkei.cli.output import print_record, print_rows, say
from sekkei.errors import InvalidInputError

DAYS = 7.0
"""States that are younger are kept unless a user says otherwise."""

MOST_DAYS = 365_000.0
"""A thousand years: dates cannot go back much further."""


def tag(
    name: Annotated[str | None, typer.Argument(help="New tag; without one, lists tags.")] = None,
    *,
    lake: LakeFolder,
    at: AtState = None,
    as_json: AsJson = False,
) -> None:
    """Tag a state, so that it is kept for ever, or list the tags."""
    opened = open_at(lake, at)
    if name is not None:
        with opened.committer() as committer:
            committer.tag(name, opened.state_id)
    rows = [{"tag": found, "state": state} for found, state in opened.tags().items()]
    print_rows(rows, as_json=as_json)


def gc(
    *,
    lake: LakeFolder,
    older_than_days: Annotated[
        float,
        typer.Option(
            min=0.0, max=MOST_DAYS, help="Keep states that are younger than so many days."
        ),
    ] = DAYS,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be freed, and free nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Delete old states without a tag, and free their space; rows stay."""
    if math.isnan(older_than_days):
        raise InvalidInputError("--older-than-days must be a number, but found nan; say how many")
    opened = open_at(lake, None)
    before = datetime.now(UTC) - timedelta(days=older_than_days)
    if dry_run:
        found = opened.gc_dry_run(before)
    else:
        with opened.committer() as committer:
            found = committer.gc(before)
    print_record({"is_dry_run": dry_run} | asdict(found), as_json=as_json)


def migrate(*, lake: LakeFolder, as_json: AsJson = False) -> None:
    """Bring a lake to the present schema, in one commit; old states stay readable."""
    from sekkei.lake import migrate_lake

    print_record(asdict(migrate_lake(lake)), as_json=as_json)


def withdraw(
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="Keys of rows.")],
    *,
    lake: LakeFolder,
    reason: Annotated[str, typer.Option(help="Why, in one line; the history shows it.")],
    reinstate: Annotated[
        bool, typer.Option("--reinstate", help="Show rows again that were withdrawn.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Leave rows out of all reading, with what was made from them; nothing is deleted."""
    from sekkei.lake import count_withdrawn, withdraw_rows

    opened = open_at(lake, None)
    state = withdraw_rows(opened, keys, reason, is_undone=reinstate)
    if state == opened.state_id:
        say(f"nothing to do: all of them are {'shown' if reinstate else 'withdrawn'} already")
    left_out = count_withdrawn(opened.refreshed().reader)
    print_record({"state": state, "withdrawn": left_out}, as_json=as_json)


def restore(
    *,
    lake: LakeFolder,
    to: Annotated[
        str,
        typer.Option(help="Id or tag of a state, or last-good: the newest one that verifies."),
    ] = "last-good",
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without, only say what would be done.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Go back from a damaged state to an older one that verifies; nothing is deleted."""
    from sekkei.lake import restore_lake

    found = restore_lake(lake, to, is_dry_run=not yes)
    record = asdict(found) | {"lost_rows": found.lost_rows}
    if not as_json:
        print_rows(record.pop("tried"), as_json=False)
        print_rows(record.pop("lost"), as_json=False)
    print_record(record, as_json=as_json)
    if found.is_dry_run and found.after != found.before:
        say("nothing was changed; --yes restores it")
