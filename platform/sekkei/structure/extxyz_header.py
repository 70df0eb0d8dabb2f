"""What the header of an extxyz frame promises, looked at before memory is taken for it."""

import re

_PROPERTIES = re.compile(r'Properties\s*=\s*"?([^\s"]+)', re.IGNORECASE)
_COLUMNS = re.compile(r":[A-Za-z]+:(\d+)")
_MOST_DIGITS = 9


def columns_fault(header: str, row: str) -> str | None:
    """Tell that a header promises more columns than a row of its atoms has; None if it does not.

    Examples
    --------
    >>> columns_fault("Properties=species:S:1:pos:R:3:x:R:1000000000", "K 0 0 0 1")
    'its Properties promise 1,000,000,004 columns, but a row has 5'
    """
    found = _PROPERTIES.search(header)
    if found is None:
        return None
    counts = _COLUMNS.findall(found[1])
    n_column = sum(int(count[: _MOST_DIGITS + 1]) for count in counts)
    n_word = len(row.split())
    if n_column <= n_word:
        return None
    return f"its Properties promise {n_column:,} columns, but a row has {n_word}"
