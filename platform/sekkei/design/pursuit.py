"""What a search spends until a candidate is *proved*: the figure by which searches compare."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import binom

from sekkei.design.asking import ask, make_proposer
from sekkei.design.candidate import Observation, Proposal
from sekkei.design.loop import design_round
from sekkei.design.problem import DesignProblem, Trial
from sekkei.design.proposer import Proposer
from sekkei.design.ranking import rank_candidates
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.design.step import estimate_all, outcomes_of, realise, realise_all, verify_some
from sekkei.design.verified import is_verified_hit, verified_outcome
from sekkei.errors import InvalidInputError

# A search that labels nothing must end, too.
_STRUCTURES_PER_LABEL = 3

_ROUNDING = 1e-9
"""0.56 of 25 are 14, whatever floating-point numbers say."""

_WORTH_A_PROOF = 0.5
"""Chance of a proof from which on a candidate of a campaign gets one more label for it."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What a search did until it had a proved candidate, or was given up."""

    is_proved: bool = False
    """Whether a candidate is proved: enough of its fresh structures are hits by label."""

    n_structure: int = 0
    """Structures that were made, or could not be."""

    misses_g0: tuple[float, ...] = ()
    """Distance from the target of each label in the order they were made, infinite without one;
    those of proofs are among them."""

    chances: tuple[float, ...] = ()
    """Of each candidate that was to be proved, the chance that one of its structures hits, as it
    was said before its proof; NaN where nothing says it. If it is proved, that of the proved one is
    the last; all others came to nothing, or were given up."""

    @property
    def n_proof(self) -> int:
        """Candidates that were to be proved."""
        return len(self.chances)

    @property
    def n_label(self) -> int:
        """Labels that were spent, those of proofs included."""
        return len(self.misses_g0)


def pursue_by_labels(
    spec: DesignSpec, problem: DesignProblem, limit: int, proposer: Proposer | None = None
) -> Effort:
    """Label one structure of each proposal, and prove each candidate whose label is a hit.

    This is what an optimiser does that knows labels only. A proof labels ``verify_seeds`` fresh
    structures, or as many as decide it; these labels are told, too.

    Parameters
    ----------
    spec
        What is asked for; its seed decides everything.
    problem
        Makes and labels structures; its ``estimate`` is not used.
    limit
        Give up after so many labels, or three times as many structures; a proof that has begun is
        finished.
    proposer
        Who proposes; the one that the specification names if absent.

    Raises
    ------
    InvalidInputError
        If ``verify_seeds`` is 0: then there is no proof.
    """
    pursuit = _Pursuit(spec, problem)
    proposer = proposer or make_proposer(spec.proposer)
    while pursuit.goes_on(limit):
        n_wanted = spec.batch if pursuit.state.n_asked else spec.initial
        pursuit.state, proposals = ask(pursuit.state, n_wanted, proposer)
        trials = realise_all(spec, problem, proposals, f"trial {pursuit.n_made}")
        for trial in pursuit.made(trials):
            if pursuit.is_hit(trial) and pursuit.prove(trial.proposal):
                return pursuit.effort(is_proved=True)
            if not pursuit.goes_on(limit):
                break
    return pursuit.effort(is_proved=False)


def pursue_by_estimates(spec: DesignSpec, problem: DesignProblem, limit: int) -> Effort:
    """Do rounds of a campaign, and prove each candidate that is likelier to be proved than not.

    Estimates decide what is labelled (`design_round`). A candidate that is likelier to be proved
    than not gets fresh structures, which are estimated, and as long as it stays so, they are
    labelled one after the other until they decide: a proof that has become unlikely is left, and
    taken up again where other labels make it likelier. To wait for a surer candidate costs more.

    Parameters
    ----------
    spec
        What is asked for; its ``rounds`` and ``stop_at_chance`` do not count.
    problem
        Makes, estimates and labels structures.
    limit
        Give up after so many labels, or after the round with three times as many structures.

    Raises
    ------
    InvalidInputError
        If ``verify_seeds`` is 0: then there is no proof.
    """
    pursuit = _Pursuit(spec, problem)
    while pursuit.goes_on(limit):
        pursuit.state, done = design_round(pursuit.state, problem)
        pursuit.n_made += len(done.trials)
        pursuit.count_labels(done.trials)
        # Structures of a proof are few: the last round, too, may end with one.
        while pursuit.n_label < limit and (best := pursuit.likely()) is not None:
            if pursuit.prove_further(best):
                return pursuit.effort(is_proved=True)
    return pursuit.effort(is_proved=False)


