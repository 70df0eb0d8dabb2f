"""Models: versions, their cards, what they predicted of held-out labels and predict of uploads."""

from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request, Response

from sekkei.errors import SekkeiError
from sekkei_service.access import Principal, Reader
from sekkei_service.context import Service, TheService
from sekkei_service.model import (
    EXAMPLE,
    ModelName,
    model_card,
    model_list,
    model_parity,
    model_predict,
    model_row,
)
from sekkei_service.pages.form import Form
from sekkei_service.pages.render import render
from sekkei_service.pages.route import page_router, problem_text
from sekkei_service.problem import RefusedError, status_of

router = page_router()


@router.get("/models")
def models_page(service: TheService, request: Request, who: Reader) -> Response:
    """Show every version of every model."""
    models = model_list(service, who).models
    return render(request, who, "models.html", models=models[::-1])


@router.get("/models/{name}")
def model_page(service: TheService, request: Request, who: Reader, name: ModelName) -> Response:
    """Show one version."""
    return _model(service, request, who, name, text=EXAMPLE)


@router.post("/models/{name}")
def predict(
    service: TheService, request: Request, who: Reader, name: ModelName, form: Form
) -> Response:
    """Predict the structures of the form."""
    text = form.get("structures", "").replace("\r\n", "\n")
    try:
        answer = model_predict(service, who, name, text.encode())
    except SekkeiError as error:  # what was pasted stays in the form
        told, status = problem_text(request, error), status_of(error)
        return _model(service, request, who, name, text=text, status=status, fault=told)
    return _model(service, request, who, name, text=text, answer=answer)


def _model(
    service: Service,
    request: Request,
    who: Principal,
    name: str,
    *,
    text: str,
    status: int = 200,
    **told: Any,
) -> Response:
    row = model_row(service, who, name)
    values = {"answer": None, "fault": ""} | told
    return render(
        request,
        who,
        "model.html",
        status=status,
        model=row,
        card=_card(service, who, name),
        parity=model_parity(service, who, name).splits,
        run_page=_run_page(service.settings.registry, row.run),
        text=text,
        most_bytes=service.settings.limits.body_bytes,
        **values,
    )


def _card(service: Service, who: Principal, name: str) -> str:
    try:
        return model_card(service, who, name).card
    except RefusedError as error:
        return error.message


def _run_page(registry: str | None, run: str) -> str | None:
    """Return where MLflow shows a training; none where the registry is a file."""
    found = urlsplit(registry or "")
    if found.scheme not in {"http", "https"} or not run:
        return None
    host = found.netloc.rpartition("@")[2]  # who may write there is nobody's business
    return f"{found.scheme}://{host}{found.path.rstrip('/')}/#/runs/{quote(run, safe='')}"
