"""Columns of numbers in a text, as instruments write them."""

import io
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from sekkei.errors import InvalidInputError

Decimal = Literal["point", "comma"]

_LOOKED_AT = 300
"""Lines of numbers from which the form of a text is seen."""

_TEXT_LINE = re.compile(
    r"^(?![ \t]*[\"']?[+-]?(?:[.,]?\d|nan\b|inf\b)).*(?:\n|\Z)", re.IGNORECASE | re.MULTILINE
)
"""Comments, headings and empty lines: all that does not begin with a number."""

_ENDS = re.compile(r"^[ \t]+|[ \t;,]+$", re.MULTILINE)
"""White space before a line, and separators after which nothing comes."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:nan|inf)", re.IGNORECASE)

_SEPARATING_COMMA = re.compile(r",\s|e[+-]?\d+,|nan,", re.IGNORECASE)
"""A comma that no decimals can follow, or that follows an exponent."""


def read_columns(file: Path, data: bytes, decimal: Decimal | None = None) -> dict[str, np.ndarray]:
    """Read the columns of a text.

    Lines that do not begin with a number are comments and headings, wherever they stand. Columns
    are separated by tabs, semicolons, commas or white space. What is no number within a line
    becomes NaN.

    Parameters
    ----------
    file
        For messages.
    data
        Its content, in any encoding that keeps ASCII, or UTF-16 with its mark.
    decimal
        What stands before decimals; seen from the text if absent, where that is plain.

    Returns
    -------
    dict
        Name to values, in order. Names stand in the last heading if it has one for each column;
        otherwise, and in any case for those that stand there twice, they are numbers from 1.

    Raises
    ------
    InvalidInputError
        If there are no numbers, a line has more of them than the others, or it is not plain
        whether a comma separates columns or decimals.
    """
    text = _decoded(data)
    body = _ENDS.sub("", _TEXT_LINE.sub("", text))
    lines = _first_lines(body)
    if not lines:
        raise InvalidInputError(f"{file.name} must hold numbers, but no line begins with one")
    separator, sign = _form(file, lines, decimal)
    fields = [_split(line, separator) for line in lines]
    n_column = Counter(len(row) for row in fields).most_common(1)[0][0]
    # A heading may begin with a number: a date, a count, a sampling rate.
    n_heading = next(
        (i for i, row in enumerate(fields) if len(row) == n_column and _is_number(row[0], sign)),
        len(fields),
    )
    table = _parsed(file, body, (separator, sign), n_column, n_heading)
    return _named(table, _heading(text, separator, n_column))


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:  # numbers are ASCII in every code page; only words suffer
        return data.decode("latin-1")


def _first_lines(body: str) -> list[str]:
    found: list[str] = []
    start = 0
    while len(found) < _LOOKED_AT and start < len(body):
        end = body.find("\n", start)
        end = len(body) if end < 0 else end
        found.append(body[start:end].strip())
        start = end + 1
    return [line for line in found if line]


def _form(file: Path, lines: Sequence[str], decimal: Decimal | None) -> tuple[str | None, Decimal]:
    """Separator (``None`` for white space) and decimal sign."""
    has_comma, has_point = (any(sign in line for line in lines) for sign in ",.")
    for separator in ("\t", ";"):
        if _is_common(separator, lines):
            return separator, decimal or _sign(file, has_comma=has_comma, has_point=has_point)
    if not has_comma:
        return None, "point"
    if decimal == "point" or any(_SEPARATING_COMMA.search(line) for line in lines):
        return ",", "point"
    if decimal == "comma" or _is_common(" ", lines):
        return None, decimal or _sign(file, has_comma=True, has_point=has_point)
    if has_point:
        return ",", "point"
    raise InvalidInputError(
        f"it must be plain whether a comma separates columns or decimals, but {file.name} has "
        f"lines such as {lines[0][:40]!r}; try --decimal comma or --decimal point"
    )


def _is_common(separator: str, lines: Sequence[str]) -> bool:
    return sum(separator in line for line in lines) > len(lines) / 2


def _sign(file: Path, *, has_comma: bool, has_point: bool) -> Decimal:
    if has_comma and has_point:
        raise InvalidInputError(
            f"decimals must begin with a point or with a comma, but {file.name} has both; try "
            "--decimal comma or --decimal point"
        )
    return "comma" if has_comma else "point"


def _split(line: str, separator: str | None) -> list[str]:
    return [field.strip().strip("\"'") for field in line.split(separator)]


def _is_number(field: str, sign: Decimal) -> bool:
    text = field.replace(",", ".") if sign == "comma" else field
    return _NUMBER.fullmatch(text) is not None


def _parsed(
    file: Path, body: str, form: tuple[str | None, Decimal], n_column: int, n_heading: int
) -> pd.DataFrame:
    separator, sign = form
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # that a column is lost
            table = pd.read_csv(
                io.BytesIO(body.encode()),  # a StringIO takes four bytes for each letter
                sep=separator or r"\s+",
                decimal="," if sign == "comma" else ".",
                header=None,
                names=range(n_column),
                index_col=False,
                skiprows=n_heading,
                skipinitialspace=True,
                low_memory=False,
                on_bad_lines="error",
            )
    except pd.errors.EmptyDataError as error:
        raise InvalidInputError(f"{file.name} must hold lines of numbers, but has none") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        reason = str(error).rpartition("C error: ")[2].strip()
        raise InvalidInputError(
            f"the lines of {file.name} must have {n_column} columns, but: {reason}; mend that line"
        ) from error
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            words = table[name].astype(str)
            words = words.str.replace(",", ".") if sign == "comma" else words
            table[name] = pd.to_numeric(words, errors="coerce")
    return table


def _heading(text: str, separator: str | None, n_column: int) -> list[str]:
    """Names in the last line before the first number, if they are as many as the columns."""
    last = ""
    for line in text.splitlines()[:_LOOKED_AT]:
        if not line.strip():
            continue
        if not _TEXT_LINE.fullmatch(line):
            break
        last = line
    names = _split(last.strip().lstrip("#%! "), separator)
    return names if len(names) == n_column else []


def _named(table: pd.DataFrame, names: Sequence[str]) -> dict[str, np.ndarray]:
    unique = {i: name for i, name in enumerate(names) if list(names).count(name) == 1}
    return {
        unique.get(int(i), str(int(i) + 1)): table[i].to_numpy(dtype=np.float64)
        for i in table.columns
    }
