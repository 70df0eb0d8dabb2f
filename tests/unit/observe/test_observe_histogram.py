import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.observe import (
    HistogramSpec,
    conductance_histogram,
    displacement_histogram,
    smooth,
    traces_from_columns,
    wasserstein_g0,
    weighted_sample,
)

SNAPSHOTS = HistogramSpec(weighting="snapshot")


def _pull(displacements, conductances, *, experiment="a", sigmas=None):
    n = len(displacements)
    return traces_from_columns(
        [experiment] * n, [0] * n, ["pull"] * n, displacements, conductances, sigmas
    )


def test_a_snapshot_counts_by_the_displacement_that_it_covers() -> None:
    traces = _pull([0.0, 1.0, 4.0], [3.01, 1.01, 0.01])

    histogram = conductance_histogram(traces)

    # Bins of 0.05: 0.01 in bin 0, 1.01 in bin 20, 3.01 in bin 60; coverages 1.5, 2 and 0.5 Å.
    assert {i: histogram.counts[i] for i in np.flatnonzero(histogram.counts)} == {
        0: 1.5,
        20: 2.0,
        60: 0.5,
    }
    assert (histogram.n_trace, histogram.n_snapshot, histogram.beyond) == (1, 3, 0.0)


def test_by_snapshot_every_snapshot_counts_one() -> None:
    histogram = conductance_histogram(_pull([0.0, 1.0, 4.0], [3.01, 1.01, 0.01]), SNAPSHOTS)

    assert histogram.counts[[0, 20, 60]].tolist() == [1.0, 1.0, 1.0]


def test_density_integrates_to_one_whatever_lies_beyond() -> None:
    histogram = conductance_histogram(_pull([0.0, 1.0, 2.0], [9.0, 3.0, 1.0]), SNAPSHOTS)

    assert histogram.beyond == 1.0
    assert histogram.density.sum() * 0.05 == pytest.approx(1.0, abs=1e-12)


def test_pushing_does_not_count_by_default() -> None:
    traces = traces_from_columns(
        ["a"] * 4, [0] * 4, ["pull", "pull", "push", "push"], [0.0, 1.0] * 2, [3.0, 1.0, 2.0, 2.0]
    )

    assert conductance_histogram(traces).counts[40] == 0.0
    assert conductance_histogram(traces, HistogramSpec(stages=("push",))).counts[40] == 1.0


def test_rows_of_the_histogram_are_experiments() -> None:
    traces = _pull([0.0, 1.0], [1.0, 1.0]) + _pull([0.0, 3.0], [2.0, 2.0], experiment="b")

    histogram = conductance_histogram(traces)

    assert histogram.experiments == ("a", "b")
    assert histogram.by_experiment.sum(axis=1).tolist() == [1.0, 3.0]


def test_a_prediction_is_spread_by_its_sigma_and_nothing_is_lost_below_zero() -> None:
    traces = _pull([0.0, 2.0], [0.05, 3.0], sigmas=[0.2, 0.0])

    histogram = conductance_histogram(traces, HistogramSpec(has_spread=True))

    # The sharp snapshot keeps its bin; of the Gaussian, 68.27 % lie within one sigma.
    assert histogram.counts.sum() == pytest.approx(2.0, abs=1e-12)
    assert histogram.counts[60] == 1.0
    within = _reflected_mass(0.25, center=0.05, sigma=0.2)
    assert histogram.counts[:5].sum() == pytest.approx(within, abs=1e-12)


def _reflected_mass(upper, *, center, sigma):
    from math import erf, sqrt

    def below(x):
        return 0.5 * (1.0 + erf((x - center) / (sigma * sqrt(2.0))))

    return below(upper) - below(-upper)


def test_smoothing_keeps_the_total() -> None:
    counts = np.zeros(140)
    counts[0], counts[20] = 3.0, 1.0

    smoothed = smooth(counts, 0.1, 0.05)

    # The kernel is cut at four standard deviations and normalised, hence not exact.
    assert smoothed.sum() == pytest.approx(4.0, rel=1e-9)
    assert smoothed[18] == pytest.approx(smoothed[22])
    assert smooth(counts, 0.0, 0.05) is counts


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (HistogramSpec(bin_width=0.1), "at most 0.05 G0 wide, but found 0.1"),
        (HistogramSpec(bin_width=0.03), "0.03 does not divide 0.0 to 7.0"),
        (HistogramSpec(stages=("push",)), "among 0 of 1 traces"),
    ],
    ids=["wide", "uneven", "empty"],
)
def test_a_histogram_that_would_mislead_is_refused(spec: HistogramSpec, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        conductance_histogram(_pull([0.0, 1.0], [1.0, 1.0]), spec)


def test_traces_are_aligned_where_they_last_fall_through_the_reference() -> None:
    # Broken at 1, again in contact at 2: the last fall is half-way between 2 and 3.
    traces = _pull([0.0, 1.0, 2.0, 3.0], [3.0, 0.0, 1.01, 0.0])

    image = displacement_histogram(traces, extent_angstrom=(-3.0, 1.0), bin_angstrom=1.0)

    # Centres of the bins -2.5, -1.5, -0.5, 0.5 are displacements 0, 1, 2 and 3 of the trace.
    assert np.argwhere(image.counts).tolist() == [[0, 60], [1, 0], [2, 20], [3, 0]]
    assert (image.n_trace, image.n_left_out) == (1, 0)


def test_a_trace_that_never_breaks_is_left_out_and_counted() -> None:
    image = displacement_histogram(_pull([0.0, 1.0], [3.0, 1.0]))

    assert image.counts.sum() == 0.0
    assert (image.n_trace, image.n_left_out) == (0, 1)


def test_samples_for_a_distance_carry_the_weights_of_the_histogram() -> None:
    values, weights = weighted_sample(_pull([0.0, 1.0, 4.0], [3.0, 1.0, 0.0]))

    assert values.tolist() == [3.0, 1.0, 0.0]
    assert weights.tolist() == [0.5, 2.0, 1.5]


def test_shifting_a_sample_moves_it_by_the_shift() -> None:
    sample = np.random.default_rng(0).uniform(0.0, 6.0, 50)

    assert wasserstein_g0(sample, sample + 0.3) == pytest.approx(0.3, abs=1e-12)


def test_weights_decide_how_far_a_sample_is_moved() -> None:
    here = np.array([0.0, 1.0])

    # All weight is moved from 0 to 1, a quarter of it is there already.
    assert wasserstein_g0(here, here, np.array([3.0, 1.0]), np.array([0.0, 1.0])) == 0.75


def test_an_empty_sample_has_no_distance() -> None:
    with pytest.raises(InvalidInputError, match="the second has 0 values"):
        wasserstein_g0(np.ones(3), np.zeros(0))
