"""``/v1/campaigns``: mass production, started, watched and stopped."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from starlette.responses import PlainTextResponse, StreamingResponse

from sekkei.campaign import CampaignSpec, check_campaign, plan_campaign
from sekkei.lake import Lake
from sekkei.lake.location import is_remote
from sekkei_service.access import Operator, Reader
from sekkei_service.body import KEY, YamlBody, body_docs
from sekkei_service.campaign_attempt import State
from sekkei_service.campaign_policy import check_policy, check_size
from sekkei_service.campaign_store import StoredCampaign, places
from sekkei_service.context import Service, TheService
from sekkei_service.event import follow
from sekkei_service.progress import StageProgress
from sekkei_service.wire import YAML, Wire, without_place
from sekkei_service.yaml_text import read_yaml

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])

EXAMPLE = """name: four-contacts
experiments:
  - count: 4
    template: {contact: {electrode: staggered-3, neck_width: 1}, cycles: 1}
labels: {labeler: tight-binding, per_experiment: 3}
"""
CampaignName = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="Name of the campaign.")
]
# Each event has an id, a name and a line of JSON: no schema of OpenAPI 3.1 says so.
_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}
_POST = body_docs(YAML, EXAMPLE, is_keyed=True)


class AttemptRow(Wire):
    """One run of a campaign."""

    number: int
    """From 1."""

    state: State
    """How it fares; ``lost`` if its process ended without a word."""

    started: datetime | None
    """When it began."""

    ended: datetime | None
    """When it ended, if that is known."""


class CampaignRow(Wire):
    """A campaign."""

    name: str
    """Its name."""

    state: State
    """How its last attempt fares; ``queued`` while it waits for another campaign to end."""

    place: int | None
    """Its place in the queue, from 1; null if it does not wait."""

    created: datetime
    """When it was created."""

    created_by: str
    """By whom."""

    attempts: list[AttemptRow]
    """Its runs, the first one first."""

    stages: list[StageProgress]
    """How far each stage of the last attempt is."""


class CampaignDetail(CampaignRow):
    """A campaign, with what it does."""

    specification: str
    """As YAML."""

    complaint: str
    """The last error that its last attempt printed; a notice while it runs, empty once it
    succeeded or if there is none."""


class CampaignList(Wire):
    """Campaigns of this service."""

    campaigns: list[CampaignRow]
    """The newest first."""


class PlannedStage(Wire):
    """What a stage would do."""

    stage: str
    """Its name."""

    kind: str
    """What it is."""

    planned: int
    """Items that it lists now."""

    stored: int | None
    """Of these, items that the lake holds; null where that cannot be counted."""

    refused: int | None
    """Of these, items that were refused before."""

    missing: int
    """Of these, items that would be made."""

    expected: int
    """Further items of stages before it."""

    cpu_seconds_each: float
    """CPU time of one item, in s."""

    cost_basis: str
    """Where that is from."""

    cpu_hours: float
    """CPU time of all, in h."""

    tried_again: dict[str, int]
    """Refusals among those that are missing, by kind: they are tried again."""


class CampaignForecast(Wire):
    """What a campaign would do, and what that is likely to cost."""

    name: str
    """Name of the campaign."""

    experiments: int
    """Different experiments that it lists."""

    experiments_missing: int
    """Of these, neither in the lake nor refused."""

    labels_missing: int
    """Labels that are missing of structures in the lake."""

    labels_expected: int
    """Labels that the missing experiments will ask for, at most."""

    stages: list[PlannedStage]
    """In order."""

    cpu_hours: float
    """CPU time of all stages, in h."""


@router.post(
    "",
    status_code=201,
    response_model=CampaignDetail,
    responses={200: {"model": CampaignDetail, "description": "It was there already."}},
    openapi_extra=_POST,
)
def campaign_create(
    service: TheService, who: Operator, request: Request, body: YamlBody
) -> Response:
    """Start a campaign, or queue it while another runs; an equal one of that name is shown."""

    def act() -> tuple[int, CampaignDetail]:
        spec = campaign_spec(service, body)
        with service.noted(request, who, "create campaign", spec.name) as deed:
            found, is_new = service.campaigns.create(spec, who.name)
            deed.changes = is_new
        return 201 if is_new else 200, _detail(service, found)

    return service.replays.once(request, who, body, act)


@router.post("/dry-run", openapi_extra=body_docs(YAML, EXAMPLE))
def campaign_forecast(service: TheService, _who: Operator, body: YamlBody) -> CampaignForecast:
    """Say what a campaign would do, and what that is likely to cost; nothing is started."""
    spec = campaign_spec(service, body)
    with service.heavy.place(), _lake_to_plan_for(service) as lake:
        return CampaignForecast.model_validate(plan_campaign(spec, lake))


@router.get("")
def campaign_list(service: TheService, _who: Reader) -> CampaignList:
    """List every campaign of this service, the newest first."""
    known = service.campaigns.every()
    waiting = places(known)
    rows = [CampaignRow(**_fields(service, one, waiting.get(one.name))) for one in known]
    return CampaignList(campaigns=rows)


@router.get("/{name}")
def campaign_show(service: TheService, _who: Reader, name: CampaignName) -> CampaignDetail:
    """Show a campaign: its runs, how far each stage is, what was refused and why."""
    return _detail(service, service.campaigns.find(name))


@router.post("/{name}/stop", openapi_extra={"parameters": [KEY]}, response_model=CampaignDetail)
def campaign_stop(
    service: TheService,
    who: Operator,
    request: Request,
    name: CampaignName,
    *,
    force: Annotated[
        bool, Query(description="End its processes at once; what is committed stays.")
    ] = False,
) -> Response:
    """Ask a campaign to end, which commits what it has first; or take it out of the queue."""

    def act() -> tuple[int, CampaignDetail]:
        with service.noted(request, who, "stop campaign", name):
            return 200, _detail(service, service.campaigns.stop(name, is_forced=force))

    return service.replays.once(request, who, b"", act)


@router.post("/{name}/resume", openapi_extra={"parameters": [KEY]}, response_model=CampaignDetail)
def campaign_resume(
    service: TheService, who: Operator, request: Request, name: CampaignName
) -> Response:
    """Go on with a campaign that ended, or queue it; what the lake holds is not done again."""

    def act() -> tuple[int, CampaignDetail]:
        with service.noted(request, who, "resume campaign", name):
            return 200, _detail(service, service.campaigns.resume(name))

    return service.replays.once(request, who, b"", act)


@router.get("/{name}/output", response_class=PlainTextResponse)
def campaign_output(service: TheService, _who: Operator, name: CampaignName) -> PlainTextResponse:
    """Return the end of what the last attempt printed."""
    return PlainTextResponse(service.campaigns.output(name))


@router.get("/{name}/events", response_class=StreamingResponse, responses=_STREAM)
def campaign_events(
    service: TheService,
    who: Reader,
    name: CampaignName,
    last_event_id: Annotated[
        int, Header(ge=0, le=2**53, description="Id of the last event that was seen.")
    ] = 0,
) -> StreamingResponse:
    """Stream the events of a campaign until it ends; a client that comes back misses none."""
    found = service.campaigns.find(name)
    service.streams.enter()
    events = follow(
        found.log,
        last_event_id,
        lambda: service.campaigns.find(name).state,
        lambda: service.gate.may_stay(who),
    )
    return StreamingResponse(_counted(service, events), media_type="text/event-stream")


async def _counted(service: Service, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    service.metrics.streams.inc()
    try:
        async for event in events:
            yield event
    finally:
        service.metrics.streams.dec()
        service.streams.leave()


def campaign_spec(service: Service, body: bytes) -> CampaignSpec:
    """Read what a campaign is to do, and check all that can be without doing it.

    Raises
    ------
    InvalidInputError
        If it cannot be.
    RefusedError
        If it is too large, or not allowed here.
    """
    settings = service.settings
    limits = settings.limits
    spec = read_yaml(
        body, CampaignSpec, limits.specification_bytes, lambda raw: check_size(raw, limits)
    )
    check_policy(spec, settings)
    check_campaign(spec)
    return spec


@contextmanager
def _lake_to_plan_for(service: Service) -> Iterator[Lake]:
    path = service.lake.path
    if is_remote(path) or path.exists():
        yield service.lake.newest()
        return
    with tempfile.TemporaryDirectory() as empty:
        yield Lake.create(FilePath(empty) / "lake")


def _detail(service: Service, found: StoredCampaign) -> CampaignDetail:
    # What hindered a campaign at its start did not keep it from its end.
    told = "" if found.state == "succeeded" else found.complaint
    complaint = without_place(told, service.settings.lake)
    fields = _fields(service, found, service.campaigns.place(found))
    return CampaignDetail(**fields, specification=found.specification, complaint=complaint)


def _fields(service: Service, found: StoredCampaign, place: int | None) -> dict[str, Any]:
    attempts = [
        AttemptRow(
            number=one.number,
            state=one.state,
            started=_time(one.started_unix_s),
            ended=_time(one.ended_unix_s),
        )
        for one in found.attempts
    ]
    return {
        "name": found.name,
        "state": found.state,
        "place": place,
        "created": _time(found.created_unix_s),
        "created_by": found.created_by,
        "attempts": attempts,
        "stages": service.progress.stages(found.log),
    }


def _time(unix_s: float | None) -> datetime | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC)
