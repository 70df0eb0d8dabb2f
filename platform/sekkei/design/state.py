"""A design campaign as a value: everything that the next step depends on, and nothing else."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError

from sekkei.design.candidate import Candidate, Failure, Observation, Proposal
from sekkei.design.costs import Costs
from sekkei.design.finalist import Finalist
from sekkei.design.outcome import check_seen
from sekkei.design.space import DesignSpace
from sekkei.design.specification import DesignSpec
from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash
from sekkei.specification import Specification

_SEED_LIMIT = 2**29
"""LAMMPS takes seeds below 9e8."""


class DesignState(Specification):
    """Where a campaign stands. Steps return a new one; JSON carries it across machines."""

    spec: DesignSpec
    """What is asked for."""

    observations: tuple[Observation, ...] = ()
    """Conductances seen, oldest first."""

    failures: tuple[Failure, ...] = ()
    """Candidates that gave no number, oldest first."""

    pending: tuple[Proposal, ...] = ()
    """Proposals that were asked for and not yet told of."""

    held: tuple[str, ...] = ()
    """Identities of pending proposals that somebody works on: rounds leave them alone."""

    answered: tuple[Proposal, ...] = ()
    """Proposals that are pending no more: told of, or abandoned."""

    round_ends: tuple[tuple[int, int], ...] = ()
    """How many observations and failures there were at the end of each round."""

    finalists: tuple[Finalist, ...] = ()
    """Candidates that were proved when the search ended last, the likeliest first."""

    costs: Costs = Costs()
    """What rounds have spent, where labels are bought by it."""

    recipe: str = ""
    """Identity of the method of its labels; empty until a run begins, and in states of before."""

    n_asked: Annotated[int, Field(ge=0)] = 0
    """Proposals ever asked for: the position in the stream of random numbers."""

    n_round: Annotated[int, Field(ge=0)] = 0
    """Rounds finished."""

    @property
    def space(self) -> DesignSpace:
        """Where candidates may lie."""
        return DesignSpace(self.spec)

    @property
    def n_told(self) -> int:
        """Distinct candidates that were observed or failed."""
        return len(told_keys(self))

    @property
    def n_seen(self) -> int:
        """Observations and failures."""
        return len(self.observations) + len(self.failures)

    def generator(self) -> np.random.Generator:
        """Return the random numbers of the next step: equal states give equal ones."""
        return np.random.default_rng([self.spec.seed, self.n_asked, len(self.pending)])

    def to_json(self) -> str:
        """Return text that `from_json` reads back."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str) -> "DesignState":
        """Read a state that was written before.

        Raises
        ------
        InvalidInputError
            If the text is not a state; names the place of the first fault.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"])) or "the text"
            raise InvalidInputError(
                f"a design state must be as to_json wrote it, but {where}: {fault['msg'].lower()}",
                location=tuple(fault["loc"]),
            ) from error

    @classmethod
    def from_file(cls, path: Path) -> "DesignState":
        """Read a state from a file that holds `to_json`.

        Raises
        ------
        InvalidInputError
            If there is no such file or it does not hold a state.
        """
        if not path.is_file():
            raise InvalidInputError(f"the design state must be a file, but {path} is not one")
        return cls.from_json(path.read_text("utf-8"))


def tell(state: DesignState, outcomes: Sequence[Observation | Failure]) -> DesignState:
    """Add what was seen, by whomever, to a campaign.

    Parameters
    ----------
    state
        Where the campaign stands.
    outcomes
        Of pending proposals or of any other candidate in the space, such as one that a laboratory
        measured. A candidate told of is pending no more.

    Raises
    ------
    InvalidInputError
        If a candidate is outside the space of the specification, or an observation is of one
        structure where a pulling was asked for, or the other way round.
    """
    space = state.space
    for outcome in outcomes:
        space.check(outcome.candidate)
        if isinstance(outcome, Observation):
            check_seen(state.spec, outcome)
    told = {outcome.candidate.key for outcome in outcomes}
    seen = tuple(o for o in outcomes if isinstance(o, Observation))
    failed = tuple(o for o in outcomes if isinstance(o, Failure))
    answered = {p.id for p in state.pending if p.candidate.key in told}
    return _without(state, answered).model_copy(
        update={
            "observations": state.observations + seen,
            "failures": state.failures + failed,
        }
    )


def abandon(state: DesignState, identities: Collection[str]) -> DesignState:
    """Give pending proposals up; nothing was seen of them, and a late result can still be told.

    Raises
    ------
    InvalidInputError
        If one of them is not pending.
    """
    pending = {proposal.id for proposal in state.pending}
    for identity in identities:
        if identity not in pending:
            raise InvalidInputError(
                f"a proposal that is given up must be pending, but {identity} is not; "
                "it may have been told of already",
                proposal=identity,
            )
    return _without(state, set(identities))


def told_keys(state: DesignState) -> set[str]:
    """Return the keys of the candidates that were observed or failed."""
    told = {o.candidate.key for o in state.observations}
    return told | {f.candidate.key for f in state.failures}


def unheld(state: DesignState) -> tuple[Proposal, ...]:
    """Return the pending proposals that nobody works on."""
    return tuple(proposal for proposal in state.pending if proposal.id not in state.held)


def told_by_round(
    state: DesignState,
) -> Iterator[tuple[tuple[Observation, ...], tuple[Failure, ...]]]:
    """Return what was told in each finished round, and last what was told since."""
    ends = ((0, 0), *state.round_ends, (len(state.observations), len(state.failures)))
    for start, end in pairwise(ends):
        yield state.observations[start[0] : end[0]], state.failures[start[1] : end[1]]


def end_round(state: DesignState) -> DesignState:
    """Count a round as finished."""
    end = (len(state.observations), len(state.failures))
    return state.model_copy(
        update={"n_round": state.n_round + 1, "round_ends": (*state.round_ends, end)}
    )


def _without(state: DesignState, answered: Collection[str]) -> DesignState:
    return state.model_copy(
        update={
            "pending": tuple(p for p in state.pending if p.id not in answered),
            "held": tuple(identity for identity in state.held if identity not in answered),
            "answered": state.answered + tuple(p for p in state.pending if p.id in answered),
        }
    )


def best_per_structure(state: DesignState) -> tuple[Observation, ...]:
    """Return one observation per structure, the one of smallest sigma.

    A label replaces the surrogate's estimate of the same structure: both carry
    the same scatter of the structure, and counting them as two would hide it.
    """
    chosen: dict[str, Observation] = {}
    for i, seen in enumerate(state.observations):
        name = seen.structure or f"#{i}"
        if name not in chosen or seen.sigma_g0 <= chosen[name].sigma_g0:
            chosen[name] = seen
    return tuple(chosen.values())


def realisation_seed(spec: DesignSpec, candidate: Candidate, purpose: str) -> int:
    """Return the seed of one realisation: other purposes give other, fresh ones."""
    # What a lake knows may be labels of another design of this seed: its structures are not fresh.
    design = (spec.key,) if spec.warm_start else ()
    from_hash = content_hash("realisation", spec.seed, candidate.key, purpose, *design)
    return int(from_hash[:15], 16) % _SEED_LIMIT
