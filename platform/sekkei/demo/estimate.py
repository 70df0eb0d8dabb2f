"""What a demonstration still takes, from a label that was measured here."""

import math
from collections import defaultdict
from collections.abc import Callable
from statistics import fmean
from time import monotonic

from sekkei.demo.scale import DemoScale
from sekkei.fleet.event import Event
from sekkei.observe.report.wording import duration
from sekkei.progress import Progress

# CPU seconds of what follows the labels, measured where a label took `DemoScale.label_s`: start of
# workers, and report.
_START_S = 4.0
_REPORT_S = 8.0

_FRESH = 1.7
"""Labels that the first one of a fresh worker takes as long as: it loads the engine, and computes
electrodes that the cache does not have."""

_WORTH_SAYING = 0.25

_USUAL_ROUNDS = 3
"""Rounds after which a design is most often sure enough; it may take all of them."""


class TimeLeft:
    """Watches the labels of a demonstration, and says how long the whole will take."""

    def __init__(
        self,
        scale: DemoScale,
        n_worker: int,
        progress: Progress,
        *,
        is_first_principles: bool,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Describe what is done; nothing is known yet.

        Parameters
        ----------
        scale
            How much there is to do.
        n_worker
            Who labels at the same time.
        progress
            Who hears of it.
        is_first_principles
            Whether the labels are; those of a model say nothing of the machine.
        clock
            Seconds since any moment.
        """
        self._scale = scale
        self._n_worker = n_worker
        self._progress = progress
        self._is_first_principles = is_first_principles
        self._clock = clock
        self._left: defaultdict[str, int] = defaultdict(int)
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._expected_end: float | None = None
        self._is_over = False

    def __call__(self, event: Event) -> None:
        """Hear of one thing that happened in the campaign."""
        if event.name == "stage-started":
            self._left[event.stage] = event.n_item
        elif event.name in ("done", "refused"):
            self._left[event.stage] -= event.n_item
            if event.name == "done":
                self._seconds[event.stage].append(event.wall_seconds)
            self._say_once()

    def labels_ended(self) -> None:
        """Hear that all labels are there: what is left is said again if it changed by a quarter.

        Labels of the design, which come later, are not counted.
        """
        self._is_over = True
        if self._expected_end is None:
            return
        expected = max(0.0, self._expected_end - self._clock())
        left = self._after(fmean(self._warm()))
        if abs(left - expected) > _WORTH_SAYING * expected:
            promise = f"{duration(expected)} were expected" if expected else "labels took longer"
            self._progress.said(f"what is left takes about {duration(left)}; {promise}")

    def _say_once(self) -> None:
        measured = self._warm()
        if self._is_over or self._expected_end is not None or not measured:
            return
        label, n_left = measured[0], self._left["labels"]
        left = label * n_left / self._n_worker + self._after(label)
        self._expected_end = self._clock() + left
        self._progress.said(
            f"a label takes {duration(label)} here: {n_left} more on {self._n_worker} workers, "
            f"then the design, take about {duration(left)}"
        )

    def _warm(self) -> list[float]:
        # The first label of each worker computes its electrodes: it would promise too long a time.
        return self._seconds["labels"][self._n_worker :]

    def _after(self, label: float) -> float:
        # A model labels in no time on any machine: its labels do not tell how slow this one is.
        slowness = label / self._scale.label_s if self._is_first_principles else 1.0
        return seconds_after(self._scale, self._n_worker, label, slowness)


def seconds_after(scale: DemoScale, n_worker: int, label: float, slowness: float) -> float:
    """Return what all that follows the labels takes, in s.

    Parameters
    ----------
    scale
        How much there is to do.
    n_worker
        Who works at the same time.
    label
        Time of one label, in s.
    slowness
        How many times longer anything takes than where the shares were measured.
    """
    # Every round of the design, and its end, has fresh workers.
    rounds = min(scale.rounds, _USUAL_ROUNDS)
    steps = [*[scale.verify_per_round] * rounds, scale.finalists * scale.verify_seeds]
    labels = label * _FRESH * sum(math.ceil(n / n_worker) for n in steps)
    starts = _START_S * (len(steps) + 1)
    return labels + slowness * (starts + _REPORT_S)
