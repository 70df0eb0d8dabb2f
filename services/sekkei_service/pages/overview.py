"""The first page: what the lake holds, what runs, what was learned, what is looked for."""

from typing import Any

from fastapi import Request, Response

from sekkei_service.access import Reader
from sekkei_service.campaign import campaign_list
from sekkei_service.context import Service, TheService
from sekkei_service.design import design_list, design_show
from sekkei_service.lake import lake_history, lake_info
from sekkei_service.model import model_list
from sekkei_service.pages.render import render
from sekkei_service.pages.route import page_router

router = page_router()

_MOST_SHOWN = 4


@router.get("/")
def overview_page(service: TheService, request: Request, who: Reader) -> Response:
    """Show it."""
    campaigns = campaign_list(service, who).campaigns
    names = design_list(service, who).names
    return render(
        request,
        who,
        "overview.html",
        campaigns=campaigns[:_MOST_SHOWN],
        running=[one for one in campaigns if one.state == "running"],
        models=model_list(service, who).models[::-1][:_MOST_SHOWN],
        designs=[design_show(service, who, name) for name in names[:_MOST_SHOWN]],
        n_design=len(names),
        **_lake(service),
    )


def _lake(service: Service) -> dict[str, Any]:
    if not service.lake.is_there():
        return {"lake": None, "states": []}
    lake = service.lake.newest()
    return {"lake": lake_info(service, lake), "states": lake_history(lake, _MOST_SHOWN).states}
