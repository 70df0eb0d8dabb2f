"""Optuna's tree-structured Parzen estimator behind the proposer port, where Optuna is installed."""

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np

from sekkei.design import Candidate, DesignSpace, DesignState, Proposal, SobolProposer
from sekkei.design.outcome import as_asked
from sekkei.design.proposer import as_proposals, first_distinct
from sekkei.errors import MissingExtraError


class TpeProposer:
    """Optuna as it comes, minimising the distance from the target over the unit cube.

    Optuna knows no simplex, so it is given what `DesignSpace.decode` takes: one category for which
    elements there are, numbers for the rest. Until ``initial`` candidates were told of, it spreads
    evenly, as the others do. Pending candidates count as the worst ones so far (its constant liar).

    Notes
    -----
    J. Bergstra et al., Algorithms for Hyper-Parameter Optimization, NIPS 2011.
    """

    def __init__(self) -> None:
        if not is_installed():
            raise MissingExtraError("Optuna must be installed, but is not; try pip install optuna")
        # A peer in the benchmark, and no requirement: nothing here may need it.
        self._optuna: Any = importlib.import_module("optuna")

    @property
    def name(self) -> str:
        """Name of the rule."""
        return "tpe"

    def propose(self, state: DesignState, n: int) -> tuple[Proposal, ...]:
        """Sample candidates that are likelier among the good half than among the others."""
        if state.n_told < state.spec.initial:
            return SobolProposer().propose(state, n)
        with self._quietly():
            study = self._told(state)
            stream = (self._sample(study, state.space) for _ in count())
            return as_proposals(state, first_distinct(state, stream, n), self.name)

    def _told(self, state: DesignState) -> Any:
        optuna, space = self._optuna, state.space
        seed = int(state.generator().integers(2**31))
        study = optuna.create_study(
            sampler=optuna.samplers.TPESampler(n_startup_trials=1, seed=seed)
        )
        for seen in state.observations:
            value = state.spec.target.miss(as_asked(state.spec, seen).conductance_g0)
            study.add_trial(self._trial(space, seen.candidate, value))
        for lost in state.failures:
            study.add_trial(self._trial(space, lost.candidate, None))
        for proposal in state.pending:
            study.enqueue_trial(self._place(space, proposal.candidate))
            study.ask(self._axes(space))
        return study

    def _sample(self, study: Any, space: DesignSpace) -> Candidate:
        unit = study.ask(self._axes(space)).params
        cube = [unit[name] for name in self._axes(space)]
        cube[0] = (cube[0] + 0.5) / space.n_face
        return space.decode(np.array(cube))

    def _trial(self, space: DesignSpace, candidate: Candidate, value: float | None) -> Any:
        states = self._optuna.trial.TrialState
        return self._optuna.trial.create_trial(
            state=states.FAIL if value is None else states.COMPLETE,
            value=value,
            params=self._place(space, candidate),
            distributions=self._axes(space),
        )

    def _place(self, space: DesignSpace, candidate: Candidate) -> dict[str, Any]:
        unit = space.encode(candidate).tolist()
        unit[0] = min(int(unit[0] * space.n_face), space.n_face - 1)
        return dict(zip(self._axes(space), unit, strict=True))

    def _axes(self, space: DesignSpace) -> dict[str, Any]:
        ways = self._optuna.distributions
        elements = ways.CategoricalDistribution(tuple(range(space.n_face)))
        others = {f"axis {i}": ways.FloatDistribution(0.0, 1.0) for i in range(1, space.n_unit)}
        return {"elements": elements, **others}

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        logging = self._optuna.logging
        before = logging.get_verbosity()
        logging.set_verbosity(logging.ERROR)
        try:
            yield
        finally:
            logging.set_verbosity(before)


def is_installed() -> bool:
    """Say whether there is Optuna."""
    return importlib.util.find_spec("optuna") is not None
