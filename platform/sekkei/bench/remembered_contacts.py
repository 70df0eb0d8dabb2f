"""Contacts that several searches ask for, made and labelled once, and what that costs."""

import time
from collections.abc import Callable, Sequence

import numpy as np

from sekkei.design import Candidate, DesignProblem
from sekkei.design.problem import structure_key
from sekkei.errors import ExperimentError, LabelError
from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Outcome


class RememberedContacts:
    """A design problem that remembers: searches of equal seeds begin with the same contacts.

    Parameters
    ----------
    problem
        Makes, estimates and labels.
    clock
        Tells the time in s.
    """

    def __init__(
        self, problem: DesignProblem, clock: Callable[[], float] = time.process_time
    ) -> None:
        self._problem = problem
        self._clock = clock
        self._made: dict[tuple[str, int], Junction | ExperimentError | LabelError] = {}
        self._labels: dict[str, Outcome] = {}
        self._made_s: list[float] = []
        self.busy_s = 0.0
        """Time spent here so far, on structures and labels."""

    @property
    def structure_s(self) -> float:
        """Mean time of a structure that was made here; an estimate is not in it."""
        return float(np.mean(self._made_s)) if self._made_s else 0.0

    @property
    def label_s(self) -> float:
        """Mean CPU time of a label, as labels say it."""
        found = [outcome.cpu_seconds for outcome in self._labels.values()]
        return float(np.mean(found)) if found else 0.0

    def realise(self, candidate: Candidate, seed: int) -> Junction:
        """Make a structure, or return the one that was made before; see `DesignProblem`."""
        key = (candidate.key, seed)
        if key not in self._made:
            started = self._clock()
            try:
                self._made[key] = self._problem.realise(candidate, seed)
            except (ExperimentError, LabelError) as error:
                self._made[key] = error
            self._made_s.append(self._count(started))
        found = self._made[key]
        if isinstance(found, Junction):
            return found
        raise found

    def estimate(
        self, junctions: Sequence[Junction]
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        """Estimate structures, each time anew: what that takes counts as thought."""
        return self._problem.estimate(junctions)

    def verify(self, junctions: Sequence[Junction]) -> Sequence[Outcome]:
        """Label structures that have no label yet, and return those of all."""
        started = self._clock()
        keys = [structure_key(junction) for junction in junctions]
        new = {
            key: one for key, one in zip(keys, junctions, strict=True) if key not in self._labels
        }
        self._labels.update(zip(new, self._problem.verify(list(new.values())), strict=True))
        self._count(started)
        return [self._labels[key] for key in keys]

    def _count(self, started: float) -> float:
        took = self._clock() - started
        self.busy_s += took
        return took
