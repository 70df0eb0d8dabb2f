"""A pull that goes on after its contact broke, with nothing kept in between."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.observe import HistogramSpec, conductance_histogram, plateau_lengths
from sekkei.observe.trace import Trace, traces_from_columns
from sekkei.observe.tunnelling import DECAY_PER_ANGSTROM, fill_open


def pulled(end_g0: float, *, broken_g0: float = 0.4, stage: str = "pull") -> Trace:
    """Conduct 1 G0 over 2 Å, break, and open by 2.5 Å to ``end_g0``."""
    (trace,) = traces_from_columns(
        ["a"] * 4,
        [0] * 4,
        [stage] * 4,
        [0.0, 1.0, 2.0, 4.5],
        [1.0, 1.0, broken_g0, end_g0],
        [0.1, 0.1, 0.1, 0.0],
        narrowest_angstrom2=[20.0, 20.0, 0.0, 0.0],
    )
    return trace


def test_an_open_contact_falls_exponentially_to_where_it_was_kept_again() -> None:
    end = 0.4 * np.exp(-2.5)

    filled = fill_open(pulled(end))

    is_gap = filled.displacements >= 2.0
    expected = 0.4 * np.exp(-(filled.displacements[is_gap] - 2.0))
    np.testing.assert_allclose(filled.conductances[is_gap], expected)
    np.testing.assert_allclose(filled.sigmas[is_gap][:-1], expected[:-1] / 4.0)
    assert np.diff(filled.displacements[is_gap]).max() < 0.051


def test_a_prediction_of_nothing_falls_as_vacuum_lets_it() -> None:
    filled = fill_open(pulled(0.0))

    inside = (filled.displacements > 2.0) & (filled.displacements < 4.5)
    slopes = np.diff(np.log(filled.conductances[inside])) / np.diff(filled.displacements[inside])
    np.testing.assert_allclose(slopes, -DECAY_PER_ANGSTROM)


def test_the_break_makes_no_peak_of_its_own() -> None:
    trace = pulled(0.0)

    counts = conductance_histogram([trace]).counts

    # Over 0.05 G0 about 0.4 the contact opens by 0.05 / (1.7 * 0.4) Å, and half of 1 Å led there.
    assert counts[7:9].sum() == pytest.approx(0.5 + 0.05 / (1.7 * 0.4), abs=0.05)
    assert counts.sum() == pytest.approx(4.5)
    unaware = conductance_histogram([replace(trace, is_open=None)]).counts
    assert unaware[7:9].sum() == pytest.approx(1.75)


def test_a_plateau_ends_where_the_open_contact_leaves_it() -> None:
    trace = pulled(0.0, broken_g0=0.6)

    (length,) = plateau_lengths([trace], 1.0, 0.5)

    assert length == pytest.approx(2.0 + np.log(0.6 / 0.5) / DECAY_PER_ANGSTROM, abs=0.05)


@pytest.mark.parametrize(
    "trace",
    [
        pulled(0.5),
        pulled(0.0, broken_g0=0.0),
        pulled(0.0, broken_g0=-0.01),
        replace(pulled(0.0), is_open=None),
        replace(pulled(0.0), is_open=np.array([False, False, True, False])),
    ],
    ids=["rises", "nothing left", "below zero", "unknown", "closes"],
)
def test_what_does_not_fall_while_open_stays_as_it_is(trace: Trace) -> None:
    assert fill_open(trace) is trace


def test_snapshots_that_count_one_each_are_left_alone() -> None:
    counts = conductance_histogram([pulled(0.0)], HistogramSpec(weighting="snapshot")).counts

    assert counts.sum() == 4.0
