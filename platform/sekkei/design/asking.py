"""Asking for proposals."""

from sekkei.design.botorch_proposer import BotorchProposer
from sekkei.design.candidate import Proposal
from sekkei.design.proposer import Proposer, RandomProposer, SobolProposer
from sekkei.design.specification import ProposerName
from sekkei.design.state import DesignState
from sekkei.errors import InvalidInputError


def make_proposer(name: ProposerName) -> Proposer:
    """Return the proposer that a specification names."""
    proposers: dict[ProposerName, Proposer] = {
        "botorch": BotorchProposer(),
        "sobol": SobolProposer(),
        "random": RandomProposer(),
    }
    return proposers[name]


def ask(
    state: DesignState, n: int, proposer: Proposer | None = None
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

    Returns
    -------
    DesignState
        The campaign with the proposals pending.
    tuple
        ``n`` proposals. Equal states give equal ones.

    Raises
    ------
    InvalidInputError
        If ``n`` is below 1.
    """
    if n < 1:
        raise InvalidInputError(f"the number of proposals must be at least 1, but is {n}", n=n)
    proposals = (proposer or make_proposer(state.spec.proposer)).propose(state, n)
    asked = state.model_copy(
        update={"pending": state.pending + proposals, "n_asked": state.n_asked + n}
    )
    return asked, proposals
