"""The application: its parts, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from sekkei import __version__
from sekkei.model import ModelRegistry
from sekkei_service import campaign, design, docs_page, download, health, lake, lake_points, model
from sekkei_service.access import Gate
from sekkei_service.allocator import returning_pages
from sekkei_service.audit import AuditLog
from sekkei_service.campaign_queue import advancing
from sekkei_service.campaign_store import CampaignStore
from sekkei_service.context import Service
from sekkei_service.design_store import DesignStore
from sekkei_service.headers import SecurityHeaders
from sekkei_service.lake_source import LakeSource
from sekkei_service.limits import AtOnce, BodyLimit, TimeLimit
from sekkei_service.metrics import RequestLog, ServiceMetrics
from sekkei_service.model_source import ModelSource
from sekkei_service.optimade import routes as optimade
from sekkei_service.pages import routes as pages
from sekkei_service.parameters import check_parameters
from sekkei_service.problem import install_handlers
from sekkei_service.progress import ProgressReader
from sekkei_service.replay import ReplayStore
from sekkei_service.settings import ServiceSettings
from sekkei_service.token import TokenStore

_ROUTERS = (
    health.router,
    lake.router,
    lake_points.router,
    download.router,
    model.router,
    campaign.router,
    design.router,
    optimade.router,
    docs_page.router,
    *pages.ROUTERS,
)
# Probes leave unread what they do not know, and OPTIMADE says itself what it leaves unread.
_UNCHECKED = (health.router, optimade.router)


def create_app(settings: ServiceSettings, registry: ModelRegistry | None = None) -> FastAPI:
    """Build the application.

    Parameters
    ----------
    settings
        What an administrator decided.
    registry
        Where models are; none if there are no models.
    """
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    service = _assemble(settings, registry)
    app = FastAPI(
        title="Sekkei",
        version=__version__,
        summary="Contacts, what they conduct, and what was learned from them.",
        docs_url=None,  # these pages would load from another host
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_alive,
    )
    app.state.service = service
    app.state.routes = tuple(route for router in _ROUTERS for route in router.routes)
    for router in _ROUTERS:
        checks = [] if router in _UNCHECKED else [Depends(check_parameters)]
        app.include_router(router, dependencies=checks)
    pages.add_static(app)
    install_handlers(app)
    # The last one added sees a request first.
    app.add_middleware(BodyLimit, most=settings.limits.body_bytes)
    app.add_middleware(TimeLimit, seconds=settings.limits.request_seconds)
    app.add_middleware(RequestLog, metrics=service.metrics)
    app.add_middleware(SecurityHeaders)
    return app


@asynccontextmanager
async def _alive(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service

    def advance() -> None:
        service.campaigns.advance()
        if service.designs.is_to_be_kept():
            service.campaigns.while_idle(service.designs.keep)

    async with advancing(advance), returning_pages():
        yield


def _assemble(settings: ServiceSettings, registry: ModelRegistry | None) -> Service:
    limits = settings.limits
    lake = LakeSource(settings.lake)
    return Service(
        settings=settings,
        gate=Gate(settings, TokenStore(settings.state)),
        lake=lake,
        models=ModelSource(registry),
        campaigns=CampaignStore(settings),
        designs=DesignStore(settings.state / "designs", lake),
        progress=ProgressReader(),
        audit=AuditLog(settings.state),
        replays=ReplayStore(settings.state / "replays"),
        heavy=AtOnce(limits.heavy_at_once, "computations", wait_s=10.0),
        streams=AtOnce(limits.streams_at_once, "streams of events"),
        metrics=ServiceMetrics(),
    )
