import numpy as np
import pytest

from sekkei.observe import (
    HistogramSpec,
    PeakSpec,
    compare_with_measured,
    conductance_histogram,
    cylinder_steps,
    cylinder_thresholds,
    dip_ratio,
    fit_series_resistance,
    histogram_peaks,
    measured_histogram,
    summary_sentence,
    traces_from_columns,
    with_series_resistance,
)
from sekkei.observe.peaks import resampled_counts

BY_SNAPSHOT = HistogramSpec(weighting="snapshot")


def _histogram(samples, *, spec=BY_SNAPSHOT):
    """Histogram experiments, one array of conductances each."""
    n = [len(sample) for sample in samples]
    keys = np.repeat([f"e{i:03d}" for i in range(len(samples))], n)
    displacements = np.concatenate([np.arange(k, dtype=float) for k in n])
    return conductance_histogram(
        traces_from_columns(
            keys, np.zeros(sum(n), int), ["pull"] * sum(n), displacements, np.concatenate(samples)
        ),
        spec,
    )


def _potassium_like(n_experiment=20, seed=0):
    rng = np.random.default_rng(seed)
    centers = np.repeat([0.0, 1.0, 3.0, 5.0, 5.9], 12)
    return _histogram([np.abs(rng.normal(centers, 0.12)) for _ in range(n_experiment)])


def test_peaks_of_a_mixture_are_found_within_a_bin() -> None:
    rng = np.random.default_rng(1)
    truth = [1.02, 2.93, 5.11]
    samples = [rng.normal(np.repeat(truth, 40), 0.15) for _ in range(20)]

    peaks = histogram_peaks(_histogram(samples), np.random.default_rng(2))

    # 800 values each: the mean is known to 0.005, the mode of smoothed counts to about a bin.
    assert [p.position for p in peaks] == pytest.approx(truth, abs=0.05)
    assert all(p.support == 1.0 for p in peaks)
    assert all(p.interval[0] <= p.position <= p.interval[1] for p in peaks if p.interval)


def test_the_broken_contact_is_no_peak() -> None:
    histogram = _histogram([np.array([0.05, 0.1, 0.1, 0.15, 1.0])] * 3)

    peaks = histogram_peaks(histogram, np.random.default_rng(0))

    # 1.0 lies in the bin from 1.0 to 1.05.
    assert [p.position for p in peaks] == pytest.approx([1.025])


def test_one_experiment_has_no_interval() -> None:
    (peak,) = histogram_peaks(_histogram([np.full(9, 1.0)]), np.random.default_rng(0))

    assert peak.interval is None


def test_resampling_experiments_admits_more_doubt_than_resampling_snapshots() -> None:
    # Each experiment has its own plateau: its 30 snapshots are hardly more than one.
    rng = np.random.default_rng(3)
    samples = [rng.normal(1.0 + rng.normal(0.0, 0.1), 0.02, 30) for _ in range(12)]
    by_experiment = _histogram(samples)
    by_snapshot = _histogram([np.array([value]) for sample in samples for value in sample])

    widths = []
    for histogram in (by_experiment, by_snapshot):
        (peak,) = histogram_peaks(histogram, np.random.default_rng(4), PeakSpec(bandwidth=0.2))
        assert peak.interval is not None
        widths.append(peak.interval[1] - peak.interval[0])

    # The mean over 12 plateaus is sqrt(30) less certain than that over 360 independent values.
    assert widths[0] > 2.0 * widths[1]


def test_equal_seeds_give_equal_intervals() -> None:
    histogram = _potassium_like()

    first, second = (histogram_peaks(histogram, np.random.default_rng(5)) for _ in range(2))

    assert first == second


def test_a_resample_has_as_many_experiments_as_there_are() -> None:
    histogram = _histogram([np.full(4, 1.0)] * 6)

    resampled = resampled_counts(histogram, np.random.default_rng(0), PeakSpec(n_resample=50))

    assert resampled.shape == (50, 140)
    np.testing.assert_allclose(resampled.sum(axis=1), 24.0, rtol=1e-9)


def test_a_dip_is_told_from_a_slope_and_from_a_peak() -> None:
    centers = np.array([0.5, 1.0, 1.5, 2.0, 2.5, 3.0])

    assert dip_ratio(np.array([0.0, 4.0, 1.0, 1.0, 1.0, 2.0]), centers, 2.0) == 0.5
    assert dip_ratio(np.array([6.0, 5.0, 4.0, 3.0, 2.0, 1.0]), centers, 2.0) == 1.5
    assert dip_ratio(np.array([1.0, 1.0, 1.0, 3.0, 1.0, 1.0]), centers, 2.0) == 3.0


