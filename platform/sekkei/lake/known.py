"""Keys that a lake holds, while nobody else can add to it."""

from collections.abc import Iterable, Sequence

from sekkei.lake.column_reader import ColumnReader


class KnownKeys:
    """Those of one state, 12 bytes per row, and those that were added since."""

    def __init__(self, reader: ColumnReader) -> None:
        self._reader = reader
        self._added: dict[str, set[str]] = {}

    def has(self, table: str, keys: Sequence[str]) -> list[bool]:
        """Say of keys which of them a table has."""
        added = self._added.get(table, set())
        before = self._reader.holds(table, keys)
        return [one or key in added for key, one in zip(keys, before, strict=True)]

    def add(self, table: str, keys: Iterable[str]) -> None:
        """Remember keys of rows that were committed."""
        self._added.setdefault(table, set()).update(keys)
