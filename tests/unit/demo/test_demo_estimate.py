"""How long a demonstration takes, told from labels of known length on a clock that is set."""

import pytest

from sekkei.demo.estimate import TimeLeft, seconds_after
from sekkei.demo.scale import FULL
from sekkei.fleet.event import Event
from sekkei.observe.report.wording import duration
from sekkei.progress import Silence


def after(label: float, n_worker: int = 2) -> float:
    return seconds_after(FULL, n_worker, label, label / FULL.label_s)


class Heard(Silence):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def said(self, message: str) -> None:
        self.lines.append(message)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def estimate(heard: Heard, clock: Clock) -> TimeLeft:
    estimate = TimeLeft(FULL, 2, heard, is_first_principles=True, clock=clock)
    estimate(Event("stage-started", stage="labels", n_item=30))
    return estimate


def done(estimate: TimeLeft, stage: str, *seconds: float) -> None:
    for one in seconds:
        estimate(Event("done", stage=stage, wall_seconds=one))


def test_nothing_is_said_before_a_label_of_a_warm_worker(estimate: TimeLeft, heard: Heard) -> None:
    done(estimate, "labels", 60.0, 60.0)

    assert heard.lines == []


def test_the_rest_is_told_once_from_a_measured_label(estimate: TimeLeft, heard: Heard) -> None:
    done(estimate, "labels", 60.0, 60.0, 10.0, 12.0)

    # 27 labels of 10 s on 2 workers, and what follows.
    seconds = 27 * 10.0 / 2 + after(10.0)
    (line,) = heard.lines
    assert line.startswith("a label takes 10 s here: 27 more on 2 workers, then the design, take")
    assert line.endswith(f" take about {duration(seconds)}")


def test_refused_labels_are_done_with_but_measure_nothing(estimate: TimeLeft, heard: Heard) -> None:
    done(estimate, "labels", 60.0, 60.0)
    estimate(Event("refused", stage="labels", wall_seconds=0.1))
    done(estimate, "labels", 10.0)

    (line,) = heard.lines
    assert line.startswith("a label takes 10 s here: 26 more")


@pytest.mark.parametrize(("seconds", "n_line"), [(10.0, 1), (12.0, 1), (20.0, 2), (4.0, 2)])
def test_a_change_by_more_than_a_quarter_is_told(
    estimate: TimeLeft, heard: Heard, clock: Clock, seconds: float, n_line: int
) -> None:
    done(estimate, "labels", 60.0, 60.0, 10.0)
    clock.now += 27 * 10.0 / 2
    done(estimate, "labels", *[seconds] * 27)

    estimate.labels_ended()

    assert len(heard.lines) == n_line


def test_if_labels_took_longer_than_all_was_to_take_no_time_is_compared(
    estimate: TimeLeft, heard: Heard, clock: Clock
) -> None:
    done(estimate, "labels", 60.0, 60.0, 10.0)
    clock.now += 10_000.0
    done(estimate, "labels", *[600.0] * 27)

    estimate.labels_ended()

    assert heard.lines[1].endswith("; labels took longer")


def test_where_every_label_was_there_nothing_is_promised(estimate: TimeLeft, heard: Heard) -> None:
    estimate.labels_ended()

    assert heard.lines == []


def test_labels_of_the_design_are_not_counted(estimate: TimeLeft, heard: Heard) -> None:
    done(estimate, "labels", 60.0, 60.0)
    estimate.labels_ended()

    done(estimate, "labels", 10.0)

    assert heard.lines == []


def test_more_workers_shorten_what_follows_the_labels() -> None:
    assert after(10.0, 4) < after(10.0, 2) < after(10.0, 1)


def test_a_slower_machine_takes_longer_for_everything() -> None:
    assert after(20.0) == pytest.approx(2.0 * after(10.0), rel=1e-12)


def test_labels_of_a_model_say_nothing_of_the_machine(heard: Heard) -> None:
    estimate = TimeLeft(FULL, 2, heard, is_first_principles=False, clock=Clock())
    estimate(Event("stage-started", stage="labels", n_item=3))

    done(estimate, "labels", 1.0, 1.0, 0.01)

    (line,) = heard.lines
    assert line.endswith(f" take about {duration(seconds_after(FULL, 2, 0.01, 1.0))}")