def test_a_potassium_like_histogram_agrees_with_the_measured_one() -> None:
    rows = compare_with_measured(
        _potassium_like(), measured_histogram("K"), np.random.default_rng(0)
    )

    assert [(row.nominal, row.verdict, row.agrees) for row in rows] == [
        (1, "found", True),
        (2, "not found", True),
        (3, "found", True),
        (4, "not found", True),
        (5, "found", True),
        (6, "found", True),
    ]
    assert summary_sentence(rows) == "6 of 6 statements of the experiment are borne out."


def test_a_peak_where_none_was_measured_disagrees() -> None:
    rng = np.random.default_rng(0)
    samples = [rng.normal(np.repeat([1.0, 2.0, 3.0], 12), 0.12) for _ in range(20)]

    rows = compare_with_measured(_histogram(samples), measured_histogram("K"), rng)

    assert [(r.verdict, r.agrees) for r in rows if r.nominal == 2] == [("found", False)]
    assert [(r.verdict, r.agrees) for r in rows if r.nominal == 5] == [("too few data", None)]


def test_a_bump_in_the_right_place_that_is_too_faint_says_why_it_does_not_count() -> None:
    rows = compare_with_measured(
        _potassium_like(),
        measured_histogram("K"),
        np.random.default_rng(0),
        peak_spec=PeakSpec(significance=1e6),
    )

    first = rows[0]
    assert (first.nominal, first.verdict) == (1, "not found")
    assert first.remark.startswith("noise makes such a bump (significance ")


def test_few_experiments_decide_nothing() -> None:
    rows = compare_with_measured(
        _potassium_like(n_experiment=9), measured_histogram("K"), np.random.default_rng(0)
    )

    assert {row.verdict for row in rows} == {"too few data"}
    assert summary_sentence(rows).startswith("Too few data to decide any of the 6")


def test_a_peak_at_the_number_of_channels_is_where_pulls_start() -> None:
    rows = compare_with_measured(
        _potassium_like(), measured_histogram("K"), np.random.default_rng(0), n_channel=6
    )

    assert rows[-1].verdict == "too few data"
    assert "pulls start here" in rows[-1].remark


def test_peaks_are_moved_by_a_series_resistance_before_comparing() -> None:
    histogram = _potassium_like()

    (bare, seen) = (
        compare_with_measured(
            histogram,
            measured_histogram("K"),
            np.random.default_rng(0),
            series_resistance_ohm=ohm,
        )
        for ohm in (0.0, 300.0)
    )

    assert bare[2].ours_g0 is not None
    assert seen[2].ours_g0 == pytest.approx(
        float(with_series_resistance(np.array(bare[2].ours_g0), 300.0))
    )


def test_an_element_without_measurement_is_refused() -> None:
    with pytest.raises(ValueError, match="known for Li, Na, K, Rb, Cs, but not for 'Fr'"):
        measured_histogram("Fr")


@pytest.mark.physics
def test_a_series_resistance_of_300_ohm_moves_integers_as_published() -> None:
    seen = with_series_resistance(np.array([1.0, 3.0, 5.0, 6.0]), 300.0)

    # 1 / (1 + 300 / 12906.4) and so on, by hand.
    np.testing.assert_allclose(seen, [0.977, 2.804, 4.479, 5.266], atol=5e-4)
    assert fit_series_resistance(np.array([1.0, 3.0, 5.0, 6.0]), seen) == pytest.approx(300.0)


@pytest.mark.physics
def test_the_measured_peaks_of_potassium_ask_for_a_small_resistance() -> None:
    measured = measured_histogram("K")

    ohm = fit_series_resistance(
        np.array(measured.nominal, float), np.array(measured.peaks), np.array(measured.tolerances)
    )

    # 12906.4 ohm times (1/2.95 - 1/3), (1/4.9 - 1/5), (1/5.8 - 1/6) is 73, 53 and 74.
    assert 50.0 < ohm < 80.0


@pytest.mark.physics
def test_free_electrons_in_a_cylinder_make_steps_at_1_3_5_6_and_none_at_2_and_4() -> None:
    assert cylinder_steps(23.0) == (1, 3, 5, 6, 8, 10, 12, 14, 15, 17, 19, 21, 23)


@pytest.mark.physics
def test_modes_of_a_cylinder_open_at_the_zeros_of_the_bessel_functions() -> None:
    # Abramowitz and Stegun, table 9.5.
    expected = [2.4048, 3.8317, 3.8317, 5.1356, 5.1356, 5.5201, 6.3802, 6.3802, 7.0156, 7.0156]

    np.testing.assert_allclose(cylinder_thresholds(10), expected, atol=5e-5)
