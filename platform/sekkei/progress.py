"""Where the work stands, for whoever watches."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Protocol, cast, runtime_checkable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichBars
from typing_extensions import override

from sekkei.plain_text import printable


@runtime_checkable
class Stream(Protocol):
    """Takes text: the part of a file that is needed here, which ``StringIO`` has as well."""

    def write(self, text: str, /) -> int:
        """Take some text."""
        ...

    def flush(self) -> None:
        """Pass it on now."""
        ...

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        ...


@runtime_checkable
class Progress(Protocol):
    """Hears of work as it goes on. Stages have names and may start again."""

    def started(self, stage: str, total: int) -> None:
        """Hear that a stage begins, with this many pieces of work to do."""
        ...

    def advanced(self, stage: str, n: int = 1, note: str = "") -> None:
        """Hear that ``n`` more pieces are done, and of a remark on the last."""
        ...

    def said(self, message: str) -> None:
        """Hear one line that people should read."""
        ...


class Silence(Progress):
    """Hears everything and shows nothing."""

    @override
    def started(self, stage: str, total: int) -> None:
        """Show nothing."""

    @override
    def advanced(self, stage: str, n: int = 1, note: str = "") -> None:
        """Show nothing."""

    @override
    def said(self, message: str) -> None:
        """Show nothing."""


class Lines(Progress):
    """Writes plain lines, for logs: the first and last piece of a stage, and few between."""

    def __init__(
        self,
        stream: Stream,
        *,
        every_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Describe where to write, and how often at most.

        Parameters
        ----------
        every_s
            Least time between two lines of a stage, in s.
        clock
            Seconds since any moment.
        """
        self._stream = stream
        self._every = every_s
        self._clock = clock
        self._counts: dict[str, tuple[int, int]] = {}
        self._written: dict[str, float] = {}

    @override
    def started(self, stage: str, total: int) -> None:
        self._counts[stage] = (0, total)
        self._write(stage, "")

    @override
    def advanced(self, stage: str, n: int = 1, note: str = "") -> None:
        done, total = self._counts[stage]
        self._counts[stage] = (done + n, total)
        is_last = done + n >= total
        if is_last or self._clock() - self._written[stage] >= self._every:
            self._write(stage, note)

    @override
    def said(self, message: str) -> None:
        self._stream.write(f"{message}\n")
        self._stream.flush()

    def _write(self, stage: str, note: str) -> None:
        done, total = self._counts[stage]
        self._written[stage] = self._clock()
        self.said(f"{stage} {done}/{total}" + (f"  {note}" if note else ""))


class Bars(Progress):
    """Draws a bar per stage on a terminal."""

    def __init__(self, bars: RichBars) -> None:
        self._bars = bars
        self._stages: dict[str, TaskID] = {}

    @override
    def started(self, stage: str, total: int) -> None:
        if stage in self._stages:
            self._bars.remove_task(self._stages[stage])
        self._stages[stage] = self._bars.add_task(stage, total=total, note="")

    @override
    def advanced(self, stage: str, n: int = 1, note: str = "") -> None:
        self._bars.update(self._stages[stage], advance=n, note=note)

    @override
    def said(self, message: str) -> None:
        self._bars.console.print(printable(message), markup=False, highlight=False)


@contextmanager
def show_progress(stream: Stream, *, is_quiet: bool = False) -> Iterator[Progress]:
    """Show progress in the way that suits a stream: bars on a terminal, lines elsewhere.

    Parameters
    ----------
    stream
        Usually standard error, for results go to standard output.
    is_quiet
        Show nothing at all.
    """
    if is_quiet:
        yield Silence()
    elif stream.isatty():
        with _bars(Console(file=cast("IO[str]", stream))) as bars:
            yield Bars(bars)
    else:
        yield Lines(stream)


def _bars(console: Console) -> RichBars:
    return RichBars(
        TextColumn("{task.description:<12}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", style="dim"),
        console=console,
    )
