"""Filters that are longer than anyone means end in one line, within seconds."""

import time

import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake.query.parse import MOST_WORDS, parse_filter


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("(" * 1000 + "n_atom > 1" + ")" * 1000, "at most 50 parentheses .* has 1,000"),
        ("(" * 1000, "at most 50 parentheses .* has 1,000"),
        (" OR ".join(["n_atom > 1"] * 10_000), "at most 50,000 characters, but has 139,996"),
        (" OR ".join(["a>1"] * 1_000), "at most 2,000 names, signs and values, but has 3,999"),
        ('id = "' + "a" * 1_000_000 + '"', "at most 50,000 characters"),
        ("#" * 1_000, "at character 1"),
        ("n_atom > 1e999", "a number below 1e308"),
        ("elements LENGTH = " + "9" * 400, "a number below 1e308"),
        ("n_atom > " + "9" * 5000, "a number below 1e308"),
        ('id = "\udcfc"', "must be text in UTF-8"),
    ],
)
def test_a_filter_beyond_bounds_is_refused_in_one_line_at_once(text, part) -> None:
    started = time.monotonic()

    with pytest.raises(InvalidInputError, match=part) as caught:
        parse_filter(text)

    assert time.monotonic() - started < 5.0
    assert len(caught.value.message) < 600


def test_parentheses_within_bounds_are_read() -> None:
    assert parse_filter("(" * 50 + "n_atom > 1" + ")" * 50) == parse_filter("n_atom > 1")


def test_parentheses_in_a_text_are_none() -> None:
    assert parse_filter('engine = "' + "(" * 60 + '"')


@pytest.mark.slow
def test_the_longest_filter_takes_seconds() -> None:
    terms = " OR ".join(["n_atom > 1"] * (MOST_WORDS // 4))

    assert parse_filter(terms)
