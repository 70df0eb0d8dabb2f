"""What the pages on deployment name is there: values, files, secrets, services."""

import re
from typing import Any

from helm.values_model import ChartValues
from tests.deploy.conftest import ROOT, SCENARIOS, documents_of, render_files

PAGES = sorted((ROOT / "docs" / "how-to").glob("run-on-*.md"))
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
DEFAULTS = ChartValues().model_dump(by_alias=True)


def _has(path: str) -> bool:
    node: Any = DEFAULTS
    for name in path.split("."):
        if not isinstance(node, dict) or name not in node:
            return False
        node = node[name]
    return True


def test_every_value_that_a_page_names_exists() -> None:
    tops = "|".join(DEFAULTS)
    named = set(re.findall(rf"(?:`|--set(?:-file)? )((?:{tops})(?:\.\w+)+)", TEXT))

    assert len(named) > 10
    assert {path for path in named if not _has(path)} == set()


def test_every_file_that_a_page_names_exists() -> None:
    named = set(re.findall(r"\b((?:deploy|helm)/[\w./-]+)", TEXT)) - {"deploy/secrets"}

    assert {path for path in named if not (ROOT / path.rstrip(".")).exists()} == set()


def test_every_scenario_is_on_the_page() -> None:
    shown = set(re.findall(r"^\| `([\w-]+\.yaml)` \|", TEXT, re.MULTILINE))

    assert shown == {path.name for path in SCENARIOS}


def test_every_object_that_a_command_names_is_rendered() -> None:
    documents = documents_of(render_files({"ray": {"cluster": True}}))
    rendered = {f"{one['kind'].lower()}/{one['metadata']['name']}" for one in documents}
    rendered |= {"service/sekkei-ray-head-svc"}  # by KubeRay
    named = set(re.findall(r"\b((?:deployment|service)/sekkei[\w-]*)", TEXT))

    assert named
    assert named - rendered == set()


def test_every_secret_that_the_chart_wants_is_made_on_the_page() -> None:
    made = dict(re.findall(r"create secret generic (\S+) --from-\w+=(\w+)", TEXT))

    assert made == {
        DEFAULTS["ray"]["authSecret"]: "auth_token",
        DEFAULTS["objectStorage"]["existingSecret"]: "credentials",
        DEFAULTS["mlflow"]["databaseSecret"]: "uri",
    }
