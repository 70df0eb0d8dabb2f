"""Each use of another library's internals stands in docs/reference/internals.md."""

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "platform" / "sekkei"
PAGE = ROOT / "docs" / "reference" / "internals.md"
ROW = re.compile(r"^\| `(?P<internal>[\w.]+)` \| `(?P<module>[\w/.]+)` \| \S", re.MULTILINE)
# Modules without an underscore that nobody promises.
KNOWN = re.compile(r"gpaw\.\w|ray\.(cluster_utils|autoscaler|scripts)\b|jaxtyping\._")
OUR_OWN = ("sekkei", "__future__")
# Keywords of Ray's functions, and the attributes that linters are told to allow.
PRIVATE_WORD = re.compile(r"_(node_ip_address|system_config|temp_dir)=|\"(_system_config)\"")
ALLOWED = re.compile(r"(\w+\._\w+)\b.*# noqa: SLF001")


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named = [name.name for name in node.names]
            # `from ray._private import worker` is of ray._private.worker, as far as anybody knows.
            private = any(part.startswith("_") for part in node.module.split("."))
            is_module = private and all(name.islower() for name in named)
            in_private = [f"{node.module}.{name}" for name in named] if is_module else []
            yield from in_private or [node.module]
            yield from (f"{node.module}.{name}" for name in named if name.startswith("_"))


def internals(text: str) -> set[str]:
    """Names of other libraries in a module that those libraries do not promise."""
    imports = {
        name
        for name in _imported(ast.parse(text))
        if name.split(".")[0] not in OUR_OWN
        and (KNOWN.match(name) or any(part.startswith("_") for part in name.split(".")))
    }
    loggers = set(re.findall(r"getLogger\(\"(\w+\._[\w.]+)\"\)", text))
    words = {f"_{a or b.removeprefix('_')}" for a, b in PRIVATE_WORD.findall(text)}
    return imports | loggers | words | set(ALLOWED.findall(text))


def _used() -> set[tuple[str, str]]:
    return {
        (name, str(path.relative_to(SOURCE if path.is_relative_to(SOURCE) else ROOT)))
        for path in [*SOURCE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
        if path != Path(__file__)
        for name in internals(path.read_text("utf-8"))
    }


def test_every_internal_in_use_is_listed_and_every_listed_one_is_used() -> None:
    used = {(n, m) for n, m in _used() if not m.startswith("tests/") or KNOWN.match(n)}
    listed = {(row["internal"], row["module"]) for row in ROW.finditer(PAGE.read_text("utf-8"))}

    assert len(used) > 30
    assert used - listed == set(), "add these rows to the page"
    assert {row for row in listed - used if not row[1].startswith("tests/")} == set()


def test_internals_are_recognised() -> None:
    assert internals("from ray._private import worker as w") == {"ray._private.worker"}
    assert internals("import gpaw\nfrom gpaw.new.density import Density") == {"gpaw.new.density"}
    assert internals("from torch import Tensor\nfrom sekkei.lake import _a") == set()
    assert internals("wfs._P_ani = None  # noqa: SLF001") == {"wfs._P_ani"}


def test_whose_internals_are_used_has_its_minor_version_capped() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needs = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    capped = [Requirement(line) for line in needs if re.match(r"(gpaw|ray)\b(?!-)", line)]

    assert len(capped) == 3
    for one in capped:
        (low,) = (s.version for s in one.specifier if s.operator == ">=")
        major, minor = (int(part) for part in low.split(".")[:2])
        assert one.specifier.contains(f"{major}.{minor}.9")
        assert not one.specifier.contains(f"{major}.{minor + 1}"), str(one)
