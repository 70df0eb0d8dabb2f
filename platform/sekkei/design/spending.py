"""What a first hit costs, where a cheap estimate decides which structures get a label."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from sekkei.design.asking import ask, make_proposer
from sekkei.design.candidate import Observation
from sekkei.design.costs import Costs, best_to_label
from sekkei.design.problem import DesignProblem, Trial
from sekkei.design.proposer import Proposer
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.design.step import (
    estimate_all,
    outcomes_of,
    promises,
    realise_all,
    verify_some,
)
from sekkei.design.verified import is_verified_hit


@dataclass(frozen=True, slots=True)
class Spent:
    """What was done so far, and what it cost."""

    is_hit: bool = False
    """Whether a label is a hit."""

    ask_s: float = 0.0
    """Time for proposals, in s."""

    costs: Costs = field(default_factory=Costs)
    """Structures and labels, and the time that they took."""

    @property
    def seconds(self) -> float:
        """All of it, in s."""
        return self.ask_s + self.costs.made_s + self.costs.label_s


class Search:
    """A search for the first hit, with estimates or without, that counts what it costs.

    Parameters
    ----------
    spec
        What is asked for.
    problem
        Makes, estimates and verifies structures.
    has_estimates
        Whether the problem's ``estimate`` decides what is labelled; else everything is.
    label_s
        What a label costs in s; measured if absent.
    clock
        Tells the time in s.
    """

    def __init__(
        self,
        spec: DesignSpec,
        problem: DesignProblem,
        *,
        has_estimates: bool,
        label_s: float | None = None,
        clock: Callable[[], float] = time.process_time,
    ) -> None:
        self._spec = spec
        self._problem = problem
        self._has_estimates = has_estimates
        self._label_s = label_s
        self._clock = clock
        self._state = DesignState(spec=spec)
        self._waiting: list[Trial] = []
        self.spent = Spent()

    def run(self, limit: int, proposer: Proposer | None = None) -> Spent:
        """Go on until a label is a hit, or so many structures were made."""
        proposer = proposer or make_proposer(self._spec.proposer)
        while (n_left := limit - self.spent.costs.n_made) > 0:
            self._make(min(n_left, self._n_wanted()), proposer)
            if any(self._is_hit(trial) for trial in self._chosen()):
                break
        return self.spent

    def _n_wanted(self) -> int:
        return self._spec.batch if self.spent.costs.n_made else self._spec.initial

    def _make(self, n: int, proposer: Proposer) -> None:
        started = self._clock()
        self._state, proposals = ask(self._state, n, proposer)
        asked = self._clock()
        purpose = f"trial {self.spent.costs.n_made}"
        trials = realise_all(self._spec, self._problem, proposals, purpose)
        if self._has_estimates:
            trials = estimate_all(self._problem, trials)
        self.spent = replace(
            self.spent,
            ask_s=self.spent.ask_s + asked - started,
            costs=self.spent.costs + Costs(n_made=n, made_s=self._clock() - asked),
        )
        self._state = tell(self._state, outcomes_of(trials))
        self._waiting += [trial for trial in trials if trial.junction is not None]

    def _chosen(self) -> list[Trial]:
        waiting = self._waiting
        if not waiting or not self._has_estimates:
            return list(waiting)
        costs = self.spent.costs
        chances = [chance for chance, _, _ in promises(self._state, waiting)]
        if not (self._label_s or costs.is_known):
            # Before the first label its cost is unknown: one is made to see.
            return [waiting[int(np.argmax(chances))]]
        which = best_to_label(chances, costs.structure_s, self._label_s or costs.one_label_s)
        return [waiting[i] for i in which]

    def _is_hit(self, trial: Trial) -> bool:
        started = self._clock()
        (done,) = verify_some(self._problem, [trial], [0])
        took = self._clock() - started if self._label_s is None else self._label_s
        self.spent = replace(
            self.spent,
            is_hit=is_verified_hit(self._spec, done),
            costs=self.spent.costs + Costs(n_label=1, label_s=took),
        )
        self._waiting.remove(trial)
        told = [
            one
            for one in outcomes_of([done])
            if not (isinstance(one, Observation) and one.source == "surrogate")
        ]
        self._state = tell(self._state, told)
        return self.spent.is_hit
