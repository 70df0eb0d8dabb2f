"""What stands in the repository: documents, decisions, tests, and nothing of one machine."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
DOCUMENTS = sorted([README, *(ROOT / "docs").rglob("*.md")])
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

# Images of containers have absolute paths of their own, in deploy/ and helm/.
MACHINE_PATH = re.compile(r"(?<![\w.\-/])/(?:home|root|tmp|work|Users)/\w")


def _tracked_texts() -> dict[str, str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git repository: nothing says which files belong to it")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    # A file that was removed and not yet committed is still listed.
    names = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return {name: (ROOT / name).read_text("utf-8", errors="ignore") for name in names}


def test_no_file_names_a_path_of_one_machine() -> None:
    texts = _tracked_texts()
    found = {
        name: MACHINE_PATH.findall(text)
        for name, text in texts.items()
        if not name.startswith(("deploy/", "helm/")) and MACHINE_PATH.search(text)
    }

    assert len(texts) > 100
    assert found == {}


def test_the_pattern_for_machine_paths_finds_one() -> None:
    assert MACHINE_PATH.search("see " + "/".join(["", "home", "ada", "data"]))
    assert not MACHINE_PATH.search("docs/home/page.md, https://example.org/home/page")


def test_the_readme_fits_on_two_screens() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 120


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        (path.name, target)
        for path in DOCUMENTS
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", path.read_text("utf-8"), re.MULTILINE)
    }

    assert {(name, target) for name, target in named if target not in targets} == set()


def test_every_relative_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"(?<!\!)\[[^\]]+\]\(([^)#\s]+)[^)]*\)", path.read_text("utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]

    assert broken == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_date_and_its_four_parts(path: Path) -> None:
    text = path.read_text("utf-8")

    assert re.match(rf"# {path.name[:4]} \S.*\n\n\d{{4}}-\d\d-\d\d · \w+", text)
    for part in ("Context.", "Decision.", "Consequences.", "Considered and not taken."):
        assert f"**{part}**" in text, part


def test_decisions_are_numbered_without_gap_or_repetition() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]

    assert numbers == list(range(1, len(numbers) + 1))


def test_test_files_have_names_of_their_own_and_are_no_packages() -> None:
    names = Counter(path.name for path in TESTS)

    assert [name for name, n in names.items() if n > 1] == []
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_every_test_file_claims_something() -> None:
    silent = [
        path.name
        for path in TESTS
        if not re.search(r"\bassert|\braises\(|Laws\)", path.read_text("utf-8"))
    ]

    assert silent == []
