"""The schema as a page for people: `docs/reference/lake.md` holds exactly this."""

from sekkei.lake.schema import ELEMENTS, SCHEMA, SCHEMA_VERSION, Column


def schema_markdown() -> str:
    """Return every table and column of a lake as Markdown."""
    lines = [f"Schema version {SCHEMA_VERSION}. Elements of a composition: {', '.join(ELEMENTS)}."]
    for table, found in SCHEMA.items():
        lines += ["", f"### {table}", "", "| column | type | unit | meaning |", "|---|---|---|---|"]
        lines += [_line(column) for column in found]
    return "\n".join(lines) + "\n"


def _line(column: Column) -> str:
    axes = f"[{', '.join(column.axis)}]" if column.axis else ""
    kind = f"key of {column.references}" if column.references else column.kind
    since = f" (since version {column.since})" if column.since > 1 else ""
    return f"| `{column.name}` | {kind}{axes} | {column.unit} | {column.description}{since} |"
