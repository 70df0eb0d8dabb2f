"""Bodies that are text of a stated kind: specifications and structures."""

from typing import Annotated, Any

from fastapi import Depends, Request

from sekkei_service.problem import refused
from sekkei_service.wire import EXTXYZ, YAML

_YAML = (YAML, "application/x-yaml", "text/yaml", "application/json")
_EXTXYZ = (EXTXYZ, "text/plain")


def body_docs(kind: str, example: str) -> dict[str, Any]:
    """Describe such a body for the documents."""
    schema = {"type": "string", "minLength": 1}
    content = {kind: {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


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
