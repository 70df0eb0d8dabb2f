"""Campaigns: a list, a form for a new one, and each with its progress as it happens."""

import json
from typing import Annotated, Any

from fastapi import Query, Request, Response

from sekkei.errors import SekkeiError
from sekkei_service.access import Operator, Principal, Reader
from sekkei_service.campaign import (
    EXAMPLE,
    CampaignName,
    campaign_create,
    campaign_forecast,
    campaign_list,
    campaign_output,
    campaign_resume,
    campaign_show,
    campaign_spec,
    campaign_stop,
)
from sekkei_service.context import Service, TheService
from sekkei_service.model import model_list
from sekkei_service.pages.campaign_draft import CHOICES, WORDS, Draft, said_of_field
from sekkei_service.pages.form import Form
from sekkei_service.pages.render import go_to, render
from sekkei_service.pages.route import page_router, problem_text
from sekkei_service.problem import status_of

router = page_router()

# What its command line says; who reads a page has a button for it.
_AGAIN = "run the same command again"


@router.get("/campaigns")
def campaigns_page(
    service: TheService, request: Request, who: Reader, draft: Annotated[Draft, Query()]
) -> Response:
    """Show all of them, and a form for a new one; with fields of pullings, those written out."""
    if not request.query_params:
        return _list(service, request, who, text=EXAMPLE)
    try:
        text = draft.to_text()
        campaign_spec(service, text.encode())
    except SekkeiError as error:  # what was chosen stays in the fields
        told, status = said_of_field(problem_text(request, error)), status_of(error)
        return _list(service, request, who, text="", draft=draft, status=status, misfit=told)
    return _list(service, request, who, text=text, draft=draft, is_drafted=True)


@router.post("/campaigns")
def campaign_submit(service: TheService, request: Request, who: Operator, form: Form) -> Response:
    """Start the campaign of the form, or say what it would do."""
    text = form.get("specification", "").replace("\r\n", "\n")
    body = text.encode()
    try:
        if form.get("action") != "start":
            forecast = campaign_forecast(service, who, body)
            return _list(service, request, who, text=text, forecast=forecast)
        found = json.loads(bytes(campaign_create(service, who, request, body).body))
    except SekkeiError as error:  # what was written stays in the form
        told, status = problem_text(request, error), status_of(error)
        return _list(service, request, who, text=text, status=status, fault=told)
    return go_to(request, f"/campaigns/{found['name']}")


@router.get("/campaigns/{name}")
def campaign_page(
    service: TheService, request: Request, who: Reader, name: CampaignName
) -> Response:
    """Show a campaign."""
    found = campaign_show(service, who, name)
    return render(
        request,
        who,
        "campaign.html",
        found=found,
        complaint=found.complaint.replace(_AGAIN, "press Resume"),
        is_stopping=service.campaigns.find(name).is_stopping,
    )


@router.get("/campaigns/{name}/output")
def output_page(
    service: TheService, request: Request, who: Operator, name: CampaignName
) -> Response:
    """Show the end of what its last attempt printed."""
    printed = bytes(campaign_output(service, who, name).body).decode()
    return render(request, who, "output.html", name=name, printed=printed)


@router.post("/campaigns/{name}/stop")
def stop(
    service: TheService, request: Request, who: Operator, name: CampaignName, form: Form
) -> Response:
    """Ask it to end."""
    campaign_stop(service, who, request, name, force=form.get("force") == "yes")
    return go_to(request, f"/campaigns/{name}")


@router.post("/campaigns/{name}/resume")
def resume(
    service: TheService, request: Request, who: Operator, name: CampaignName, _form: Form
) -> Response:
    """Go on with it."""
    campaign_resume(service, who, request, name)
    return go_to(request, f"/campaigns/{name}")


def _list(
    service: Service,
    request: Request,
    who: Principal,
    *,
    text: str,
    status: int = 200,
    **told: Any,
) -> Response:
    values = {
        "forecast": None,
        "fault": "",
        "misfit": "",
        "draft": Draft(),
        "words": WORDS,
        "is_drafted": False,
    } | told
    models = [f"{one.name}:{one.version}" for one in model_list(service, who).models[::-1]]
    choices = {**CHOICES, "labeler": tuple(service.settings.labelers)[::-1], "model": models}
    found = campaign_list(service, who).campaigns
    return render(
        request,
        who,
        "campaigns.html",
        status=status,
        campaigns=found,
        text=text,
        choices=choices,
        **values,
    )
