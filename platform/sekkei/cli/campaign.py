"""``sekkei campaign``: mass production."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli import campaign_cluster
from sekkei.cli.campaign_rerun import rerun
from sekkei.cli.campaign_server import print_plan
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
from sekkei.cli.output import print_rows, say

if TYPE_CHECKING:
    from sekkei.campaign.retry import RetryChoice
    from sekkei.campaign.specification import CampaignSpec
    from sekkei.fleet.event import Event, Watch
    from sekkei.lake import Lake
    from sekkei.model import Predictor
    from sekkei.progress import Progress

_MANY = 100_000  # counted in about a second

app = typer.Typer(name="campaign", help="Mass production of experiments and labels.")
campaign_cluster.register(app)

SpecFile = Annotated[Path, typer.Argument(help="Specification as YAML.")]
IsDryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
]
LogFile = Annotated[
    Path | None,
    typer.Option("--log", help="Log of every item, as JSON lines.  [default: beside the lake]"),
]
MetricsPort = Annotated[
    int | None,
    typer.Option(
        "--metrics-port",
        min=0,
        max=65535,
        help="Serve figures for Prometheus on this port of here.",
    ),
]


@app.command("run")
def run(  # noqa: PLR0913  (each is an option of the command line)
    spec: SpecFile,
    *,
    lake: LakeFolder,
    dry_run: IsDryRun = False,
    keep_refusals: Annotated[
        bool,
        typer.Option(
            "--keep-refusals",
            help="Leave refusals of the circumstances (a worker died, time or memory ran out): "
            "the limits are as before.",
        ),
    ] = False,
    workers: Workers = None,
    serial: IsSerial = False,
    address: Address = None,
    registry: Registry = None,
    log: LogFile = None,
    metrics_port: MetricsPort = None,
    as_json: AsJson = False,
) -> None:
    """Do what a campaign lists and the lake does not hold; run it again to go on."""
    from sekkei.campaign.retry import RetryChoice

    means = _Means(workers, address, serial, registry, log, metrics_port, as_json)
    choice = RetryChoice(keeps_circumstances=keep_refusals)
    _plan(spec, lake, choice, means) if dry_run else _carry_out(spec, lake, choice, means)


@app.command("retry")
def retry(  # noqa: PLR0913  (each is an option of the command line)
    spec: SpecFile,
    *,
    lake: LakeFolder,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            help="Kind of refusals, such as ConvergenceError; may be repeated.  [default: all]",
        ),
    ] = None,
    dry_run: IsDryRun = False,
    workers: Workers = None,
    serial: IsSerial = False,
    address: Address = None,
    registry: Registry = None,
    log: LogFile = None,
    metrics_port: MetricsPort = None,
    as_json: AsJson = False,
) -> None:
    """Run a campaign, and try what was refused for a structure's own sake again, too."""
    from sekkei.campaign.retry import RetryChoice

    means = _Means(workers, address, serial, registry, log, metrics_port, as_json)
    choice = RetryChoice(kinds=None if kind is None else frozenset(kind))
    _plan(spec, lake, choice, means) if dry_run else _carry_out(spec, lake, choice, means)


@dataclass(frozen=True, slots=True)
class _Means:
    """Who works, and who watches."""

    workers: int | None
    address: str | None
    is_serial: bool
    registry: str | None
    log: Path | None
    metrics_port: int | None
    as_json: bool


def _read(spec: Path) -> "CampaignSpec":
    from sekkei.campaign.specification import CampaignSpec
    from sekkei.specification import read_specification

    return read_specification(spec, CampaignSpec)


def _carry_out(spec: Path, lake: Path, choice: "RetryChoice", means: _Means) -> None:
    wanted = _read(spec)
    from sekkei.campaign.run import run_campaign
    from sekkei.fleet.allocator import share_arenas
    from sekkei.fleet.reachable import check_ray
    from sekkei.lake import Lake
    from sekkei.progress import show_progress

    share_arenas()
    check_ray(means.address)
    _check_models(wanted, means.registry, lake)
    _say_engines(wanted)
    again = "what is done is in the lake; run the same command again to go on"
    with (
        finish_if_interrupted(again),
        open_pool(means.workers, means.address, is_serial=means.is_serial) as pool,
        show_progress(sys.stderr) as progress,
    ):
        if means.address is None:
            _check_memory(wanted, pool.n_workers)
        opened = Lake.open_or_create(lake)
        with _watched(wanted.name, lake, means, progress) as watch:
            summary = run_campaign(
                wanted,
                opened,
                pool,
                progress,
                watch=watch,
                load_model=_finder(means.registry, lake),
                retry=choice,
            )
    say(f"the lake {lake} is at state {summary.state_id}")
    print_rows([asdict(stage) for stage in summary.stages], as_json=means.as_json)
    n_left = _count_left(wanted, opened) if choice.keeps_circumstances else 0
    n_present = sum(stage.present for stage in summary.stages)
    finish(summary.done + n_present - n_left, summary.refused + n_left)


def _check_memory(spec: "CampaignSpec", n_worker: int) -> None:
    from sekkei.structure.shared_memory import check_shared_memory

    if any(stage.experiments is not None for stage in spec.in_order()):
        check_shared_memory(n_worker)


def _count_left(spec: "CampaignSpec", lake: "Lake") -> int:
    from sekkei.campaign.forecast import plan_campaign

    stages = plan_campaign(spec, lake.refreshed()).stages
    n_left = sum(sum(stage.tried_again.values()) for stage in stages)
    if n_left:
        say(f"{n_left} refusals of the circumstances were left; go without --keep-refusals")
    return n_left


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
def _watched(name: str, lake: Path, means: _Means, progress: "Progress") -> "Iterator[Watch]":
    from sekkei.fleet.log import open_log, together
    from sekkei.fleet.metrics import Metrics, serve_metrics

    def tell_slow(event: "Event") -> None:
        if event.name == "worker-slow":
            progress.said(f"sekkei: {event.detail}")

    def tell_broken(line: str) -> None:
        progress.said(f"sekkei: {line}")

    with ExitStack() as stack:
        file = means.log or _log_beside(lake)
        watches = [stack.enter_context(open_log(file, name, tell_broken)), tell_slow]
        if means.metrics_port is not None:
            metrics = Metrics(name)
            port = stack.enter_context(serve_metrics(metrics, means.metrics_port))
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


def _plan(spec: Path, folder: Path, choice: "RetryChoice", means: _Means) -> None:
    from sekkei.campaign.forecast import plan_campaign
    from sekkei.transport.circumstances import CIRCUMSTANCES

    wanted = _read(spec)
    n_listed = sum(family.count for s in wanted.in_order() for family in s.experiments or ())
    if n_listed >= _MANY:
        say(f"counting {n_listed:,} experiments")
    with _lake_to_plan_for(folder) as lake:
        plan = plan_campaign(wanted, lake, retry=choice)
    for stage in plan.stages:
        for kind, n in stage.tried_again.items():
            why = CIRCUMSTANCES.get(kind, "asked for")
            say(f"{stage.stage}: {n} refused with {kind} ({why}) would be tried again")
    print_plan(plan, as_json=means.as_json)


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
