"""``sekkei campaign submit | list | show | logs | stop | resume`` with ``--server``."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sekkei.cli.interruption import INTERRUPTED
from sekkei.cli.outcome import FAILED, PARTLY_DONE, finish_if_interrupted
from sekkei.cli.output import print_json, print_record, print_rows, print_text, say
from sekkei.cli.server_options import open_server

if TYPE_CHECKING:
    from sekkei.campaign.forecast import CampaignPlan
    from sekkei.client import Campaign
    from sekkei.fleet.event import Event

_SHOWN = ("campaign", "state", "place", "attempt", "started", "ended", "created_by")
_CODES: Mapping[str, int] = {
    "succeeded": 0,
    "partly-refused": PARTLY_DONE,
    "stopped": INTERRUPTED,
}


def submit(
    spec: Path, server: str, *, is_dry_run: bool, as_json: bool, lake: object, workers: object
) -> None:
    """Submit a campaign, or say what it would do."""
    with open_server(server, lake=lake, workers=workers) as connection:
        if is_dry_run:
            print_plan(connection.campaigns.plan(spec), as_json=as_json)
            return
        _print(connection.campaigns.submit(spec), as_json=as_json)


def list_all(server: str, *, as_json: bool) -> None:
    """List every campaign of a service."""
    with open_server(server) as connection:
        rows = [_row(one) for one in connection.campaigns.list()]
    if not rows and not as_json:
        say(f"{server} knows no campaign; try sekkei campaign submit")
    print_rows(rows, as_json=as_json, shown=_SHOWN)


def show(name: str, server: str, *, as_json: bool) -> None:
    """Show how a campaign fares."""
    with open_server(server) as connection:
        found = connection.campaigns.show(name)
    stages = [asdict(stage) for stage in found.stages]
    record = {**_row(found), "message": found.complaint}
    if as_json:
        print_record({**record, "stages": stages}, as_json=True)
        return
    print_record(record, as_json=False)
    print_rows([{**stage, "kinds": stage["kinds"] or None} for stage in stages], as_json=False)


def logs(name: str, server: str, *, is_followed: bool, as_json: bool) -> None:
    """Print what a campaign has printed, or what happens in it until it ends."""
    with open_server(server) as connection:
        if not is_followed:
            text = connection.campaigns.output(name)
            for line in text.splitlines() if as_json else ():
                print_json({"campaign": name, "line": line})
            print_text("" if as_json else text)
            return
        connection.campaigns.show(name)
        with finish_if_interrupted(f"{name} goes on; try sekkei campaign show {name}"):
            for event in connection.campaigns.progress(name):
                _print_event(name, event, as_json=as_json)
        state = connection.campaigns.show(name).state
    say(f"{name} {state}")
    if code := _CODES.get(state, FAILED):
        raise typer.Exit(code)


def stop(name: str, server: str, *, as_json: bool) -> None:
    """Stop a campaign, or take it out of the queue."""
    with open_server(server) as connection:
        found = connection.campaigns.stop(name)
    say(f"go on with: sekkei campaign resume {name} --server {server}")
    _print(found, as_json=as_json)


def resume(name: str, server: str, *, as_json: bool, workers: object) -> None:
    """Go on with a campaign that ended."""
    with open_server(server, workers=workers) as connection:
        _print(connection.campaigns.resume(name), as_json=as_json)


def print_plan(plan: "CampaignPlan", *, as_json: bool) -> None:
    """Print what a campaign would do."""
    record = asdict(plan)
    if as_json:
        print_record(record, as_json=True)
        return
    stages = record.pop("stages")
    rows = [{**stage, "tried_again": stage["tried_again"] or None} for stage in stages]
    print_rows(rows, as_json=False)
    print_record(record, as_json=False)


def _print(found: "Campaign", *, as_json: bool) -> None:
    if found.place is not None:
        say(f"{found.name} waits for {found.place} to end, the one that runs included")
    print_record(_row(found), as_json=as_json)


def _print_event(name: str, event: "Event", *, as_json: bool) -> None:
    facts = {key: value for key, value in asdict(event).items() if value}
    if as_json:
        print_json({"campaign": name, **facts})
    else:
        print_text(" ".join(f"{value}" for value in facts.values()) + "\n")


def _row(found: "Campaign") -> dict[str, Any]:
    last = found.attempts[-1] if found.attempts else None
    return {
        "campaign": found.name,
        "state": found.state,
        "place": found.place,
        "attempt": len(found.attempts),
        "started": None if last is None else last.started,
        "ended": None if last is None else last.ended,
        "created": found.created,
        "created_by": found.created_by,
    }
