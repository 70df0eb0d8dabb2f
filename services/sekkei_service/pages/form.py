"""Forms of pages: plain fields, sent from our own pages only."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from sekkei_service.access import check_same_site
from sekkei_service.problem import refused

_KIND = "application/x-www-form-urlencoded"
_MOST_FIELDS = 50


async def _fields(request: Request) -> Mapping[str, str]:
    check_same_site(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise refused(415, f"a form must be sent as {_KIND}")
    try:
        text = (await request.body()).decode("utf-8")
        found = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise refused(
            422, f"a form must be at most {_MOST_FIELDS} fields of text in UTF-8"
        ) from error
    return dict(found)


Form = Annotated[Mapping[str, str], Depends(_fields)]
"""Fields by name."""
