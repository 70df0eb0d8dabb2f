"""``/v1/designs``: contacts for a conductance, asked for and told of by whoever makes them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from sekkei.design import DesignSpec, DesignState, Failure, Observation, Proposal, ask, tell
from sekkei_service.access import Operator, Reader
from sekkei_service.body import KEY, YamlBody, body_docs
from sekkei_service.context import TheService
from sekkei_service.wire import YAML, Wire
from sekkei_service.yaml_text import read_yaml

router = APIRouter(prefix="/v1/designs", tags=["designs"])

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
EXAMPLE = """target_g0: 2.0
elements: [Na, K]
proposer: sobol
initial: 4
rounds: 2
"""
DesignName = Annotated[str, Path(pattern=NAME, description="Name of the design.")]
_KEYED = {"parameters": [KEY]}


class DesignAnswer(Wire):
    """Where a design stands."""

    name: str
    """Its name."""

    state: DesignState
    """What is asked for, what was seen, what failed, and what is still to be tried."""


class DesignList(Wire):
    """Designs of this service."""

    names: list[str]
    """Sorted."""


class Asked(Wire):
    """What is put forward to be tried."""

    name: str
    """Name of the design."""

    proposals: list[Proposal]
    """They are pending until they are told of."""


class Told(Wire):
    """What was seen of candidates."""

    observations: Annotated[list[Observation], Field(max_length=1000)] = Field(default_factory=list)
    """Conductances."""

    failures: Annotated[list[Failure], Field(max_length=1000)] = Field(default_factory=list)
    """Candidates that gave no number."""


@router.post(
    "",
    status_code=201,
    response_model=DesignAnswer,
    responses={200: {"model": DesignAnswer, "description": "It was there already."}},
    openapi_extra=body_docs(YAML, EXAMPLE, is_keyed=True),
)
def design_create(
    service: TheService,
    who: Operator,
    request: Request,
    body: YamlBody,
    name: Annotated[str, Query(pattern=NAME, description="Name of the design.")],
) -> Response:
    """Begin a design; one that is there already, with equal specification, is shown."""

    def act() -> tuple[int, DesignAnswer]:
        spec = read_yaml(body, DesignSpec, service.settings.limits.specification_bytes)
        with service.noted(request, who, "create design", name) as deed:
            state, is_new = service.designs.create(name, spec)
            deed.changes = is_new
        return 201 if is_new else 200, DesignAnswer(name=name, state=state)

    return service.replays.once(request, who, body, act)


@router.get("")
def design_list(service: TheService, _who: Reader) -> DesignList:
    """List every design of this service."""
    return DesignList(names=list(service.designs.names()))


@router.get("/{name}")
def design_show(service: TheService, _who: Reader, name: DesignName) -> DesignAnswer:
    """Show where a design stands."""
    return DesignAnswer(name=name, state=service.designs.find(name))


@router.post("/{name}/ask", response_model=Asked, openapi_extra=_KEYED)
def design_ask(
    service: TheService,
    who: Operator,
    request: Request,
    name: DesignName,
    n: Annotated[int, Query(ge=1, le=64, description="How many candidates.")] = 1,
) -> Response:
    """Ask for candidates to try."""

    def act() -> tuple[int, Asked]:
        found: list[Proposal] = []

        def step(state: DesignState) -> DesignState:
            after, proposals = ask(state, n)
            found.extend(proposals)
            return after

        with service.noted(request, who, "ask design", name), service.heavy.place():
            service.designs.change(name, step)
        return 200, Asked(name=name, proposals=found)

    return service.replays.once(request, who, b"", act)


@router.post("/{name}/tell", response_model=DesignAnswer, openapi_extra=_KEYED)
def design_tell(
    service: TheService, who: Operator, request: Request, name: DesignName, told: Told
) -> Response:
    """Tell what was seen of candidates, proposed or not, computed or measured."""
    outcomes: tuple[Observation | Failure, ...] = (*told.observations, *told.failures)

    def act() -> tuple[int, DesignAnswer]:
        with service.noted(request, who, "tell design", name):
            state = service.designs.change(name, lambda state: tell(state, outcomes))
        return 200, DesignAnswer(name=name, state=state)

    return service.replays.once(request, who, told.model_dump_json().encode(), act)
