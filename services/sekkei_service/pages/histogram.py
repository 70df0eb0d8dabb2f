"""The conductance histogram of the lake, beside what was measured."""

from typing import Literal
from urllib.parse import urlencode

from fastapi import Request, Response

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.lake.show import count_by_method
from sekkei_service.access import Reader
from sekkei_service.context import TheService
from sekkei_service.lake import lake_histogram
from sekkei_service.lake_answer import HistogramAnswer
from sekkei_service.lake_query import At, Name
from sekkei_service.pages.render import render
from sekkei_service.pages.route import page_router, problem_text

router = page_router()


@router.get("/histogram")
def histogram_page(  # noqa: PLR0913, PLR0917  (a parameter of the address each)
    service: TheService,
    request: Request,
    who: Reader,
    model: Name = "",
    element: Name = "",
    electrode: Name = "",
    quantity: Literal["conductance_g0", "window_conductance_g0"] = "conductance_g0",
    recipe: Name = "",
    at: At = None,
) -> Response:
    """Show it, or why there is none."""
    if not service.lake.is_there():
        return render(request, who, "no_lake.html", heading="Histogram")
    lake = service.lake.at(at)
    models = _models(lake)
    found: HistogramAnswer | None = None
    complaint = ""
    asked = (model or None, element or None, electrode or None, quantity, recipe or None)
    try:
        found = lake_histogram(service, lake, *asked)
    except InvalidInputError as error:
        complaint = problem_text(request, error)
    return render(
        request,
        who,
        "histogram.html",
        found=found,
        complaint=complaint,
        models={identity: service.models.called(identity) for identity in models},
        methods=count_by_method(lake.reader),
        asked={
            "model": model,
            "element": element,
            "electrode": electrode,
            "quantity": quantity,
            "recipe": recipe,
        },
        at=at,
        asked_again=lambda recipe: urlencode(
            {name: value for name, value in request.query_params.items() if value}
            | {"recipe": recipe}
        ),
    )


def _models(lake: Lake) -> list[str]:
    return sorted({row["model"] for row in lake.selection("prediction", (), ("model",)).records()})
