"""``sekkei campaign``: mass production."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli import campaign_cluster
from sekkei.cli.campaign_rerun import rerun
from sekkei.cli.engine import open_pool
from sekkei.cli.options import (
    Address,
    AsJson,
    IsSerial,
    LakeFolder,
    Registry,
    Workers,
    registry_uri,
)
from sekkei.cli.outcome import finish, finish_if_interrupted
from sekkei.cli.output import print_record, print_rows, say

if TYPE_CHECKING:
    from sekkei.campaign.specification import CampaignSpec
    from sekkei.fleet.event import Event, Watch
    from sekkei.lake import Lake
    from sekkei.model import Predictor
    from sekkei.progress import Progress

_MANY = 100_000  # counted in about a second

app = typer.Typer(name="campaign", help="Mass production of experiments and labels.")
campaign_cluster.register(app)


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
    registry: Registry = None,
    log: Annotated[
        Path | None,
        typer.Option(help="Log of every item, as JSON lines.  [default: beside the lake]"),
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Serve figures for Prometheus on this port of here."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Do what a campaign lists and the lake does not hold; run it again to go on."""
    from sekkei.campaign.specification import CampaignSpec
    from sekkei.specification import read_specification

    wanted = read_specification(spec, CampaignSpec)
    if dry_run:
        _plan(wanted, lake, as_json=as_json)
        return
    from sekkei.campaign.run import run_campaign
    from sekkei.fleet.allocator import share_arenas
    from sekkei.fleet.reachable import check_ray
    from sekkei.lake import Lake
    from sekkei.progress import show_progress

    share_arenas()
    check_ray(address)
    _check_models(wanted, registry, lake)
    _say_engines(wanted)
    again = "what is done is in the lake; run the same command again to go on"
    with (
        finish_if_interrupted(again),
        open_pool(workers, address, is_serial=serial) as pool,
        show_progress(sys.stderr) as progress,
    ):
        opened = Lake.open_or_create(lake)
        with _watched(wanted.name, log or _log_beside(lake), metrics_port, progress) as watch:
            summary = run_campaign(
                wanted, opened, pool, progress, watch=watch, load_model=_finder(registry, lake)
            )
    say(f"the lake {lake} is at state {summary.state_id}")
    print_rows([asdict(stage) for stage in summary.stages], as_json=as_json)
    finish(summary.done, summary.refused)


def _check_models(spec: "CampaignSpec", registry: str | None, lake: Path) -> None:
    """Find every model that a stage names, before stages ahead of it compute for hours."""
    plans = [stage.inference or stage.design for stage in spec.in_order()]
    names = [plan.model for plan in plans if plan is not None and plan.model]
    if not names:
        return
    from sekkei.model.lookup import find_version
    from sekkei.tracking import list_versions

    versions = list_versions(registry_uri(registry, lake, must_exist=True))
    for name in names:
        find_version(versions, name)


def _say_engines(spec: "CampaignSpec") -> None:
    from sekkei.transport.plugins import make_labeler

    for stage in spec.in_order():
        plan = stage.labels or stage.active_learning
        if plan is not None:
            say(f"{stage.name} by {make_labeler(plan.labeler, **plan.options).engine}")


def _log_beside(lake: Path) -> Path:
    from sekkei.lake.location import is_remote

    if is_remote(lake):
        return Path(f"{lake.name}.log.jsonl")
    return lake.resolve().with_name(f"{lake.resolve().name}.log.jsonl")


@contextmanager
def _watched(
    name: str, log: Path, metrics_port: int | None, progress: "Progress"
) -> "Iterator[Watch]":
    from sekkei.fleet.log import open_log, together
    from sekkei.fleet.metrics import Metrics, serve_metrics

    def tell_slow(event: "Event") -> None:
        if event.name == "worker-slow":
            progress.said(f"sekkei: {event.detail}")

    with ExitStack() as stack:
        watches = [stack.enter_context(open_log(log, name)), tell_slow]
        if metrics_port is not None:
            metrics = Metrics(name)
            port = stack.enter_context(serve_metrics(metrics, metrics_port))
            say(f"figures for Prometheus at http://127.0.0.1:{port}/metrics")
            watches.append(metrics)
        yield together(*watches)


def _finder(registry: str | None, lake: Path) -> "Callable[[str], Predictor]":
    def find(model: str) -> "Predictor":
        from sekkei.model import load_model
        from sekkei.tracking import MlflowRegistry

        store = MlflowRegistry(registry_uri(registry, lake, must_exist=True))
        return load_model(store, model)[1]

    return find


def _plan(spec: "CampaignSpec", folder: Path, *, as_json: bool) -> None:
    from sekkei.campaign.forecast import plan_campaign

    n_listed = sum(family.count for s in spec.in_order() for family in s.experiments or ())
    if n_listed >= _MANY:
        say(f"counting {n_listed:,} experiments")
    with _lake_to_plan_for(folder) as lake:
        plan = asdict(plan_campaign(spec, lake))
    if as_json:
        print_record(plan, as_json=True)
        return
    stages = plan.pop("stages")
    print_rows(stages, as_json=False)
    print_record(plan, as_json=False)


@contextmanager
def _lake_to_plan_for(folder: Path) -> "Iterator[Lake]":
    from sekkei.lake import Lake
    from sekkei.lake.location import is_remote

    if is_remote(folder) or folder.exists():
        yield Lake.open(folder)
        return
    say(f"{folder} is not there yet and would be made")
    with tempfile.TemporaryDirectory() as empty:
        yield Lake.create(Path(empty) / "lake")


app.command("rerun")(rerun)
