"""Templates: what every page has around it, and how values are written."""

import math
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sekkei import __version__
from sekkei_service.access import Principal
from sekkei_service.token import allows

STATIC = Path(__file__).with_name("static")
"""Styles and modules of ours, and libraries that `make pages` fetched."""

_LIBRARIES = {"htmx": "htmx.min.js", "uplot": "uplot.min.js", "molecules": "3dmol.min.js"}
_UNITS = {
    "_unix_s": "",
    "_g0": " / G₀",
    "_angstrom2": " / Å²",
    "_angstrom": " / Å",
    "_ev": " / eV",
    "_k": " / K",
}
_SCROLLED = '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
_NOTHING = "\N{EN DASH}"


def render(
    request: Request, who: Principal | None, name: str, /, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """Write a page.

    Parameters
    ----------
    request
        What is answered.
    who
        Who asks; none before they signed in.
    name
        Of the template.
    status
        Of the answer.
    values
        For the template.
    """
    shared = {
        "path": request.url.path,
        "who": who,
        "is_operator": who is not None and allows(who.role, "operator"),
        "is_local": request.app.state.service.settings.is_local,
        "has": {key: (STATIC / "vendor" / file).is_file() for key, file in _LIBRARIES.items()},
        "version": __version__,
        "problem": "",
    }
    text = _templates().get_template(name).render(shared | values)
    return HTMLResponse(text, status)


def go_to(request: Request, address: str) -> Response:
    """Send a browser to another page, after a form was sent."""
    if is_partial(request):
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def is_partial(request: Request) -> bool:
    """Whether htmx asks, which puts a part of the answer into the page that is there."""
    return request.headers.get("hx-request") == "true"


@cache
def _templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "column": _column,
        "cpu_time": _cpu_time,
        "figure": _figure,
        "markdown": _markdown,
        "number": _number,
        "size": _size,
        "time": _time,
        "words": _words,
    }
    return found


def _figure(value: Any, digits: int = 4) -> str:
    """Write a value of a table: numbers by their significant digits."""
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_figure(one)}" for key, one in value.items() if one is not None)
    if isinstance(value, int):
        return str(value)
    return f"{value:.{digits}g}" if math.isfinite(value) else _NOTHING


def _number(value: float) -> str:
    return f"{value:,}"


def _size(n_byte: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if n_byte < 1000.0:
            return f"{n_byte:.3g} {unit}"
        n_byte /= 1000.0
    return f"{n_byte:.3g} TB"


def _time(value: datetime | float | None) -> Markup:
    if value is None:
        return Markup(_NOTHING)  # noqa: S704  (a constant)
    found = datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else value
    at = found.astimezone(UTC)
    return Markup('<time datetime="{}">{} UTC</time>').format(
        at.isoformat(timespec="seconds"), at.strftime("%Y-%m-%d %H:%M")
    )


def _words(name: str) -> str:
    """Write the name of a column or a state as people would."""
    return name.replace("_", " ").replace("-", " ")


def _column(name: str) -> str:
    """Write the name of a column with its unit, as a heading would."""
    for ending, unit in _UNITS.items():
        if name.endswith(ending):
            return f"{_words(name.removesuffix(ending))}{unit}"
    return _words(name)


def _cpu_time(hours: float) -> str:
    """Write hours of a CPU in the unit that people would take."""
    value, unit = 3600.0 * hours, "seconds"
    if value >= 60.0:
        value, unit = (60.0 * hours, "minutes") if hours < 1.0 else (hours, "hours")
    told = f"{value:,.0f}" if value >= 10.0 else f"{value:.2g}"
    return f"{told} CPU {unit.removesuffix('s') if told == '1' else unit}"


def _markdown(text: str) -> Markup:
    # HTML within is shown as text.
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    # The page has a title of its own, and blocks that scroll must be reached by keyboard.
    for token in tokens:
        if token.type.startswith("heading_"):
            token.tag = f"h{min(6, int(token.tag[1:]) + 1)}"
    found = reader.renderer.render(tokens, reader.options, {})
    found = found.replace("<pre>", '<pre tabindex="0">')
    found = found.replace("<table>", f"{_SCROLLED}<table>").replace("</table>", "</table></div>")
    return Markup(found)  # noqa: S704  (the reader escapes)
