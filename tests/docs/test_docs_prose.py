"""Pages are written for a reader in a hurry: short lines, one sentence each, no picture words."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FOLDERS = ("tutorials", "how-to", "explanations")
PROSE = sorted(
    [
        *(ROOT / name for name in ("README.md", "data/README.md", "docs/README.md")),
        *(page for folder in FOLDERS for page in (DOCS / folder).glob("*.md")),
    ]
)
PAGES = sorted([*PROSE, DOCS / "contributing.md", *(DOCS / "reference").glob("*.md")])
MOST_WORDS = 30
MOST_CHARACTERS = 220
MOST_ROWS = 10

# Each of these once stood for a thing that has a plain name: see the glossary.
PICTURES = re.compile(
    r"\b(crews?|parcels?|workshops?|laborator(?:y|ies)|patien(?:ce|t)|ledgers?|blamed?|hired?"
    r"|hears?|tells|told|roads?|doors?)\b",
    re.IGNORECASE,
)
_NOT_PROSE = re.compile(
    r"```.*?^\s*```|\$\$.*?\$\$|<!--.*?-->|^[ ]*\|[^\n]*$|^#[^\n]*$", re.DOTALL | re.MULTILINE
)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_CODE = re.compile(r"`[^`\n]+`")
_NUMBER = re.compile(r"^\d+\. ")
_JOURNAL = re.compile(r"\b(?:Phys|Rev|Lett)\. ")
_NEXT_SENTENCE = re.compile(r"(?<=[a-z0-9)*][.!?]) (?=[A-Z*])|(?<=CODE[.!?]) (?=[A-Z*])")


def lines(text: str) -> list[str]:
    """Return the prose of a page: no code, formula, table or heading; links are their words."""
    prose = _CODE.sub("CODE", _LINK.sub(r"\1", _NOT_PROSE.sub("", text)))
    return [_NUMBER.sub("", line.strip()) for line in prose.splitlines() if line.strip()]


def is_long(line: str) -> bool:
    return len(line) > MOST_CHARACTERS or len(line.split()) > MOST_WORDS


def has_two_sentences(line: str) -> bool:
    return _NEXT_SENTENCE.search(_JOURNAL.sub("", line)) is not None


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PROSE, ids=name)
def test_a_line_of_prose_is_short(page):
    assert [line for line in lines(page.read_text("utf-8")) if is_long(line)] == []


@pytest.mark.parametrize("page", PROSE, ids=name)
def test_a_line_of_prose_holds_one_sentence(page):
    assert [line for line in lines(page.read_text("utf-8")) if has_two_sentences(line)] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_uses_the_words_of_the_field(page):
    assert [line for line in lines(page.read_text("utf-8")) if PICTURES.search(line)] == []


@pytest.mark.parametrize("page", [p for p in PROSE if p.parent.name == "explanations"], ids=name)
def test_a_long_table_stands_in_the_reference(page):
    tables = re.findall(r"(?:^[ ]*\|[^\n]*\n)+", page.read_text("utf-8"), re.MULTILINE)

    assert [table for table in tables if table.count("\n") - 2 > MOST_ROWS] == []


def test_a_long_sentence_is_noticed_and_code_is_not():
    assert [is_long(line) for line in lines("word " * 31)] == [True]
    assert [is_long(line) for line in lines("`" + "word " * 31 + "` is short")] == [False]
    assert lines("| a | crew |\n# A crew\n```text\na crew\n```\n") == []
