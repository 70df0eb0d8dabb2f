"""Options that no one means end in one line."""

import pytest

from sekkei.cli.options import parse_options
from sekkei.errors import InvalidInputError
from sekkei.transport.plugins import make_labeler


@pytest.mark.parametrize(
    ("pair", "part"),
    [
        ("x=" + "9" * 5000, "an integer must have at most 100 digits, but has 5000"),
        ("x=2024-99-99", "'2024-99-99' is no date"),
        ("x=" + "[" * 1000, "must be YAML"),
        ("x={a: 1, a: 2}", "'a' is given twice"),
        ("x=\udcfc", "must be text in UTF-8"),
        ("x=" + "a" * 600_000, "YAML must have at most 500,000 characters"),
    ],
    ids=["digits", "date", "nesting", "twice", "no text", "size"],
)
def test_an_option_beyond_bounds_is_refused_in_one_short_line(pair, part) -> None:
    with pytest.raises(InvalidInputError, match="value of an option must be") as caught:
        parse_options([pair])

    assert part in caught.value.message
    assert len(caught.value.message) < 500


@pytest.mark.parametrize("labeler", ["tight-binding", "gpaw"])
@pytest.mark.parametrize("value", ["inf", ".inf", "nan", "1e400"])
def test_energies_without_an_end_are_refused(labeler, value) -> None:
    pytest.importorskip("gpaw")

    with pytest.raises(InvalidInputError, match="energy_range_ev: input should be a finite number"):
        make_labeler(labeler, **parse_options([f"energy_range_ev={value}"]))


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_chain_takes_nothing_but_finite_numbers(value) -> None:
    with pytest.raises(InvalidInputError, match="onsite must be a finite number in eV, but found"):
        make_labeler("chain", onsite=value)
