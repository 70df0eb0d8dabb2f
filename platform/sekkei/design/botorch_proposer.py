"""Bayesian optimisation of the distance to the target."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from sekkei.design.calibration import believed
from sekkei.design.candidate import Candidate, Proposal
from sekkei.design.chance import prospects
from sekkei.design.merit import Merit, sparing_improvement
from sekkei.design.process import ConductanceProcess, fit_process, near_duplicates
from sekkei.design.proposer import SobolProposer, check_room, proposal_id
from sekkei.design.space import SMALL
from sekkei.design.state import DesignState
from sekkei.design.target import Target, on_axis
from sekkei.design.target_improvement import TargetImprovement
from sekkei.design.vendor import (
    GenericMCObjective,
    SobolQMCNormalSampler,
    manual_seed,
    qLogNoisyExpectedHypervolumeImprovement,
    qLogNoisyExpectedImprovement,
    qLogProbabilityOfFeasibility,
)
from sekkei.shapes import Float

Rule = Literal["improvement", "target", "feasibility"]

Acquisition = (
    qLogNoisyExpectedImprovement
    | qLogNoisyExpectedHypervolumeImprovement
    | qLogProbabilityOfFeasibility
    | TargetImprovement
)

_NAMES: dict[Rule, str] = {
    "improvement": "qLogNEI(-|g - target|)",
    "target": "tEI(g, target)",
    "feasibility": "qLogProbabilityOfFeasibility(target)",
}

_REACH = 0.3
"""Distance in features over which a failure makes others likely."""


@dataclass(frozen=True, slots=True)
class BotorchProposer:
    """Noisy expected improvement of the distance to the target, one candidate after the other.

    The process models the conductance, or its logarithm; the objective, `Target.merit`, is put on
    its samples (a composite objective [1]_), and the acquisition is qLogNEI [2]_. Neither is flat
    anywhere, however narrow the tolerance. The acquisition is maximised over candidates, not over
    a relaxed cube: a wide pool, then narrowing neighbourhoods of its best. So integers, faces of
    the simplex, bounds and ``sum x = 1`` hold by construction, and there is nothing to round or
    project afterwards. With ``sparing`` it is the hypervolume of a front that improves, see
    `sparing_improvement`. Until ``initial`` candidates were told of, it spreads evenly. A candidate
    that was told of is put forward again only where the space has no other.

    References
    ----------
    .. [1] R. Astudillo and P. Frazier, Bayesian Optimization of Composite Functions, ICML 2019,
       arXiv:1906.01537.
    .. [2] S. Ament et al., Unexpected Improvements to Expected Improvement for Bayesian
       Optimization, NeurIPS 2023, arXiv:2310.20708.
    """

    n_pool: int = 384
    """Candidates drawn from the whole space for each proposal."""

    n_neighbour: int = 96
    """Candidates drawn near the best ones, in each narrowing step."""

    n_sample: int = 128
    """Posterior samples of the acquisition."""

    rule: Rule = "improvement"
    """What is maximised: the one above, or one of two that it is measured by: the expected
    improvement of the paper on target-oriented search, or the probability of a hit."""

    @property
    def name(self) -> str:
        """Name of the rule."""
        return _NAMES[self.rule]

    def propose(self, state: DesignState, n: int) -> tuple[Proposal, ...]:
        """Choose candidates that are expected to come nearer to the target than any so far."""
        check_room(state, n)
        generator = state.generator()
        # Fits and baselines draw from torch's global stream, which belongs to the caller.
        with manual_seed(int(generator.integers(2**31))), near_duplicates():
            process = fit_process(state) if state.n_told >= state.spec.initial else None
            if process is None:
                return SobolProposer().propose(state, n)
            search = _Search(self, state, process, generator)
            return search.proposals(n)


class _Search:
    def __init__(
        self,
        proposer: BotorchProposer,
        state: DesignState,
        process: ConductanceProcess,
        generator: np.random.Generator,
    ) -> None:
        self._proposer = proposer
        self._state = state
        self._process = process
        self._generator = generator
        failed = {f.candidate.key: f.candidate for f in state.failures}
        seen = {o.candidate.key: o.candidate for o in state.observations}
        self._space = process.space
        self._failed = self._rows(list(failed.values()))
        self._seen = self._rows([seen[key] for key in seen if key not in failed])
        self._taken = {p.candidate.key for p in state.pending}
        self._told = failed.keys() | seen.keys()
        self._acquisition = self._make_acquisition(int(generator.integers(2**31)))

    def proposals(self, n: int) -> tuple[Proposal, ...]:
        pending = [p.candidate for p in self._state.pending]
        chosen: list[Candidate] = []
        for _ in range(n):
            on_their_way = [*pending, *chosen]
            if on_their_way:
                self._acquisition.set_X_pending(self._process.features(on_their_way))
            candidate = self._best()
            self._taken.add(candidate.key)
            chosen.append(candidate)
        return self._described(chosen)

    def _make_acquisition(self, seed: int) -> Acquisition:
        process, rule = self._process, self._proposer.rule
        target = self._state.spec.target
        sampler = SobolQMCNormalSampler(torch.Size([self._proposer.n_sample]), seed=seed)
        seen = believed(self._state)
        distinct = list({o.candidate.key: o.candidate for o in seen}.values())
        if rule == "target":
            far = min(abs(on_axis(o.conductance_g0, target.axis) - target.nominal) for o in seen)
            return TargetImprovement(process, target.nominal, far)
        if rule == "feasibility":
            return qLogProbabilityOfFeasibility(process.model, _outside(target, process), sampler)
        if self._state.spec.sparing is not None:
            return sparing_improvement(self._state, process, process.features(distinct), sampler)
        return qLogNoisyExpectedImprovement(
            model=process.model,
            X_baseline=process.features(distinct),
            sampler=sampler,
            objective=GenericMCObjective(Merit(target, process)),
        )

    def _best(self) -> Candidate:
        space, generator = self._space, self._generator
        if space.n_candidate <= SMALL:
            return self._ranked(list(space.candidates()))[0]
        pool = space.sample(generator, self._proposer.n_pool)
        pool = self._ranked(pool + self._near(self._most_promising(), 0.1))
        for width in (0.1, 0.03, 0.01):
            pool = self._ranked(pool[:4] + self._near(pool[:4], width))
        return pool[0]

    def _near(self, candidates: Sequence[Candidate], width: float) -> list[Candidate]:
        each = self._proposer.n_neighbour // max(1, len(candidates))
        space = self._space
        near = (space.neighbours(c, self._generator, each, width) for c in candidates)
        return [candidate for some in near for candidate in some]

    def _most_promising(self) -> list[Candidate]:
        target = self._state.spec.target
        ranked = sorted(believed(self._state), key=lambda o: target.miss(o.conductance_g0))
        return [o.candidate for o in ranked[:4]]

    def _ranked(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        distinct = {c.key: c for c in candidates}
        free = {key: c for key, c in distinct.items() if key not in self._taken}
        pool = [c for key, c in free.items() if key not in self._told] or list(free.values())
        features = torch.from_numpy(self._rows(pool))
        with torch.no_grad():
            value = self._acquisition(features[:, None, :]).numpy()
        value = value + np.log(success_odds(features.numpy(), self._seen, self._failed))
        return [pool[i] for i in np.argsort(-value, kind="stable")]

    def _rows(self, candidates: Sequence[Candidate]) -> Float[np.ndarray, "candidate feature"]:
        rows = [self._space.features(candidate) for candidate in candidates]
        return np.array(rows).reshape(len(rows), self._space.n_feature)

    def _described(self, chosen: Sequence[Candidate]) -> tuple[Proposal, ...]:
        found = prospects(self._state, self._process, chosen)
        return tuple(
            Proposal(
                id=proposal_id(self._state, candidate, i),
                candidate=candidate,
                acquisition=self._proposer.name,
                predicted_g0=prospect.belief.median_g0,
                interval_g0=prospect.belief.interval_90_g0,
                chance=prospect.chance,
            )
            for i, (candidate, prospect) in enumerate(zip(chosen, found, strict=True))
        )


def _outside(
    target: Target, process: ConductanceProcess
) -> list[Callable[[torch.Tensor], torch.Tensor]]:
    """Return how far samples are outside each bound of a target; negative inside."""
    low, high = ((bound - process.centre) / process.scale for bound in target.bounds(target.axis))
    bounds: list[Callable[[torch.Tensor], torch.Tensor]] = []
    if math.isfinite(low):
        bounds.append(lambda samples: low - samples[..., 0])
    if math.isfinite(high):
        bounds.append(lambda samples: samples[..., 0] - high)
    return bounds


def by_target() -> BotorchProposer:
    """Return the proposer of target-oriented expected improvement."""
    return BotorchProposer(rule="target")


def by_feasibility() -> BotorchProposer:
    """Return the proposer of the probability of a hit."""
    return BotorchProposer(rule="feasibility")


def success_odds(
    features: Float[np.ndarray, "candidate feature"],
    seen: Float[np.ndarray, "success feature"],
    failed: Float[np.ndarray, "failure feature"],
) -> Float[np.ndarray, " candidate"]:
    """Estimate the chance that a candidate can be realised and labelled.

    Failures have no number to regress on, and a region of failures stays uncertain, hence
    attractive, for ever. So the acquisition is weighted by the share of successes among those
    near by, with one success added everywhere.

    Notes
    -----
    Kernel regression (E. A. Nadaraya, Theory Probab. Appl. 9, 141 (1964), doi:10.1137/1109020)
    with a Gaussian of width 0.3 in features.
    """
    good: np.ndarray = 1.0 + _closeness(features, seen).sum(axis=1)
    odds: np.ndarray = good / (good + _closeness(features, failed).sum(axis=1))
    return odds


def _closeness(
    here: Float[np.ndarray, "candidate feature"], there: Float[np.ndarray, "other feature"]
) -> Float[np.ndarray, "candidate other"]:
    squared = ((here[:, None, :] - there[None, :, :]) ** 2).sum(axis=2)
    closeness: np.ndarray = np.exp(-squared / (2.0 * _REACH**2))
    return closeness
