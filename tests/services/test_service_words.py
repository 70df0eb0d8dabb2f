"""How pages write values and names of columns."""

import pytest

from sekkei_service.pages.render import _column, _cpu_time


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (9.6e-05, "0.35 CPU seconds"),
        (0.0168, "1 CPU minute"),
        (0.25, "15 CPU minutes"),
        (1.0, "1 CPU hour"),
        (1234.0, "1,234 CPU hours"),
    ],
)
def test_the_time_of_a_campaign_is_told_in_a_unit_that_people_take(hours, told):
    assert _cpu_time(hours) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [("started_unix_s", "started"), ("error_g0", "error / G₀"), ("fraction_K", "fraction K")],
)
def test_a_column_is_told_in_words_with_its_unit(name, told):
    assert _column(name) == told
