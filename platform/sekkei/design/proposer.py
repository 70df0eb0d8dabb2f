"""The proposer port, and the two baselines that any proposer must beat."""

from collections.abc import Iterable
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.stats.qmc import Sobol

from sekkei.design.candidate import Candidate, Proposal
from sekkei.design.state import DesignState
from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash


@runtime_checkable
class Proposer(Protocol):
    """Puts candidates forward, given where a campaign stands.

    Implementations keep five laws, and `sekkei.testing.proposer_laws.ProposerLaws` checks them:

    1. *Repeatable*: equal states give equal proposals, also after a trip through JSON.
    2. *Feasible*: every candidate lies in the space of the specification: allowed elements only,
       no more than allowed, coordinates in range, and fractions that sum to 1 exactly.
    3. *Counted*: as many proposals as asked for, no two of them alike, none of them pending.
    4. *Quiet*: the global random states of numpy and torch are left as they were.
    5. *Honest*: a prediction comes with its interval and lies in it, or there is neither.
    """

    @property
    def name(self) -> str:
        """Name of the rule, for people."""
        ...

    def propose(self, state: DesignState, n: int) -> tuple[Proposal, ...]:
        """Choose candidates.

        Parameters
        ----------
        state
            Where the campaign stands; pending proposals count as on their way.
        n
            How many candidates, at least 1.
        """
        ...


class RandomProposer:
    """Draws candidates uniformly: what any other proposer must beat."""

    @property
    def name(self) -> str:
        """Name of the rule."""
        return "random"

    def propose(self, state: DesignState, n: int) -> tuple[Proposal, ...]:
        """Draw candidates uniformly from the space."""
        generator, space = state.generator(), state.space
        stream = (space.sample(generator, 1)[0] for _ in iter(int, 1))
        return as_proposals(state, first_distinct(state, stream, n), self.name)


class SobolProposer:
    """Spreads candidates evenly, by a scrambled Sobol sequence that goes on from call to call."""

    @property
    def name(self) -> str:
        """Name of the rule."""
        return "sobol"

    def propose(self, state: DesignState, n: int) -> tuple[Proposal, ...]:
        """Take the next points of the sequence."""
        space = state.space
        sequence = Sobol(space.n_unit, scramble=True, rng=np.random.default_rng(state.spec.seed))
        if state.n_asked:  # forwarding by nothing is an error in scipy
            sequence.fast_forward(state.n_asked)
        stream = (space.decode(sequence.random(1)[0]) for _ in iter(int, 1))
        return as_proposals(state, first_distinct(state, stream, n), self.name)


def first_distinct(
    state: DesignState, stream: Iterable[Candidate], n: int
) -> tuple[Candidate, ...]:
    """Take candidates from a stream until there are ``n`` that differ and are not pending.

    Raises
    ------
    InvalidInputError
        If the space seems to hold too few.
    """
    taken = {proposal.candidate.key for proposal in state.pending}
    chosen: list[Candidate] = []
    for candidate in islice(stream, 200 * n):
        if candidate.key not in taken:
            taken.add(candidate.key)
            chosen.append(candidate)
        if len(chosen) == n:
            return tuple(chosen)
    raise InvalidInputError(
        f"the space must hold {n} candidates that are not pending, but {len(chosen)} were found; "
        "widen its ranges",
        n_found=len(chosen),
    )


def as_proposals(
    state: DesignState, candidates: tuple[Candidate, ...], acquisition: str
) -> tuple[Proposal, ...]:
    """Wrap candidates of which nothing is predicted."""
    return tuple(
        Proposal(id=proposal_id(state, candidate, i), candidate=candidate, acquisition=acquisition)
        for i, candidate in enumerate(candidates)
    )


def proposal_id(state: DesignState, candidate: Candidate, i: int) -> str:
    """Identity of the ``i``-th proposal of the next step."""
    spec = state.spec.model_dump(mode="json")
    return content_hash("proposal", spec, state.n_asked + i, candidate.key)
