"""Bodies that are text of a stated kind: specifications and structures."""

from typing import Annotated, Any

import yaml
from fastapi import Depends, Request

from sekkei_service.problem import refused
from sekkei_service.wire import EXTXYZ, YAML

KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A request with a key may be sent again: it is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
}
"""Header of requests that change something."""

_YAML = (YAML, "application/x-yaml", "text/yaml", "application/json")
_EXTXYZ = (EXTXYZ, "text/plain")


def body_docs(kind: str, example: str, *, is_keyed: bool = False) -> dict[str, Any]:
    """Describe such a body, and whether a request may be repeated, for the documents."""
    is_yaml = kind == YAML
    shown = yaml.safe_load(example) if is_yaml else example
    schema = {"type": "object"} if is_yaml else {"type": "string", "minLength": 1}
    content = {kind: {"schema": schema, "example": shown}}
    body = {"required": True, "content": content}
    return {"requestBody": body, "parameters": [KEY]} if is_keyed else {"requestBody": body}


async def _yaml(request: Request) -> bytes:
    return await _read(request, _YAML)


async def _extxyz(request: Request) -> bytes:
    return await _read(request, _EXTXYZ)


async def _read(request: Request, kinds: tuple[str, ...]) -> bytes:
    # A kind that no form of a browser can send keeps pages of others out.
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in kinds:
        raise refused(
            415, f"the body must be {' or '.join(kinds)}, but Content-Type is {given or 'missing'}"
        )
    return await request.body()


YamlBody = Annotated[bytes, Depends(_yaml)]
"""A specification as YAML; JSON is YAML, too."""

ExtxyzBody = Annotated[bytes, Depends(_extxyz)]
"""Structures as extxyz."""
