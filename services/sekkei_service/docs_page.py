"""The documents of the service: OpenAPI for programs, a plain page for people, no other host."""

import json
from html import escape
from typing import Any

import yaml
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from sekkei_service.openapi import describe

router = APIRouter(include_in_schema=False)

_STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { background: #fff; color: #16202c; }
a { color: #1c4fa8; }
@media (prefers-color-scheme: dark) {
  body { background: #10151d; color: #e8edf4; }
  a { color: #9ec1ff; }
}
body { margin: 0 auto; max-width: 60rem; padding: 1rem; }
h2 { border-bottom: 1px solid; margin-top: 2.5rem; }
h3 { font-family: ui-monospace, monospace; font-size: 1rem; margin-top: 2rem; }
h1, h3, p, code { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid; padding: 0.2rem 0.6rem 0.2rem 0; text-align: left;
  vertical-align: top; overflow-wrap: break-word; }
td:last-child { overflow-wrap: anywhere; }
pre { border: 1px solid; box-sizing: border-box; max-width: 100%; overflow-x: auto;
  padding: 0.6rem; }
"""


@router.get("/openapi.json")
def openapi(request: Request) -> Response:
    """Return the description of the service; open to everybody, for it holds no data."""
    text = json.dumps(describe(request.app), ensure_ascii=False)
    return Response(text, media_type="application/json")


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Show the same for people."""
    return HTMLResponse(_page(describe(request.app)))


@router.get("/docs/style.css")
def style() -> Response:
    """Return the style of that page."""
    return Response(_STYLE, media_type="text/css")


def _page(described: dict[str, Any]) -> str:
    title = escape(f"{described['info']['title']} {described['info']['version']}")
    operations = [
        (path, method, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    tags = list(dict.fromkeys(tag for _, _, one in operations for tag in one.get("tags", ())))
    back = "<p><a href='/'>Back to the pages</a></p>"
    body = [back, f"<h1>{title}</h1>", f"<p>{escape(described['info'].get('summary', ''))}</p>"]
    body.append(
        "<p>For programs: <a href='/openapi.json'>openapi.json</a>. A token is sent as "
        "<code>Authorization: Bearer TOKEN</code>.</p>"
    )
    for tag in tags:
        body.append(f"<h2>{escape(tag)}</h2>")
        body += [_operation(*one) for one in operations if tag in one[2].get("tags", ())]
    head = (
        f"<meta charset='utf-8'><title>{title}</title>"
        "<meta name='viewport' content='width=device-width'>"
        "<link rel='stylesheet' href='/docs/style.css'>"
        "<link rel='icon' href='/static/mark.svg' type='image/svg+xml'>"
    )
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(body)}</body></html>"


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    parts = [
        f"<h3>{escape(method.upper())} {escape(path)}</h3>",
        f"<p>{escape(operation.get('description', operation.get('summary', '')))}</p>",
    ]
    rows = [_parameter(one) for one in operation.get("parameters", ())]
    if rows:
        head = "<tr><th>parameter</th><th>where</th><th>meaning</th></tr>"
        parts.append(f"<table>{head}{''.join(rows)}</table>")
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        found = content.get("example", "")
        text = found if isinstance(found, str) else yaml.safe_dump(found, sort_keys=False)
        example = escape(text)
        parts.append(
            f"<p>Body: <code>{escape(kind)}</code>, such as</p><pre tabindex='0'>{example}</pre>"
        )
    return "".join(parts)


def _parameter(found: dict[str, Any]) -> str:
    schema = found.get("schema", {})
    meaning = found.get("description") or schema.get("description") or ""
    default = schema.get("default")
    told = f"{meaning} Default: {default}." if default not in (None, []) else meaning
    cells = (found["name"], found["in"], told)
    return f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"