@dataclass(slots=True)
class _ProofInProgress:
    """What labels of fresh structures have said of a candidate, and what they may still say."""

    n_missing: int
    """Hits that it lacks."""

    n_left: int
    """Structures without a label."""

    chance: float | None = None
    """That one of them hits, before the first label."""

    @property
    def is_kept(self) -> bool:
        return self.n_missing <= 0

    @property
    def is_open(self) -> bool:
        return 0 < self.n_missing <= self.n_left

    def odds(self, chance: float) -> float:
        """Return how likely it is kept, if each structure left hits with that chance.

        Whether one hits says nothing of the others here: what they err by together is in the
        chance alone.
        """
        return float(binom.sf(self.n_missing - 1, self.n_left, chance))

    def count_label(self, *, is_hit: bool) -> None:
        self.n_left -= 1
        self.n_missing -= is_hit


class _Pursuit:
    """Where a search stands: its state, and what it has spent."""

    def __init__(self, spec: DesignSpec, problem: DesignProblem) -> None:
        if not spec.verify_seeds:
            raise InvalidInputError(
                "a search for a proof needs fresh structures to label, but verify_seeds is 0; name "
                "how many",
                verify_seeds=0,
            )
        self._spec = spec
        self._problem = problem
        self.state = DesignState(spec=spec)
        self.n_made = 0
        self._misses: list[float] = []
        self._proofs: dict[str, _ProofInProgress] = {}
        self._fresh: dict[str, list[Trial]] = {}

    def effort(self, *, is_proved: bool) -> Effort:
        # That which is proved is the last.
        proofs = sorted(self._proofs.values(), key=lambda proof: proof.is_kept)
        chances = tuple(proof.chance for proof in proofs if proof.chance is not None)
        return Effort(is_proved, self.n_made, tuple(self._misses), chances)

    @property
    def n_label(self) -> int:
        return len(self._misses)

    def goes_on(self, limit: int) -> bool:
        return self.n_label < limit and self.n_made < limit * _STRUCTURES_PER_LABEL

    def made(self, trials: Sequence[Trial]) -> list[Trial]:
        """Count trials, tell which of them have no structure, and return the others."""
        self.n_made += len(trials)
        lost = [trial.failure for trial in trials if trial.failure is not None]
        self.state = tell(self.state, lost)
        return [trial for trial in trials if trial.junction is not None]

    def count_labels(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            if trial.outcome is not None:
                found = verified_outcome(self._spec, trial)
                away = math.inf if found is None else self._spec.target.miss(found)
                self._misses.append(away)

    def is_hit(self, trial: Trial) -> bool:
        """Label the structure of a trial, tell what came of it, and say whether it is a hit."""
        done = verify_some(self._problem, [trial], [0])
        self.count_labels(done)
        # Estimates were told when they were made.
        told = [
            one
            for one in outcomes_of(self._spec, done)
            if not (isinstance(one, Observation) and one.source == "surrogate")
        ]
        self.state = tell(self.state, told)
        return is_verified_hit(self._spec, done[0])

    def prove(self, proposal: Proposal) -> bool:
        """Label fresh structures of a candidate until they decide, and say whether it is proved."""
        proof = self._proof(proposal)
        while proof.is_open:
            i_fresh = self._spec.verify_seeds - proof.n_left
            proof.chance = math.nan
            made = self._made_fresh(proposal, range(i_fresh, i_fresh + 1))
            proof.count_label(is_hit=any(map(self.is_hit, made)))
        return proof.is_kept

    def likely(self) -> Proposal | None:
        """Return the candidate that is likeliest to be proved, if it is worth a label."""
        every = [one for one in rank_candidates(self.state) if self._proof(one).is_open]
        odds = [self._proof(one).odds(one.chance or 0.0) for one in every]
        best = max(range(len(every)), key=odds.__getitem__, default=None)
        return None if best is None or odds[best] < _WORTH_A_PROOF else every[best]

    def prove_further(self, best: Proposal) -> bool:
        """Estimate fresh structures of a candidate, or label the next one; say if it is proved."""
        key, proof = best.candidate.key, self._proof(best)
        if key not in self._fresh:
            made = self._made_fresh(best, range(self._spec.verify_seeds))
            self._fresh[key] = list(estimate_all(self._spec, self._problem, made))
            proof.n_left = len(made)
            self.state = tell(self.state, outcomes_of(self._spec, self._fresh[key]))
            return False
        if proof.chance is None:
            proof.chance = best.chance or 0.0
        proof.count_label(is_hit=self.is_hit(self._fresh[key].pop(0)))
        return proof.is_kept

    def _proof(self, proposal: Proposal) -> _ProofInProgress:
        spec = self._spec
        n_wanted = math.ceil(spec.least_share * spec.verify_seeds - _ROUNDING)
        new = _ProofInProgress(n_wanted, spec.verify_seeds)
        return self._proofs.setdefault(proposal.candidate.key, new)

    def _made_fresh(self, proposal: Proposal, which: range) -> list[Trial]:
        spec, problem = self._spec, self._problem
        return self.made([realise(spec, problem, proposal, f"fresh {i}") for i in which])
