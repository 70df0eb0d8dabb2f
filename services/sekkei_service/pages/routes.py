"""Every page, and the files that they load."""

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from sekkei_service.pages import (
    campaign,
    design,
    histogram,
    junction,
    lake,
    model,
    overview,
    session,
)
from sekkei_service.pages.render import STATIC

ROUTERS = (
    overview.router,
    session.router,
    histogram.router,
    lake.router,
    junction.router,
    campaign.router,
    model.router,
    design.router,
)
"""Of all pages."""


def add_static(app: FastAPI) -> None:
    """Serve styles and modules; open to everybody, for they hold no data."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
