"""Each failure that the reference speaks of is held by a test that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "docs" / "reference" / "failures.md",
    ROOT / "docs" / "how-to" / "operate-the-service.md",
)
ROW = re.compile(
    r"^\| (?!what happened|what you see)[^|]+\|.*\| (?P<tests>[^|]+) \|$", re.MULTILINE
)
TEST = re.compile(r"`(test_\w+)`")


def _known() -> set[str]:
    texts = (path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"^ *def (test_\w+)", text, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_failure_of_the_documents_names_a_test_that_exists(page: Path) -> None:
    tables = page.read_text("utf-8").partition("## When something is wrong")
    rows = [row["tests"] for row in ROW.finditer(tables[2] or tables[0])]

    named = [TEST.findall(row) for row in rows]

    assert rows
    assert all(named), "each row must name its test"
    assert not {name for names in named for name in names} - _known()
