"""Designs: a target, how near one came, what is proposed next, and what was seen of it."""

import math
import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from sekkei.design import DesignState
from sekkei.design.outcome import as_asked
from sekkei.design.overview import (
    finalist_rows,
    pending_rows,
    reach_warning,
    round_rows,
    summary,
)
from sekkei.errors import InvalidInputError, SekkeiError
from sekkei.specification import parse_specification
from sekkei_service.access import Operator, Principal, Reader
from sekkei_service.context import Service, TheService
from sekkei_service.design import (
    EXAMPLE,
    NAME,
    DesignName,
    Told,
    design_ask,
    design_create,
    design_list,
    design_show,
    design_tell,
)
from sekkei_service.pages.design_labels import verified_rows
from sekkei_service.pages.form import Form
from sekkei_service.pages.render import go_to, render
from sekkei_service.pages.route import page_router, problem_text
from sekkei_service.problem import status_of

router = page_router()


@router.get("/designs")
def designs_page(service: TheService, request: Request, who: Reader) -> Response:
    """Show all of them, and a form for a new one."""
    return _list(service, request, who, form={"specification": EXAMPLE})


@router.post("/designs")
def design_begin(service: TheService, request: Request, who: Operator, form: Form) -> Response:
    """Begin the design of the form."""
    name, text = form.get("name", "").strip(), form.get("specification", "")
    try:
        if not re.fullmatch(NAME, name):
            raise InvalidInputError(
                "the name of a design must be at most 64 letters, digits, dots and dashes, but "
                f"is {name[:64]!r}"
            )
        design_create(service, who, request, text.encode(), name)
    except SekkeiError as error:  # what was written stays in the form
        told, status = problem_text(request, error), status_of(error)
        return _list(service, request, who, form=form, status=status, fault=told)
    return go_to(request, f"/designs/{name}")


@router.get("/designs/{name}")
def design_page(service: TheService, request: Request, who: Reader, name: DesignName) -> Response:
    """Show a design."""
    state = design_show(service, who, name).state
    return render(
        request,
        who,
        "design.html",
        name=name,
        state=state,
        numbers=summary(state),
        rounds=list(round_rows(state)),
        pending=pending_rows(state),
        finalists=finalist_rows(state),
        verified=verified_rows(state, service.lake.newest() if service.lake.is_there() else None),
        warning=reach_warning(state),
        drawn=_drawn(state),
    )


@router.post("/designs/{name}/ask")
def design_ask_more(
    service: TheService, request: Request, who: Operator, name: DesignName, form: Form
) -> Response:
    """Ask for candidates."""
    asked = form.get("n", "1")
    if not re.fullmatch("[0-9]{1,2}", asked) or not 1 <= int(asked) <= 64:
        raise InvalidInputError(f"one may ask for 1 to 64 candidates at a time, not for {asked!r}")
    design_ask(service, who, request, name, int(asked))
    return go_to(request, f"/designs/{name}")


@router.post("/designs/{name}/tell")
def design_tell_one(
    service: TheService, request: Request, who: Operator, name: DesignName, form: Form
) -> Response:
    """Tell what was seen of a proposal."""
    state = design_show(service, who, name).state
    design_tell(service, who, request, name, parse_specification(_told(state, form), Told))
    return go_to(request, f"/designs/{name}")


def _told(state: DesignState, form: Mapping[str, str]) -> dict[str, Any]:
    proposal = next((one for one in state.pending if one.id == form.get("proposal")), None)
    if proposal is None:
        raise InvalidInputError("a proposal that is told of must be pending; look at the page anew")
    candidate, reason = proposal.candidate.model_dump(), form.get("reason", "").strip()
    if reason:
        failure = {"step": "measure", "kind": "Reported", "message": reason}
        return {"failures": [failure | {"candidate": candidate}]}
    seen: dict[str, Any] = {
        "conductance_g0": form.get("conductance_g0", ""),
        "sigma_g0": form.get("sigma_g0", ""),
        "source": form.get("source", "measured"),
        "candidate": candidate,
    }
    if state.spec.spectrum is not None:
        least = state.spec.spectrum.least_sigma
        seen |= {"spectrum": form.get("spectrum", ""), "spectrum_sigma": least}
    return {"observations": [seen]}


def _drawn(state: DesignState) -> dict[str, Any]:
    """Return what a plot of the progress needs; a bound that is infinite is none."""
    target = state.spec.target
    low, high = (x if math.isfinite(x) else None for x in (target.low_g0, target.high_g0))
    sources = ("surrogate", "dft", "measured")
    return {
        "low": low,
        "high": high,
        "conductance": [as_asked(state.spec, o).conductance_g0 for o in state.observations],
        "sigma": [seen.sigma_g0 for seen in state.observations],
        "source": [sources.index(seen.source) for seen in state.observations],
    }


def _list(
    service: Service,
    request: Request,
    who: Principal,
    *,
    form: Mapping[str, str],
    status: int = 200,
    fault: str = "",
) -> Response:
    names = design_list(service, who).names
    return render(
        request,
        who,
        "designs.html",
        status=status,
        designs=[(name, summary(design_show(service, who, name).state)) for name in names],
        form=form,
        fault=fault,
    )
