"""Statements of equivalence keep the error rate that they name."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.observe import (
    EquivalenceSpec,
    HistogramSpec,
    PeakSpec,
    Trace,
    conductance_histogram,
    draw_peaks,
    measured_histogram,
    peak_equivalence,
    with_series_resistance,
)

POTASSIUM = measured_histogram("K")
AT = np.array(POTASSIUM.peaks)
MARGINS = np.array(POTASSIUM.tolerances)
FEW = PeakSpec(n_resample=300)


def _histogram(positions, n_experiment=60, seed=0, per=8, upper=7.0):
    """Each experiment has peaks of its own, 0.1 G0 about the true ones."""
    rng = np.random.default_rng(seed)
    traces = []
    for i in range(n_experiment):
        own = np.asarray(positions) + rng.normal(0.0, 0.1, len(positions))
        values = np.abs(rng.normal(np.repeat(own, per), 0.12))
        along = np.arange(values.size, dtype=float)
        traces.append(Trace(f"e{i:03d}", 0, "pull", along, values, np.zeros_like(values)))
    return conductance_histogram(traces, HistogramSpec(weighting="snapshot", upper=upper))


def _draws(positions, **of):
    return draw_peaks(
        _histogram(positions, **of), np.random.default_rng(7 + of.get("seed", 0)), FEW
    )


def _statements(found) -> list[str]:
    return [row.statement for row in found.rows]


def test_peaks_where_they_were_measured_are_equivalent() -> None:
    found = peak_equivalence(_draws(AT), POTASSIUM)

    assert _statements(found) == ["equivalent"] * 4
    assert found.statement == "equivalent"
    assert found.series_resistance_ohm is None
    for row in found.rows:
        assert row.interval_g0 is not None
        assert -row.margin_g0 < row.interval_g0[0] <= row.interval_g0[1] < row.margin_g0


def test_peaks_far_beyond_the_margins_are_different() -> None:
    # Farther than half a G0 a peak would be another one.
    elsewhere = AT + np.array([0.25, -0.4, -0.45, 0.45])

    found = peak_equivalence(_draws(elsewhere), POTASSIUM)

    assert _statements(found) == ["different"] * 4
    assert found.statement == "different"


def test_a_peak_at_its_margin_is_undecided_and_so_are_all() -> None:
    found = peak_equivalence(_draws(AT + MARGINS * [1, 0, 0, 0]), POTASSIUM)

    assert _statements(found) == ["undecided", "equivalent", "equivalent", "equivalent"]
    assert found.statement == "undecided"


def test_a_missing_peak_is_not_equivalent() -> None:
    found = peak_equivalence(_draws([1.0, 2.95, 5.8]), POTASSIUM)

    by_nominal = {row.nominal: row for row in found.rows}
    assert by_nominal[5].statement == "different"
    assert by_nominal[5].presence < 0.05
    assert found.statement == "different"


@pytest.mark.slow
@pytest.mark.physics
def test_a_peak_exactly_at_its_margin_is_called_equivalent_as_rarely_as_said() -> None:
    # The worst case of the null hypothesis: 5 % is said. Of 4 x 100 statements 20 are expected,
    # 36 are four standard deviations more.
    at_margin = AT + MARGINS * [1, 1, -1, 1]
    statements = []
    for seed in range(100):
        histogram = _draws(at_margin, seed=seed)
        found = peak_equivalence(histogram, POTASSIUM)
        statements += _statements(found)

    assert statements.count("equivalent") <= 36
    assert statements.count("different") <= 36


def test_few_experiments_decide_nothing() -> None:
    found = peak_equivalence(_draws(AT, n_experiment=9), POTASSIUM)

    assert _statements(found) == ["undecided"] * 4
    assert found.statement == "undecided"


def test_a_peak_where_pulls_start_is_undecided() -> None:
    found = peak_equivalence(_draws(AT), POTASSIUM, n_channel=6)

    assert _statements(found) == ["equivalent"] * 3 + ["undecided"]


def test_a_series_resistance_is_fitted_before_comparing() -> None:
    # Contacts that would be measured where potassium was, behind 300 ohm.
    bare = with_series_resistance(AT, -300.0)
    histogram = _draws(bare, upper=8.0)
    fitted = EquivalenceSpec(with_series_resistance=True)

    without = peak_equivalence(histogram, POTASSIUM)
    found = peak_equivalence(histogram, POTASSIUM, fitted)

    assert bare[2] == pytest.approx(5.53, abs=0.01)  # nearer to 6 than to 5
    assert without.statement != "equivalent"
    assert found.statement == "equivalent"
    assert found.series_resistance_ohm == pytest.approx(300.0, abs=20.0)


def test_a_measurement_of_ones_own_is_resampled_too() -> None:
    ours, theirs = _draws(AT, seed=1), _draws(AT, n_experiment=30, seed=2)

    published = peak_equivalence(ours, POTASSIUM)
    own = peak_equivalence(ours, theirs)
    moved = with_series_resistance(AT, 200.0)
    behind = peak_equivalence(
        ours,
        _draws(moved, seed=3),
        EquivalenceSpec(with_series_resistance=True),
    )

    assert own.statement == "equivalent"
    widths = [np.ptp(found.rows[1].interval_g0) for found in (published, own)]
    assert widths[1] > widths[0]  # two scatters instead of one
    assert behind.series_resistance_ohm == pytest.approx(200.0, abs=30.0)
    assert behind.statement == "equivalent"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (EquivalenceSpec(margins=(0.1,)), r"a positive margin, but found peaks \(1, 3, 5, 6\)"),
        (EquivalenceSpec(margins=(0.1, 0.2, 0.3, 0.0)), r"a positive margin"),
        (EquivalenceSpec(level=0.5), r"between 0 and 0.5, but found 0.5"),
        (EquivalenceSpec(nominal=(1, 2), margins=(0.1, 0.1)), r"on K must have .* none at \[2\]"),
    ],
    ids=["too-few", "zero", "level", "no-such-peak"],
)
def test_a_test_that_cannot_be_is_told(spec, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        peak_equivalence(_draws(AT), POTASSIUM, spec)


def test_both_sides_have_equally_many_resamples() -> None:
    fewer = draw_peaks(_histogram(AT), np.random.default_rng(0), PeakSpec(n_resample=10))

    with pytest.raises(InvalidInputError, match="equally many resamples, but found 300 and 10"):
        peak_equivalence(_draws(AT), fewer)


def test_equal_seeds_give_equal_statements() -> None:
    first, again = (peak_equivalence(_draws(AT), POTASSIUM) for _ in range(2))

    assert first == again
    assert replace(first, level=0.1) != again
