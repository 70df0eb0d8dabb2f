"""Statistics of traces, each on made-up traces whose answer is known."""

from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.observe import (
    CorrelationSpec,
    HistogramSpec,
    LogHistogramSpec,
    PeakSpec,
    PlateauSpec,
    Source,
    Trace,
    absence_table,
    conductance_histogram,
    correlation_histogram,
    density_band,
    histogram_peaks,
    is_wiggle,
    level_contribution,
    log_histogram,
    plateau_table,
    sampling_contribution,
    source_distances,
)

BY_SNAPSHOT = HistogramSpec(weighting="snapshot")
FEW = PeakSpec(n_resample=200)


def _trace(values, experiment="a", cycle=0, stage="pull", along=None) -> Trace:
    values = np.array(values, float)
    along = np.arange(values.size, dtype=float) if along is None else np.array(along, float)
    return Trace(experiment, cycle, stage, along, values, np.zeros_like(values))


def _staircase(lengths, levels=(5.0, 3.0, 1.0, 0.0), **of) -> Trace:
    """Plateaus sampled every 0.1 angstrom, `lengths` in angstrom."""
    n = [round(10 * length) for length in lengths]
    return _trace(np.repeat(levels, n), along=0.1 * np.arange(sum(n)), **of)


def _histogram(samples):
    return conductance_histogram(
        [_trace(values, f"e{i:03d}") for i, values in enumerate(samples)], BY_SNAPSHOT
    )


def test_plateaus_have_the_lengths_that_they_were_given() -> None:
    traces = [_staircase((2.0, 3.0, 1.5, 1.0), experiment=f"e{i}") for i in range(5)]

    rows = plateau_table(traces, np.random.default_rng(0), PlateauSpec(nominal=(1, 2, 3)))

    assert [row.nominal for row in rows] == [1, 2, 3]
    # Between two snapshots each has half: a plateau inside a trace keeps its length.
    assert [row.mean_angstrom for row in rows] == pytest.approx([1.5, 0.0, 3.0])
    assert [row.n_present for row in rows] == [5, 0, 5]
    assert rows[0].interval_angstrom == pytest.approx((1.5, 1.5))
    assert np.isnan(rows[1].median_angstrom)


def test_an_absent_plateau_counts_in_the_mean_and_not_in_the_median() -> None:
    traces = [_staircase((2.0, 3.0, length, 1.0), experiment=str(length)) for length in (0, 2, 4)]

    (row,) = plateau_table(traces, np.random.default_rng(0), PlateauSpec(nominal=(1,)))

    assert (row.n_trace, row.n_present) == (3, 2)
    assert row.mean_angstrom == pytest.approx(2.0)
    assert row.median_angstrom == pytest.approx(3.0)


def test_plateaus_need_a_trace() -> None:
    with pytest.raises(InvalidInputError, match="need a trace or more, but found none"):
        plateau_table([], np.random.default_rng(0))


def test_plateaus_at_each_others_expense_are_anticorrelated() -> None:
    # 5 angstrom are shared between 3 and 1 G0; 5 G0 has a length of its own.
    rng = np.random.default_rng(0)
    shares = rng.uniform(1.0, 4.0, 400)
    traces = [
        _staircase((rng.uniform(1.0, 4.0), s, 5.0 - s, 1.0), experiment=f"e{i}")
        for i, s in enumerate(shares)
    ]

    found = correlation_histogram(traces)

    at = np.searchsorted(found.edges, [1.05, 3.05, 5.05]) - 1
    between = found.coefficients[np.ix_(at, at)]
    np.testing.assert_allclose(np.diag(between), 1.0)
    # Lengths are rounded to a tenth of an angstrom, a thirtieth of their scatter.
    assert between[0, 1] == pytest.approx(-1.0, abs=0.01)
    assert abs(between[0, 2]) < 4.0 * found.noise
    assert found.noise == pytest.approx(0.05)
    np.testing.assert_allclose(found.coefficients, found.coefficients.T)
    assert np.isnan(found.coefficients[at[0], 20])  # nothing is ever at 2 G0


def test_a_pull_is_correlated_with_the_push_of_its_own_cycle() -> None:
    rng = np.random.default_rng(1)
    traces = []
    for i, length in enumerate(rng.uniform(1.0, 4.0, 200)):
        key = {"experiment": f"e{i // 4}", "cycle": i % 4}
        traces.append(_staircase((2.0, 3.0, length, 1.0), **key))
        traces.append(_staircase((2.0, 5.0 - length, 2.0, 1.0), stage="push", **key))
    traces.append(_staircase((2.0, 3.0, 1.0, 1.0), experiment="lone"))

    found = correlation_histogram(traces, second="push")

    one, three = np.searchsorted(found.edges, [1.05, 3.05]) - 1
    assert found.n_pair == 200
    assert found.coefficients[one, three] == pytest.approx(-1.0, abs=0.01)
    assert np.isnan(found.coefficients[three, one])  # neither changes


