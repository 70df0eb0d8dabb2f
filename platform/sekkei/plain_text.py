"""Text of others, made harmless where it goes out: to a terminal, or into a spreadsheet."""

import re

# What moves the cursor, sets colours or titles, turns the direction of writing, or is no text.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_ONE_LINE = re.compile(r"[\t\n]+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    """Replace every control character but tabs and ends of lines by U+FFFD."""
    return text if text.isprintable() else _CONTROL.sub("\ufffd", text)


def on_one_line(text: str) -> str:
    """Replace every control character; tabs and ends of lines become a space."""
    return text if text.isprintable() else _ONE_LINE.sub(" ", printable(text))


def escaped(json: str) -> str:
    r"""Write control characters of a JSON text as ``\u009b``: the same JSON, harmless to print."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", json)


def csv_cell(value: object) -> object:
    """Put an apostrophe in front of a text that a spreadsheet would run as a formula.

    Examples
    --------
    >>> csv_cell("=1+1"), csv_cell("-0.5"), csv_cell(-0.5)
    ("'=1+1", '-0.5', -0.5)
    """
    if not (isinstance(value, str) and value.startswith(_FORMULA)):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
