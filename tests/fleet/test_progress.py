import io

import pytest

from sekkei.progress import Bars, Lines, Progress, Silence, show_progress


class Clock:
    """Says what it was set to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_lines_are_few_but_the_last_one_is_never_missing() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, every_s=5.0, clock=clock)

    lines.started("labels", 4)
    for clock.now in (1.0, 6.0, 7.0, 8.0):
        lines.advanced("labels", 1, f"at {clock.now:g}")

    assert stream.getvalue().splitlines() == ["labels 0/4", "labels 2/4  at 6", "labels 4/4  at 8"]


def test_a_stream_that_is_no_terminal_gets_lines() -> None:
    stream = io.StringIO()

    with show_progress(stream) as progress:
        progress.started("labels", 1)
        progress.said("hello")

    assert stream.getvalue() == "labels 0/1\nhello\n"


def test_a_terminal_gets_bars_with_every_stage_and_note() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with show_progress(stream) as progress:
        progress.started("labels", 2)
        progress.advanced("labels", 2, "[done]")

    assert isinstance(progress, Bars)
    assert "labels" in stream.getvalue()
    assert "2/2" in stream.getvalue()


def test_quiet_means_nothing() -> None:
    stream = io.StringIO()

    with show_progress(stream, is_quiet=True) as progress:
        progress.started("labels", 1)
        progress.advanced("labels")
        progress.said("hello")

    assert stream.getvalue() == ""


@pytest.mark.parametrize("progress", [Silence(), Lines(io.StringIO())], ids=["silence", "lines"])
def test_the_watchers_fit_the_port(progress: Progress) -> None:
    assert isinstance(progress, Progress)