def test_a_bin_that_few_traces_visit_has_no_correlation() -> None:
    traces = [_trace([1.05, 3.05 if i < 4 else 5.05], f"e{i}") for i in range(20)]

    found = correlation_histogram(traces, CorrelationSpec(weighting="snapshot"))

    at_3, at_5 = np.searchsorted(found.edges, [3.05, 5.05]) - 1
    assert np.isnan(found.coefficients[at_3]).all()
    assert found.coefficients[at_5, at_5] == pytest.approx(1.0)


def test_a_correlation_needs_pairs() -> None:
    with pytest.raises(InvalidInputError, match="0 of 5 are pull and push of one cycle"):
        correlation_histogram([_trace([1.0], f"e{i}") for i in range(5)], second="push")


def test_a_logarithmic_histogram_keeps_what_no_logarithm_shows() -> None:
    values = [3.0, 0.02, 0.002, 1e-9, 0.0, -0.1, 50.0]
    spec = LogHistogramSpec(lowest_decade=-4, highest_decade=1, per_decade=1, weighting="snapshot")

    found = log_histogram([_trace(values)], spec)

    np.testing.assert_allclose(found.edges, [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0])
    assert found.counts.tolist() == [0.0, 1.0, 1.0, 0.0, 1.0]
    assert (found.below, found.beyond, found.n_negative) == (3.0, 1.0, 2)
    assert found.density.sum() == pytest.approx(1.0)  # a bin is a decade here


def test_a_logarithmic_histogram_needs_decades_and_pulls() -> None:
    with pytest.raises(InvalidInputError, match="found 1 to 1 with 20 each"):
        log_histogram([_trace([1.0])], LogHistogramSpec(lowest_decade=1))
    with pytest.raises(InvalidInputError, match="none of 1 is one"):
        log_histogram([_trace([1.0], stage="push")])


def test_noise_is_no_peak_however_often_its_resamples_have_it() -> None:
    # A flat histogram: every bump is chance, and most of its resamples have it, too.
    peaks = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        flat = _histogram(rng.uniform(0.3, 7.0, (140, 10)))
        peaks += histogram_peaks(flat, np.random.default_rng(0), FEW)

    supported = [peak for peak in peaks if peak.support >= 0.5]
    real = [peak for peak in peaks if not is_wiggle(peak)]
    assert len(supported) > 50
    assert len(real) < len(supported) / 10


def test_true_peaks_on_a_background_are_significant() -> None:
    truth = [1.0, 2.95, 4.9, 5.8]
    rng = np.random.default_rng(0)
    samples = [
        np.concatenate([rng.uniform(0.3, 7.0, 20), rng.normal(np.repeat(truth, 8), 0.15)])
        for _ in range(100)
    ]

    peaks = histogram_peaks(_histogram(samples), np.random.default_rng(0), FEW)

    real = [peak.position for peak in peaks if not is_wiggle(peak)]
    assert real == pytest.approx(truth, abs=0.05)


def test_a_band_holds_the_truth_as_often_as_it_says() -> None:
    # Uniform values in [0, 7): the density of every bin is 1/7.
    inside = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        histogram = _histogram(rng.uniform(0.0, 7.0, (60, 50)))
        band = density_band(histogram, rng, PeakSpec(bandwidth=0.0, n_resample=200))
        assert band is not None
        inside.append(((band.low <= 1.0 / 7.0) & (band.high >= 1.0 / 7.0)).mean())

    # 95 % is said; the percentile bootstrap of 21 counts a bin keeps a little less.
    assert 0.90 < np.mean(inside) < 0.97


def test_one_experiment_has_no_band_and_no_spread() -> None:
    alone = _histogram([np.full(9, 1.0)])

    assert density_band(alone, np.random.default_rng(0)) is None
    with pytest.raises(InvalidInputError, match="two experiments or more, but found 1"):
        sampling_contribution("x", alone, np.random.default_rng(0))


def test_contributions_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    near, again, far = (
        _histogram([rng.normal(center, 0.1, 20) for center in rng.normal(mean, 0.05, 80)])
        for mean in (1.0, 1.0, 1.3)
    )

    sampling = sampling_contribution("near", near, rng, (1,), FEW)
    same = level_contribution("potential", {"a": near, "b": again}, rng, (1,), FEW)
    other = level_contribution("potential", {"a": near, "b": far}, rng, (1,), FEW)

    assert (sampling.name, other.name) == ("sampling", "potential")
    assert other.levels == ("a", "b")
    # The mean of 80 experiments of 0.05 is known to 0.006, its mode to about twice that.
    assert sampling.peaks[0] == pytest.approx(0.01, abs=0.01)
    assert same.peaks[0] == pytest.approx(0.0, abs=0.02)
    # Two values 0.3 apart have a standard deviation of 0.3 / sqrt(2).
    assert other.peaks[0] == pytest.approx(0.212, abs=0.03)
    assert other.density.max() > 5.0 * same.density.max()


