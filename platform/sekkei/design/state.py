"""A design campaign as a value: everything that the next step depends on, and nothing else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError

from sekkei.design.candidate import Candidate, Failure, Observation, Proposal
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
        told = {o.candidate.key for o in self.observations}
        return len(told | {f.candidate.key for f in self.failures})

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
        If a candidate is outside the space of the specification.
    """
    for outcome in outcomes:
        state.space.check(outcome.candidate)
    told = {outcome.candidate.key for outcome in outcomes}
    seen = tuple(o for o in outcomes if isinstance(o, Observation))
    failed = tuple(o for o in outcomes if isinstance(o, Failure))
    return state.model_copy(
        update={
            "observations": state.observations + seen,
            "failures": state.failures + failed,
            "pending": tuple(p for p in state.pending if p.candidate.key not in told),
        }
    )


def best_per_structure(state: DesignState) -> tuple[Observation, ...]:
    """Return one observation per structure, the one of smallest sigma.

    A first-principles label replaces the surrogate's estimate of the same structure: both carry
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
    from_hash = content_hash("realisation", spec.seed, candidate.key, purpose)
    return int(from_hash[:15], 16) % _SEED_LIMIT
