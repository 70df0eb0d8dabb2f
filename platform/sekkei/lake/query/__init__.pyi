from .filterable import Filterable, filterables, filterables_markdown
from .parse import parse_filter
from .selection import Query
from .tree import Filter

__all__ = [
    "Filter",
    "Filterable",
    "Query",
    "filterables",
    "filterables_markdown",
    "parse_filter",
]
