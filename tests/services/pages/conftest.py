"""Chromium before the pages of a service that really listens."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# No sandbox, since tests may run as root; graphics without a card.
OPTIONS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
HERE = Path(__file__).parent
AXE = HERE / "vendor" / "axe.min.js"
ROOT = Path(__file__).parents[3]
FETCHED = ROOT / "services" / "sekkei_service" / "pages" / "static" / "vendor" / "have.json"
GRAVE = ("serious", "critical")


@dataclass
class Visitor:
    """A page in a browser, with whatever went wrong on it."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Any:
        self.page.goto(self.url + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def grave_faults(self) -> list[str]:
        """What axe-core finds that keeps people out."""
        # What the browser is told to run is no script of the page: its policy stays as it is.
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("async () => (await axe.run()).violations")
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:120]}"
            for one in found
            if one["impact"] in GRAVE
        ]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no browser of the Chromium family is installed: pages are NOT tested")
    if not FETCHED.is_file() or not AXE.is_file():
        pytest.skip("browser libraries were not fetched (make pages): pages are NOT tested")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Visitor]]:
    """Open a browser at a service, signed in with the token of a role."""
    contexts = []

    def start(service: Any, role: str | None = "operator", **how: Any) -> Visitor:
        context = chromium.new_context(**how)
        contexts.append(context)
        if role is not None:
            token = {"name": "sekkei_token", "value": service.tokens[role], "url": service.url}
            context.add_cookies([token | {"httpOnly": True, "sameSite": "Strict"}])
        found = Visitor(context.new_page(), service.url)
        page, complaints = found.page, found.complaints
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda said: _note(complaints, said))
        page.on("request", lambda asked: _note_foreign(complaints, asked, service.url))
        return found

    yield start
    for context in contexts:
        context.close()


def _note(complaints: list[str], said: Any) -> None:
    if (
        said.type in {"error", "warning"}
        and "WebGL" not in said.text
        and "GL Driver" not in said.text
    ):
        complaints.append(f"{said.type}: {said.text}")


def _note_foreign(complaints: list[str], asked: Any, url: str) -> None:
    if not asked.url.startswith((url, "data:", f"blob:{url}")):
        complaints.append(f"request: {asked.url}")
