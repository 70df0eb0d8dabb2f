"""The description of the service for programs, in OpenAPI 3.1."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sekkei_service.optimade_error import JSON_API
from sekkei_service.problem import PROBLEM, Problem

_ALWAYS = {
    "400": "The request is malformed.",
    "401": "A valid token is needed.",
    "403": "The token does not allow this.",
    "429": "There were too many requests.",
    "503": "Not available now.",
}
_BY_WORK = {
    "404": "There is none of that name.",
    "409": "In conflict with what is there.",
    "413": "Too large.",
    "415": "Of a kind that is not read.",
    "422": "The input cannot be.",
    "501": "Something optional is not installed.",
    "504": "It took too long.",
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_ERRORS = {"type": "object", "required": ["errors", "meta"]}
_UNKNOWN = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description; every error is a problem document."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            routes=app.routes,
        )
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        for name in _UNKNOWN:
            schemas.pop(name, None)
        schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        for path, operations in found["paths"].items():
            for operation in operations.values():
                _add_problems(operation, is_optimade=path.startswith("/optimade"))
        app.openapi_schema = found
    return app.openapi_schema


def _add_problems(operation: dict[str, Any], *, is_optimade: bool) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    if any(parameter["name"] == "at" for parameter in operation.get("parameters", ())):
        responses["304"] = {"description": "The caller has this state already."}
    for status, text in (_ALWAYS | _BY_WORK).items():
        content = (
            {JSON_API: {"schema": _ERRORS}} if is_optimade else {PROBLEM: {"schema": _PROBLEM}}
        )
        responses[status] = {"description": text, "content": content}
