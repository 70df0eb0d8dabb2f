"""The first page: what the lake holds, what runs, what was learned, what is looked for."""

from typing import Any

from fastapi import Request, Response

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei_service.access import Reader
from sekkei_service.campaign import campaign_list
from sekkei_service.context import Service, TheService
from sekkei_service.design import design_list, design_show
from sekkei_service.lake import lake_history, lake_info
from sekkei_service.model import model_list
from sekkei_service.pages.render import render
from sekkei_service.pages.route import page_router, problem_text

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
        **_lake(service, request),
    )


def _lake(service: Service, request: Request) -> dict[str, Any]:
    try:
        lake: Lake = service.lake.newest()
    except InvalidInputError as error:  # a campaign makes the lake
        return {"lake": None, "no_lake": problem_text(request, error), "states": []}
    states = lake_history(lake, _MOST_SHOWN).states
    return {"lake": lake_info(service, lake), "no_lake": "", "states": states}
