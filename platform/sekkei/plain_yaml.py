"""YAML that people write: plain values only, each key once, and within bounds."""

from pathlib import Path
from typing import Any

import yaml

from sekkei.errors import InvalidInputError

MOST_BYTES = 500_000
"""Largest text that is read as YAML, in bytes."""

MOST_LEVELS = 32
"""Most lists and mappings inside one another."""

MOST_DIGITS = 100
"""Most characters of an integer."""

_MOST_VALUES = 250_000  # once anchors are written out; a text of the largest size has no more
_MOST_SHOWN = 60
_TAG = "tag:yaml.org,2002:"
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
# libyaml bounds the nesting by itself, and is ten times as fast as the other.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_text(path: Path) -> str:
    """Read a text file of a size that a person writes.

    Raises
    ------
    InvalidInputError
        If it is larger, or is not UTF-8; says at which line and column.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InvalidInputError(
            f"{path} must have at most {MOST_BYTES:,} bytes to be read as YAML, but has {size:,}; "
            "is it the right file? else split it"
        )
    data = path.read_bytes()
    for mark, name in _BOMS.items():
        if data.startswith(mark):
            raise InvalidInputError(f"{path} must be YAML in UTF-8, but is {name}; save it anew")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise InvalidInputError(
            f"{path}, line {line}: must be YAML in UTF-8, but byte {data[error.start]:#04x} at "
            f"column {column} is no such text; save the file as UTF-8",
            line=line,
        ) from error


def load_yaml(text: str) -> tuple[Any, yaml.Node | None]:
    """Read a text as plain values: numbers, texts, dates, lists, and mappings.

    Returns
    -------
    tuple
        The values, and the tree of nodes that they were made from, which knows their lines.

    Raises
    ------
    InvalidInputError
        If it is not YAML, gives a key twice, is nested too deeply, or grows beyond bounds by its
        anchors; ``facts["line"]`` is the line, counted from 1, where one is known.
    """
    if len(text) > MOST_BYTES:
        raise InvalidInputError(
            f"YAML must have at most {MOST_BYTES:,} characters, but has {len(text):,}"
        )
    try:
        loader = _Loader(text)
    except UnicodeEncodeError as error:  # a byte of the command line that is no text
        raise InvalidInputError(
            f"must be text in UTF-8, but holds {text[error.start]!r}"
        ) from error
    try:
        node = loader.get_single_node()
        if node is None:
            return None, None
        _Check(loader).size(node, 1)
        return loader.construct_document(node), node
    except (yaml.YAMLError, RecursionError) as error:  # the slower loader knows no bound
        mark = getattr(error, "problem_mark", None)
        line = {} if mark is None else {"line": mark.line + 1}
        said = _without_buffer(str(error)) or "it is nested too deeply"
        raise InvalidInputError(f"must be YAML, but: {said}", **line) from error
    finally:
        loader.dispose()


class _Check:
    """Looks at every node once, before a value is made of any."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._seen: dict[int, tuple[int, int]] = {}  # values and levels below a node

    def size(self, node: yaml.Node, level: int) -> tuple[int, int]:
        """Count the values and levels below a node as if anchors were written out."""
        n_value, n_level = self._seen.get(id(node), (0, 0))
        if level + n_level > MOST_LEVELS:
            raise _fault(node, f"must have at most {MOST_LEVELS} levels of lists and mappings")
        if n_value:
            return n_value, n_level
        n_value = 1
        for child in self._children(node):
            inner = self.size(child, level + 1)
            n_value, n_level = n_value + inner[0], max(n_level, inner[1] + 1)
            if n_value > _MOST_VALUES:
                raise _fault(node, f"must be at most {_MOST_VALUES:,} values with its anchors")
        self._seen[id(node)] = n_value, n_level
        return n_value, n_level

    def _children(self, node: yaml.Node) -> list[yaml.Node]:
        if isinstance(node, yaml.ScalarNode):
            self._check_scalar(node)
            return []
        plain = f"{_TAG}{'map' if isinstance(node, yaml.MappingNode) else 'seq'}"
        if node.tag != plain:
            raise _fault(node, f"must be a plain list or mapping, but has the tag {_short(node)}")
        if not isinstance(node, yaml.MappingNode):
            return list(node.value)
        self._check_keys(node)
        return [part for pair in node.value for part in pair]

    def _check_keys(self, node: yaml.MappingNode) -> None:
        lines: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _fault(key, "a key must be a text, but found a list or a mapping")
            named = (key.tag, key.value)
            if named in lines:
                shown, first = _cut(key.value), lines[named]
                raise _fault(key, f"{shown} is given twice, first in line {first}; keep one")
            lines[named] = key.start_mark.line + 1

    def _check_scalar(self, node: yaml.ScalarNode) -> None:
        kind = node.tag.removeprefix(_TAG)
        # A tag that is written out may promise what the text is not; a plain one never does.
        meant = self._loader.resolve(yaml.ScalarNode, node.value, (True, False))
        if kind != "str" and node.tag != meant and (kind, meant) != ("float", f"{_TAG}int"):
            raise _fault(node, f"{_cut(node.value)} is no {_short(node)}; leave the tag out")
        if kind == "int" and len(node.value) > MOST_DIGITS:
            raise _fault(
                node,
                f"an integer must have at most {MOST_DIGITS} digits, but has {len(node.value)}",
            )
        if kind == "timestamp":
            try:
                self._loader.construct_yaml_timestamp(node)
            except (ValueError, OverflowError) as error:  # of the 99th month
                raise _fault(node, f"{_cut(node.value)} is no date: {error}") from error


def _fault(node: yaml.Node, message: str) -> InvalidInputError:
    return InvalidInputError(message, line=node.start_mark.line + 1)


def _short(node: yaml.Node) -> str:
    return str(node.tag).replace(_TAG, "!!")[:_MOST_SHOWN]


def _cut(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…")


def _without_buffer(said: str) -> str:
    # Both loaders quote lines of the text, which may be long.
    found = " ".join(said.split())
    return found if len(found) <= 4 * _MOST_SHOWN else f"{found[: 4 * _MOST_SHOWN]}…"
