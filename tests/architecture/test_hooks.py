"""The hooks of pre-commit run what is installed, and fetch nothing."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
STEPS = (ROOT / ".ci" / "run").read_text("utf-8")


def test_every_hook_is_local() -> None:
    assert [repo["repo"] for repo in HOOKS] == ["local"]
    assert {hook["language"] for hook in HOOKS[0]["hooks"]} == {"system", "fail"}


def test_ci_runs_the_guards_and_builds_the_documents() -> None:
    marked = [
        path.name
        for path in (ROOT / "tests").rglob("test_*.py")
        if "mark.guard" in path.read_text("utf-8") and path != Path(__file__)
    ]
    markers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert "make test-guard" in STEPS
    assert "make docs-site" in STEPS
    assert "test_packages.py" in marked  # science loads no orchestration
    assert "test_dft_labels.py" in marked  # the laws of a labeler, by GPAW
    assert any(m.startswith("guard:") for m in markers["tool"]["pytest"]["ini_options"]["markers"])
