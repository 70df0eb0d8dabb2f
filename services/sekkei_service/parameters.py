"""Parameters of an address that it does not have: refused by name, never left unread."""

import difflib
import re
from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant

from sekkei.errors import InvalidInputError
from sekkei_service.access import ADMITTING
from sekkei_service.optimade_error import PROVIDER

_OF_A_PROVIDER = re.compile(r"_([a-z0-9]+)_.+")


def check_parameters(request: Request) -> None:
    """Refuse parameters that an address does not have.

    Raises
    ------
    InvalidInputError
        If there is one; says which there are.
    RefusedError
        If there is one, and whoever asks may not ask at all.
    """
    _refuse(_unknown(request), request)


def check_optimade_parameters(request: Request) -> tuple[str, ...]:
    """Refuse parameters that an address does not have, but for those of other providers.

    Returns
    -------
    tuple of str
        Warnings: a parameter with the prefix of another provider is left unread, for one asks many
        databases the same [1]_.

    Raises
    ------
    InvalidInputError
        If there is one without a prefix, or with ours.

    References
    ----------
    .. [1] C. W. Andersen et al., Sci. Data 8, 217 (2021), doi:10.1038/s41597-021-00974-z.
    """
    unknown = _unknown(request)
    foreign = [name for name in unknown if _is_foreign(name)]
    _refuse([name for name in unknown if name not in foreign], request)
    return tuple(f"parameter {name} is of another provider and was left unread" for name in foreign)


def _unknown(request: Request) -> list[str]:
    known = _known(request)
    return [name for name in dict.fromkeys(request.query_params) if name not in known]


def _known(request: Request) -> list[str]:
    return list(dict.fromkeys(_names(request.scope["route"].dependant)))


def _names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        # Several parameters may be read together, as the fields of one model.
        together = getattr(field.field_info.annotation, "model_fields", None)
        yield from (field.alias,) if together is None else together
    for below in dependant.dependencies:
        yield from _names(below)


def _is_guarded(dependant: Dependant) -> bool:
    return any(below.call in ADMITTING or _is_guarded(below) for below in dependant.dependencies)


def _is_foreign(name: str) -> bool:
    found = _OF_A_PROVIDER.fullmatch(name)
    return found is not None and found[1] != PROVIDER["prefix"]


def _refuse(unknown: list[str], request: Request) -> None:
    if not unknown:
        return
    if _is_guarded(request.scope["route"].dependant):
        # Who may not ask is told that alone, and whoever asks is counted and named in the log.
        request.app.state.service.gate.admit(request, "reader")
    known = _known(request)
    name = unknown[0][:64]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    several = "one of " if len(known) > 1 else ""
    there = f"{several}{', '.join(sorted(known))}" if known else "none"
    raise InvalidInputError(
        f"a parameter of {request.url.path} must be {there}, but found {name!r}{hint}",
        parameter=name,
        known=", ".join(sorted(known)),
    )
