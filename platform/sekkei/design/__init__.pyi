from .asking import ask, make_proposer
from .botorch_proposer import BotorchProposer
from .candidate import Candidate, Failure, Observation, Proposal
from .contacts import StretchedContacts
from .loop import design_round, run_design
from .problem import DesignProblem, DesignResult, RoundResult, Trial, Verification
from .proposer import Proposer, RandomProposer, SobolProposer
from .space import DesignSpace
from .specification import DesignSpec
from .state import DesignState, tell
from .state_file import read_state, state_path, write_state
from .trials import trials_to_hit

__all__ = [
    "BotorchProposer",
    "Candidate",
    "DesignProblem",
    "DesignResult",
    "DesignSpace",
    "DesignSpec",
    "DesignState",
    "Failure",
    "Observation",
    "Proposal",
    "Proposer",
    "RandomProposer",
    "RoundResult",
    "SobolProposer",
    "StretchedContacts",
    "Trial",
    "Verification",
    "ask",
    "design_round",
    "make_proposer",
    "read_state",
    "run_design",
    "state_path",
    "tell",
    "trials_to_hit",
    "write_state",
]
