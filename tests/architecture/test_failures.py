"""Each failure that the reference speaks of is held by a test that exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "failures.md"
ROW = re.compile(r"^\| (?!what happened)[^|]+\|.*\| (?P<tests>[^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(test_\w+)`")


def _known() -> set[str]:
    texts = (path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"^ *def (test_\w+)", text, re.MULTILINE)}


def test_every_failure_of_the_reference_names_a_test_that_exists() -> None:
    rows = [row["tests"] for row in ROW.finditer(PAGE.read_text("utf-8"))]

    named = [TEST.findall(row) for row in rows]

    assert rows
    assert all(named), "each row must name its test"
    assert not {name for names in named for name in names} - _known()
