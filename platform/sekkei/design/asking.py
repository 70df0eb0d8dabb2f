"""Asking for proposals."""

from sekkei.design.candidate import Proposal
from sekkei.design.proposer import Proposer
from sekkei.design.proposers import proposer_factory
from sekkei.design.state import DesignState
from sekkei.errors import InvalidInputError


def make_proposer(name: str) -> Proposer:
    """Return the proposer that a specification names, a shipped one or a plug-in.

    Raises
    ------
    InvalidInputError
        If there is none of that name, or what has it is no proposer.
    """
    made = proposer_factory(name)()
    if not isinstance(made, Proposer):
        raise InvalidInputError(
            f"a proposer must have a name and propose, but {name} makes a {type(made).__name__}; "
            "mend the package that brings it",
            name=name,
        )
    return made


def ask(
    state: DesignState, n: int, proposer: Proposer | None = None, *, is_held: bool = False
) -> tuple[DesignState, tuple[Proposal, ...]]:
    """Ask for candidates to try; they are pending until they are told of.

    Parameters
    ----------
    state
        Where the campaign stands; it is not changed.
    n
        How many, at least 1.
    proposer
        Who proposes; the one that the specification names if absent.
    is_held
        Whether whoever asks works on them: rounds of `run_design` then leave them alone.

    Returns
    -------
    DesignState
        The campaign with the proposals pending.
    tuple
        ``n`` proposals. Equal states give equal ones.

    Raises
    ------
    InvalidInputError
        If ``n`` is below 1, or the space has fewer candidates that are not pending.
    """
    if n < 1:
        raise InvalidInputError(f"the number of proposals must be at least 1, but is {n}", n=n)
    proposals = (proposer or make_proposer(state.spec.proposer)).propose(state, n)
    held = tuple(proposal.id for proposal in proposals) if is_held else ()
    asked = state.model_copy(
        update={
            "pending": state.pending + proposals,
            "held": state.held + held,
            "n_asked": state.n_asked + n,
        }
    )
    return asked, proposals
