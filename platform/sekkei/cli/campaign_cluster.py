"""``sekkei campaign submit`` and the verbs that follow it: on a Ray cluster, or a service."""

import math
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli import campaign_server
from sekkei.cli.campaign_progress import tell_progress
from sekkei.cli.options import AsJson
from sekkei.cli.outcome import FAILED, PARTLY_DONE, finish_if_interrupted
from sekkei.cli.output import print_json, print_record, print_rows, print_text, say
from sekkei.cli.server_options import Server
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.fleet.bundle import JobBundle
    from sekkei.fleet.cluster import CampaignJob, Cluster

_SHOWN = ("campaign", "state", "attempt", "started", "ended", "lake", "job")

ClusterAddress = Annotated[
    str | None,
    typer.Option(
        "--address", envvar="RAY_API_SERVER_ADDRESS", help="Of its dashboard: http://HOST:8265."
    ),
]
CampaignName = Annotated[str, typer.Argument(help="Name of the campaign, or of the job.")]
WorkersThere = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Most workers at a time.  [default: one per CPU]"),
]


def submit(  # noqa: PLR0913  (each is an option of the command line)
    spec: Annotated[Path, typer.Argument(help="Specification as YAML.")],
    *,
    address: ClusterAddress = None,
    server: Server = None,
    lake: Annotated[
        Path | None,
        typer.Option(
            "--lake", help="s3://bucket/prefix, or an absolute path on the head of the cluster."
        ),
    ] = None,
    workers: WorkersThere = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let a cluster or a service run a campaign; one that runs already is left alone."""
    if server is not None:
        campaign_server.submit(
            spec, server, is_dry_run=dry_run, as_json=as_json, lake=lake, workers=workers
        )
        return
    if lake is None:
        raise InvalidInputError(
            "a campaign on a cluster must name its lake, but found no --lake; name one, or a "
            "service by --server"
        )
    from sekkei.campaign.bundle import pack_campaign
    from sekkei.campaign.specification import CampaignSpec
    from sekkei.specification import read_specification

    bundle = pack_campaign(read_specification(spec, CampaignSpec), lake)
    if dry_run:
        _tell_bundle(bundle, as_json=as_json)
        return
    _send(_open(address), bundle, _options(workers), as_json=as_json)


def list_campaigns(
    *, address: ClusterAddress = None, server: Server = None, as_json: AsJson = False
) -> None:
    """List every campaign that a cluster or a service remembers, the newest first."""
    if server is not None:
        campaign_server.list_all(server, as_json=as_json)
        return
    rows = [_row(job) for job in _open(address).jobs()]
    if not rows and not as_json:
        say(f"{address} knows no campaign; try sekkei campaign submit")
    print_rows(rows, as_json=as_json, shown=_SHOWN)


def show(
    name: CampaignName,
    *,
    address: ClusterAddress = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Show how a campaign fares: its job, the last thing it said, and each stage by its lake."""
    if server is not None:
        campaign_server.show(name, server, as_json=as_json)
        return
    cluster = _open(address)
    job = cluster.job(name)
    lines = cluster.logs(job).splitlines()
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    record = {**_row(job), "message": job.message, "said_last": said}
    tell_progress(record, job.specification, job.lake, as_json=as_json)


def logs(
    name: CampaignName,
    *,
    address: ClusterAddress = None,
    server: Server = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until it ends; Ctrl-C only looks away.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print what a campaign has printed; with --follow, end as it ends."""
    if server is not None:
        campaign_server.logs(name, server, is_followed=follow, as_json=as_json)
        return
    cluster = _open(address)
    job = cluster.job(name)
    chunks = cluster.follow(job) if follow else [cluster.logs(job)]
    with finish_if_interrupted(f"{job.campaign} goes on; try sekkei campaign show {job.campaign}"):
        for chunk in chunks:
            _print(chunk, job, as_json=as_json)
    if follow:
        _end_as(cluster.job(job.job))


def _print(chunk: str, job: "CampaignJob", *, as_json: bool) -> None:
    if as_json:
        for line in chunk.splitlines():
            print_json({"campaign": job.campaign, "line": line})
        return
    print_text(chunk)
    sys.stdout.flush()


def stop(
    name: CampaignName,
    *,
    address: ClusterAddress = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Stop a campaign; what it has committed is in the lake."""
    if server is not None:
        campaign_server.stop(name, server, as_json=as_json)
        return
    cluster = _open(address)
    job = cluster.stop(cluster.job(name))
    say(f"go on with: sekkei campaign resume {job.campaign} --address {address}")
    print_record(_row(job), as_json=as_json)


def resume(
    name: CampaignName,
    *,
    address: ClusterAddress = None,
    server: Server = None,
    workers: WorkersThere = None,
    as_json: AsJson = False,
) -> None:
    """Go on with a campaign that ended, as a new attempt; what the lake holds is not done again."""
    if server is not None:
        campaign_server.resume(name, server, as_json=as_json, workers=workers)
        return
    from sekkei.campaign.bundle import repack

    cluster = _open(address)
    job = cluster.job(name)
    _send(cluster, repack(job.specification, job.lake), _options(workers), as_json=as_json)


def _open(address: str | None) -> "Cluster":
    if address is None:
        raise InvalidInputError(
            "a cluster or a service must be named, but found neither --address nor --server; try "
            "--address http://HOST:8265"
        )
    from sekkei.fleet.reachable import check_dashboard

    check_dashboard(address)
    from sekkei.fleet.cluster import Cluster

    return Cluster(address)


def _send(
    cluster: "Cluster", bundle: "JobBundle", options: tuple[str, ...], *, as_json: bool
) -> None:
    if bundle.secrets and not cluster.has_token:
        say("the cluster asks for no token, so credentials stay here: its head must have its own")
    job, is_new = cluster.submit(bundle, options)
    if not is_new:
        say(f"{job.campaign} runs already, as {job.job}; nothing was sent")
    print_record(_row(job), as_json=as_json)


def _options(workers: int | None) -> tuple[str, ...]:
    return () if workers is None else ("--workers", str(workers))


def _tell_bundle(bundle: "JobBundle", *, as_json: bool) -> None:
    files = {inner: str(file) for inner, file in bundle.files.items()}
    told = {"campaign": bundle.name, "identity": bundle.identity, "lake": bundle.lake}
    print_record({**told, "files": files, "specification": bundle.text}, as_json=as_json)


def _end_as(job: "CampaignJob") -> None:
    codes: Mapping[str, int] = {"succeeded": 0, "partly-refused": PARTLY_DONE}
    code = codes.get(job.state, FAILED)
    say(f"{job.campaign} {job.state}")
    if code:
        raise typer.Exit(code)


def _row(job: "CampaignJob") -> dict[str, Any]:
    return {
        "campaign": job.campaign,
        "state": job.state,
        "attempt": job.attempt,
        "started": _time(job.started_unix_s),
        "ended": _time(job.ended_unix_s),
        "lake": job.lake,
        "job": job.job,
        "identity": job.identity,
    }


def _time(unix_s: float) -> datetime | None:
    return None if math.isnan(unix_s) else datetime.fromtimestamp(unix_s, UTC)


def register(app: typer.Typer) -> None:
    """Add the verbs to ``sekkei campaign``."""
    verbs = (submit, show, logs, stop, resume)
    app.command("list")(list_campaigns)
    for verb in verbs:
        app.command()(verb)
