"""Figures of a design: drawn from its state, each where there is something to draw."""

import numpy as np
import pytest

from sekkei.campaign.design_figures import write_design_figures
from sekkei.design.loop import design_round
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.observe.figures.space import SeenSpace, main_axes, space_figure
from sekkei.testing.proposer_laws import SmoothProblem

SPEC = DesignSpec(target_g0=2.0, initial=5, batch=3, proposer="sobol")


def names(state, folder):
    return [path.name for path in write_design_figures(state, folder)]


def two_rounds(spec):
    state = DesignState(spec=spec)
    for _ in range(2):
        state, _ = design_round(state, SmoothProblem())
    return state


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        ({}, ["progress.png", "parity.png", "space.png", "compositions.png"]),
        (
            {"target_g0": None, "at_least_g0": 2.0},
            ["parity.png", "space.png", "compositions.png"],
        ),
    ],
    ids=["value", "one-sided"],
)
def test_what_a_design_has_seen_is_drawn(asked, drawn, tmp_path):
    state = two_rounds(SPEC.model_copy(update=asked))

    assert names(state, tmp_path) == drawn
    assert all((tmp_path / name).read_bytes()[1:4] == b"PNG" for name in drawn)


def test_marks_of_the_space_are_explained():
    seen = SeenSpace(
        features=np.eye(3),
        conductance_g0=np.arange(3.0),
        is_labelled=np.array([True, False, True]),
        is_hit=np.array([True, False, False]),
    )

    (legend,) = space_figure(seen).legends

    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["estimate", "label or measurement", "hit"]


def test_of_a_design_that_has_seen_nothing_nothing_is_drawn(tmp_path):
    assert names(DesignState(spec=SPEC), tmp_path) == []


def test_the_main_axes_are_those_of_most_variance():
    line = np.outer(np.linspace(-1.0, 1.0, 9), [3.0, 4.0, 0.0])

    points, shares = main_axes(line)

    np.testing.assert_allclose(shares, [1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(np.abs(points[:, 0]), np.abs(np.linspace(-5.0, 5.0, 9)))


def test_points_that_coincide_have_no_axes():
    points, shares = main_axes(np.ones((3, 4)))

    np.testing.assert_array_equal(points, 0.0)
    np.testing.assert_array_equal(shares, 0.0)
