"""Every package has a face: names that people may rely on, listed in one page.

Run as a program, this file writes that page anew: python tests/architecture/test_faces.py
"""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "platform"
PAGE = ROOT / "docs" / "reference" / "public-names.md"
PACKAGES = sorted(
    ".".join(path.parent.relative_to(SOURCE).parts)
    for path in SOURCE.rglob("__init__.py")
    if path.parent.name != "sekkei"
)


def _face(package: str) -> list[str]:
    return list(importlib.import_module(package).__all__)


def _page() -> str:
    lines = [
        "# Public names",
        "",
        "What each package offers under its own name, such as `from sekkei.lake import Lake`.",
        "A name loads its module when it is first asked for.",
        "Names that are not listed may change without notice.",
    ]
    for package in PACKAGES:
        module = importlib.import_module(package)
        lines += ["", f"## {package}", "", str(module.__doc__).splitlines()[0], ""]
        lines += [f"- `{name}`" for name in _face(package)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_of_a_face_is_there_and_none_is_a_module(package: str) -> None:
    names = _face(package)
    module = importlib.import_module(package)
    modules = {path.stem for path in Path(str(module.__file__)).parent.iterdir()}

    assert names
    assert len(set(names)) == len(names)
    assert [name for name in names if not hasattr(module, name)] == []
    # A module of the same name would take its place as soon as it is imported.
    assert modules & set(names) == set()


def test_the_page_of_public_names_is_what_the_packages_offer() -> None:
    assert PAGE.read_text("utf-8") == _page()


if __name__ == "__main__":
    PAGE.write_text(_page(), "utf-8")
