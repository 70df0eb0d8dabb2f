"""Whether the service lives, whether it can serve, and its figures."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from sekkei.errors import SekkeiError
from sekkei_service.access import Administrator, Reader
from sekkei_service.audit import AuditEntry
from sekkei_service.context import TheService
from sekkei_service.parameters import check_parameters
from sekkei_service.problem import refused
from sekkei_service.wire import Wire, sent_as

router = APIRouter(tags=["operations"])


class Alive(Wire):
    """What a probe wants to know."""

    status: str
    """Always ``ok``: otherwise the answer is a problem."""


class AuditPage(Wire):
    """The end of the audit trail."""

    entries: list[AuditEntry]
    """The newest first."""


@router.get("/healthz")
def health() -> Alive:
    """Say that the process answers; open to everybody."""
    return Alive(status="ok")


@router.get("/readyz")
def readiness(service: TheService, request: Request) -> Alive:
    """Say whether the lake can be read; open to everybody, who is told no more than that."""
    service.gate.count_address(request)
    try:
        service.lake.newest()
    except (SekkeiError, OSError) as error:
        raise refused(503, "the lake cannot be read now; the log of the service says why") from (
            error
        )
    return Alive(status="ok")


@router.get("/metrics", response_class=Response, responses=sent_as("text/plain"))
def figures(service: TheService, _who: Reader) -> Response:
    """Return figures in the text format of Prometheus."""
    service.metrics.count_campaigns(service.campaigns, service.progress)
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


@router.get("/v1/audit", dependencies=[Depends(check_parameters)])
def audit_trail(service: TheService, _who: Administrator, limit: int = 100) -> AuditPage:
    """List who started, stopped and changed what, the newest first."""
    return AuditPage(entries=service.audit.last(max(1, min(limit, 1000))))
