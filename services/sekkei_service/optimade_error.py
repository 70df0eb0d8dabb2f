"""Errors in the form of OPTIMADE, which is that of JSON:API."""

import json

from starlette.responses import Response

PREFIX = "/optimade"
"""Below it errors have this form."""

API_VERSION = "1.2.0"
"""Version of the API that is spoken."""

PROVIDER = {
    "name": "Sekkei",
    "description": "Atomic contacts, and what they conduct by the engine that each label names",
    "prefix": "sekkei",
}
"""Who offers the data, and how its own properties begin."""

JSON_API = "application/vnd.api+json"


def error_response(
    status: int, title: str, detail: str, headers: dict[str, str], query: str
) -> Response:
    """Write an error document."""
    meta = {
        "query": {"representation": query},
        "api_version": API_VERSION,
        "more_data_available": False,
        "provider": PROVIDER,
    }
    error = {"status": str(status), "title": title, "detail": detail}
    text = json.dumps({"errors": [error], "meta": meta}, ensure_ascii=False)
    return Response(text, status, headers, JSON_API)