def test_a_spread_between_levels_needs_two() -> None:
    histogram = _histogram([np.full(3, 1.0)] * 3)

    with pytest.raises(InvalidInputError, match="two histograms of equal bins or more, but found"):
        level_contribution("model", {"a": histogram}, np.random.default_rng(0))


def test_an_absence_is_a_local_minimum_or_is_not() -> None:
    rng = np.random.default_rng(0)
    samples = [rng.normal(np.repeat([1.0, 3.0, 4.0, 5.0], 8), 0.15) for _ in range(40)]

    dip, top, empty = absence_table(_histogram(samples), (2, 4, 7), np.random.default_rng(1))

    assert (dip.statement, dip.p_minimum) == ("minimum", 0.0)
    assert (top.statement, top.p_minimum) == ("no minimum", 1.0)
    assert dip.ratio < 0.1
    # As high as its neighbours: the ratio alone would not decide.
    assert top.ratio == pytest.approx(1.0, abs=0.1)
    assert empty.statement == "undecided"  # none passed there


def _source(name, samples, kind="labels") -> Source:
    traces = tuple(_trace(values, f"e{i:03d}") for i, values in enumerate(samples))
    return Source(name, kind, "conductance_g0", traces, weighting="snapshot")


def test_distances_stand_beside_what_chance_gives() -> None:
    rng = np.random.default_rng(0)
    labels = rng.normal(2.0, 0.5, (50, 20))
    sources = [
        _source("labels", labels),
        _source("near", labels + rng.normal(0.0, 0.02, labels.shape), "predictions"),
        _source("far", labels + 0.3, "predictions"),
        _source("fewer", rng.normal(2.0, 0.5, (30, 20))),
    ]

    found = {(d.first, d.second): d for d in source_distances(sources, rng)}

    # A shift by 0.3 is a distance of 0.3, whatever the shape.
    assert found["labels", "far"].wasserstein_g0 == pytest.approx(0.3)
    assert found["labels", "far"].chance_g0 < 0.1
    assert found["labels", "near"].wasserstein_g0 < 0.02
    # Independent draws of one distribution are no farther apart than chance, nearly always.
    assert found["labels", "fewer"].wasserstein_g0 < 1.5 * found["labels", "fewer"].chance_g0
    assert [d.n_shared for d in found.values()] == [50, 50, 30, 50, 30, 30]


def test_single_experiments_have_no_chance() -> None:
    sources = [_source("a", [[1.0, 2.0]]), _source("b", [[1.5, 2.5]])]

    (found,) = source_distances(sources, np.random.default_rng(0))

    assert (found.wasserstein_g0, found.chance_g0) == (pytest.approx(0.5), None)


def test_the_shipped_contacts_are_compared(tmp_path: Path) -> None:
    from sekkei.lake import Lake
    from sekkei.observe import (
        AnalysisSpec,
        TraceSelection,
        compare_sources,
        lake_source,
        measured_histogram,
        sources_by_potential,
    )

    lake = Lake.open(Path(__file__).parents[3] / "data" / "contacts")
    potassium = TraceSelection(element="K")
    window = TraceSelection(element="K", quantity="window_conductance_g0")
    sources = [lake_source(lake, potassium), lake_source(lake, window, name="window")]

    found = compare_sources(
        sources,
        AnalysisSpec(published=measured_histogram("K")),
        potentials={"labels": sources_by_potential(lake, potassium)},
    )

    first = found.analyses[0]
    assert [a.source.quantity for a in found.analyses] == [
        "conductance_g0",
        "window_conductance_g0",
    ]
    assert [reason.name for reason in first.contributions] == ["sampling", "potential"]
    assert first.contributions[1].levels == ("gupta", "nichol-ackland")
    assert first.remarks == ()
    assert first.memory is not None
    assert [test.reference for test in first.tests] == ["published"] * 2
    # What the bias window averages over changes little: 0.011 G0, and no more than chance.
    assert found.distances[0].wasserstein_g0 == pytest.approx(0.0114, abs=1e-4)
    assert found.models is None
    assert {row.nominal: row.statement for row in first.absences}[2] == "minimum"
    peak_1 = first.tests[0].equivalence.rows[0]
    assert (peak_1.nominal, peak_1.statement) == (1, "equivalent")


def test_sources_of_one_name_are_refused() -> None:
    from sekkei.observe import compare_sources

    one = _source("a", [[1.0, 2.0]])
    with pytest.raises(InvalidInputError, match=r"of different names, but found \['a', 'a'\]"):
        compare_sources([one, one])
