"""The built site asks nobody for anything; skipped where it was not built."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs-out"
# What a browser fetches by itself when it shows a page; links that a reader follows are no matter.
ASSET = re.compile(
    r"<(?:script|img|iframe|audio|video|source|embed)\b[^>]*?\bsrc=[\"'](?P<src>[^\"']+)"
    r"|<link\b(?=[^>]*\brel=[\"'](?:stylesheet|preload|preconnect|icon|dns-prefetch)[\"'])"
    r"[^>]*?\bhref=[\"'](?P<href>[^\"']+)",
)
FROM_STYLE = re.compile(
    r"@import\s+[\"']?\s*(https?://[^\"')]+)|url\(\s*[\"']?((?:https?:)?//[^\"')]+)"
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
    "--virtual-time-budget=8000",
]


def outside(html: str) -> list[str]:
    found = (match["src"] or match["href"] for match in ASSET.finditer(html))
    return [url for url in found if re.match(r"(?:https?:)?//", url)]


@pytest.fixture(scope="module")
def pages() -> list[Path]:
    if not (SITE / "objects.inv").exists():
        pytest.skip("NO SITE: the built pages were NOT looked at; run make docs-site")
    sources = [*(ROOT / "platform").rglob("*.py"), *(ROOT / "docs").rglob("*.md")]
    if max(path.stat().st_mtime for path in sources) > (SITE / "objects.inv").stat().st_mtime:
        pytest.skip("OLD SITE: the built pages were NOT looked at; run make docs-site")
    return sorted(SITE.rglob("*.html"))


def test_no_page_and_no_style_asks_another_host(pages: list[Path]) -> None:
    asked = {path.name: outside(path.read_text("utf-8")) for path in pages}
    styles = {p.name: FROM_STYLE.findall(p.read_text("utf-8")) for p in SITE.rglob("*.css")}

    assert {name: urls for name, urls in asked.items() if urls} == {}
    assert {name: urls for name, urls in styles.items() if urls} == {}
    assert styles


def test_every_module_has_a_place(pages: list[Path]) -> None:
    source = ROOT / "platform"
    modules = {
        ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        for path in source.rglob("*.py")
    }

    places = (re.findall(r'id="module-([\w.]+)"', page.read_text("utf-8")) for page in pages)
    assert modules <= {name for names in places for name in names}


def test_shapes_are_shown(pages: list[Path]) -> None:
    html = (SITE / "reference/api/sekkei.transport.html").read_text("utf-8")

    assert "Float[ndarray" in re.sub(r"<[^>]*>", "", html)


def test_formulas_are_drawn_without_a_script(pages: list[Path]) -> None:
    html = (SITE / "reference/api/sekkei.transport.kernel.html").read_text("utf-8")

    assert "<math" in html
    assert "mathjax" not in html.lower()


def test_an_outside_asset_is_noticed() -> None:
    assert outside('<script async src="https://example.org/a.js"></script>') != []
    assert outside('<link href="//example.org/a.css" rel="stylesheet">') != []
    assert outside('<a href="https://example.org">there</a><script src="a.js"></script>') == []


def test_search_finds_a_function_from_a_file(pages: list[Path], tmp_path: Path) -> None:
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip(f"NO BROWSER: search was NOT tried; install one of {', '.join(BROWSERS)}")
    page = (SITE / "search.html").as_uri() + "?q=lead_self_energies"

    done = subprocess.run(
        [browser, *QUIET, f"--user-data-dir={tmp_path}", "--dump-dom", page],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip

    assert "sekkei.transport.kernel.self_energy.lead_self_energies" in done.stdout
