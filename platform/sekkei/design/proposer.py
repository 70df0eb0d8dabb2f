"""The proposer port, and the two baselines that any proposer must beat."""

from collections.abc import Iterable
from itertools import chain, count, islice
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.stats.qmc import Sobol

from sekkei.design.candidate import Candidate, Proposal
from sekkei.design.space import SMALL
from sekkei.design.state import DesignState, told_keys
from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash


@runtime_checkable
class Proposer(Protocol):
    """Puts candidates forward, given where a campaign stands.

    Implementations keep five laws, and `sekkei.testing.proposer_laws.ProposerLaws` checks them:

    1. *Repeatable*: equal states give equal proposals, also after a trip through JSON.
    2. *Feasible*: every candidate lies in the space of the specification: allowed elements only,
       no more than allowed, coordinates in range, and fractions within bounds that sum to 1.
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
        stream = (space.sample(generator, 1)[0] for _ in count())
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
        stream = (space.decode(sequence.random(1)[0]) for _ in count())
        return as_proposals(state, first_distinct(state, stream, n), self.name)


def first_distinct(
    state: DesignState, stream: Iterable[Candidate], n: int
) -> tuple[Candidate, ...]:
    """Take candidates from a stream until there are ``n`` that differ and are not pending.

    Those that were told of come only where there are no others. Of a small space every candidate
    comes up.

    Raises
    ------
    InvalidInputError
        If the space seems to hold too few.
    """
    check_room(state, n)
    space, pending = state.space, {proposal.candidate.key for proposal in state.pending}
    source: Iterable[Candidate] = islice(stream, 200 * n)
    later = told_keys(state)
    if space.n_candidate <= SMALL:
        source = chain(source, space.candidates())
    chosen: dict[str, Candidate] = {}
    put_off: dict[str, Candidate] = {}
    for candidate in source:
        if candidate.key not in pending:
            (put_off if candidate.key in later else chosen).setdefault(candidate.key, candidate)
        if len(chosen) == n:
            break
    found = [*chosen.values(), *put_off.values()][:n]
    if len(found) < n:
        raise _too_few(n, len(found))
    return tuple(found)


def check_room(state: DesignState, n: int) -> None:
    """See that a space holds so many candidates beside those that are pending.

    Raises
    ------
    InvalidInputError
        If it does not.
    """
    n_free = n_free_candidates(state)
    if n > n_free:
        raise _too_few(n, n_free)


def n_free_candidates(state: DesignState) -> int:
    """Count the candidates of a space that are not pending."""
    return state.space.n_candidate - len({p.candidate.key for p in state.pending})


def _too_few(n: int, n_found: int) -> InvalidInputError:
    return InvalidInputError(
        f"the space must hold {n} candidates that are not pending, but {n_found} were found; "
        "widen its ranges, or ask for fewer",
        n_found=n_found,
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
    return content_hash("proposal", state.spec.described(), state.n_asked + i, candidate.key)
