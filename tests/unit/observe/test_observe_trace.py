import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.observe import plateau_lengths, select_traces, traces_from_columns


def test_rows_in_any_order_become_traces_in_order() -> None:
    traces = traces_from_columns(
        ["b", "a", "a", "a"],
        [0, 1, 0, 0],
        ["pull", "pull", "push", "push"],
        [0.0, 5.0, 2.0, 1.0],
        [1.0, 2.0, 4.0, 3.0],
    )

    assert [(t.experiment, t.cycle, t.stage) for t in traces] == [
        ("a", 0, "push"),
        ("a", 1, "pull"),
        ("b", 0, "pull"),
    ]
    assert traces[0].displacements.tolist() == [1.0, 2.0]
    assert traces[0].conductances.tolist() == [3.0, 4.0]


def test_a_snapshot_covers_half_the_way_to_its_neighbours() -> None:
    (trace,) = traces_from_columns(
        ["a"] * 3, [0] * 3, ["pull"] * 3, [0.0, 1.0, 4.0], [3.0, 1.0, 0.0]
    )

    # 0 to 0.5, 0.5 to 2.5, 2.5 to 4.
    assert trace.coverage.tolist() == [0.5, 2.0, 1.5]


def test_a_row_without_label_leaves_its_displacement_to_its_neighbours() -> None:
    (trace,) = traces_from_columns(
        ["a"] * 3, [0] * 3, ["pull"] * 3, [0.0, 1.0, 4.0], [3.0, np.nan, 0.0]
    )

    assert trace.coverage.tolist() == [2.0, 2.0]


def test_no_rows_are_no_traces() -> None:
    assert traces_from_columns([], [], [], [], []) == ()


def test_arrays_of_a_trace_cannot_be_written() -> None:
    (trace,) = traces_from_columns(["a"], [0], ["pull"], [0.0], [3.0])

    with pytest.raises(ValueError, match="read-only"):
        trace.conductances[0] = 1.0


def test_only_the_stages_asked_for_are_kept() -> None:
    traces = traces_from_columns(["a", "a"], [0, 0], ["pull", "push"], [0.0, 0.0], [1.0, 1.0])

    assert [t.stage for t in select_traces(traces)] == ["pull"]
    assert len(select_traces(traces, ("pull", "push"))) == 2


def test_a_plateau_is_as_long_as_what_its_snapshots_cover() -> None:
    traces = traces_from_columns(
        ["a"] * 4 + ["b"] * 2,
        [0] * 6,
        ["pull"] * 6,
        [0.0, 1.0, 2.0, 4.0, 0.0, 1.0],
        [3.0, 1.1, 0.9, 0.0, 3.0, 0.0],
    )

    # In a, the snapshots at 1 and 2 cover 0.5 to 3; b has no plateau at 1.
    assert plateau_lengths(traces, 1.0, 0.25).tolist() == [2.5, 0.0]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((["a"], [0, 1], ["pull"], [0.0], [1.0]), "equally long"),
        ((["a"], [0], ["twist"], [0.0], [1.0]), "pull or push, but found .'twist'"),
        ((["a"], [0], ["pull"], [np.inf], [1.0]), r"rows \[0\] are not"),
    ],
    ids=["lengths", "stage", "infinite"],
)
def test_columns_that_cannot_be_are_refused(columns: tuple, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        traces_from_columns(*columns)
