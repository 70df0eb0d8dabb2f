"""``sekkei campaign``: mass production."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli.engine import open_pool
from sekkei.cli.options import Address, AsJson, IsSerial, LakeFolder, Workers
from sekkei.cli.outcome import finish, going_on_by
from sekkei.cli.output import print_record, print_rows, say

if TYPE_CHECKING:
    from sekkei.fleet.campaign_spec import CampaignSpec
    from sekkei.lake import Lake

app = typer.Typer(name="campaign", help="Mass production of experiments and labels.")


@app.callback()
def _noun() -> None:
    """Keep ``run`` a verb of its own, although it is the only one."""


@app.command("run")
def run(  # noqa: PLR0913  (each is an option of the command line)
    spec: Annotated[Path, typer.Argument(help="Specification as YAML.")],
    *,
    lake: LakeFolder,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    workers: Workers = None,
    serial: IsSerial = False,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Do what a campaign lists and the lake does not hold; run it again to go on."""
    from sekkei.fleet.campaign_spec import CampaignSpec
    from sekkei.specification import read_specification

    wanted = read_specification(spec, CampaignSpec)
    if dry_run:
        _plan(wanted, lake, as_json=as_json)
        return
    from sekkei.fleet.campaign import run_campaign
    from sekkei.fleet.progress import show_progress
    from sekkei.lake import Lake

    _say_engine(wanted)
    again = "what is done is in the lake; run the same command again to go on"
    with (
        going_on_by(again),
        open_pool(workers, address, is_serial=serial) as pool,
        show_progress(sys.stderr) as progress,
    ):
        summary = run_campaign(wanted, Lake.open_or_create(lake), pool, progress)
    say(f"the lake {lake} is at state {summary.snapshot_id}")
    print_rows([asdict(stage) for stage in summary.stages], as_json=as_json)
    finish(summary.done, summary.refused)


def _say_engine(spec: "CampaignSpec") -> None:
    from sekkei.transport.plugins import make_labeler

    if spec.labels is not None:
        say(f"labels by {make_labeler(spec.labels.labeler, **spec.labels.options).engine}")


def _plan(spec: "CampaignSpec", folder: Path, *, as_json: bool) -> None:
    from sekkei.fleet.plan import plan_campaign

    with _lake_to_plan_for(folder) as lake:
        print_record(asdict(plan_campaign(spec, lake)), as_json=as_json)


@contextmanager
def _lake_to_plan_for(folder: Path) -> "Iterator[Lake]":
    from sekkei.lake import Lake

    if folder.exists():
        yield Lake.open(folder)
        return
    say(f"{folder} is not there yet and would be made")
    with tempfile.TemporaryDirectory() as empty:
        yield Lake.create(Path(empty) / "lake")
