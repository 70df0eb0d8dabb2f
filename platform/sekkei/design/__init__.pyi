from .asking import ask, make_proposer
from .botorch_proposer import BotorchProposer
from .candidate import Candidate, Failure, Observation, Proposal
from .contacts import StretchedContacts
from .costs import best_to_label
from .limits import FractionLimits
from .loop import design_round, run_design
from .problem import DesignProblem, DesignResult, Proof, RoundResult, Trial, Verification
from .proposer import Proposer, RandomProposer, SobolProposer
from .pursuit import Effort, pursue_by_estimates, pursue_by_labels
from .refinement import Refinement, RefinementLimits, RefinementStep, refine
from .space import DesignSpace
from .specification import DesignSpec
from .state import DesignState, abandon, tell
from .state_file import read_state, state_path, write_state
from .target import Target
from .trials import trials_to_hit

__all__ = [
    "BotorchProposer",
    "Candidate",
    "DesignProblem",
    "DesignResult",
    "DesignSpace",
    "DesignSpec",
    "DesignState",
    "Effort",
    "Failure",
    "FractionLimits",
    "Observation",
    "Proof",
    "Proposal",
    "Proposer",
    "RandomProposer",
    "Refinement",
    "RefinementLimits",
    "RefinementStep",
    "RoundResult",
    "SobolProposer",
    "StretchedContacts",
    "Target",
    "Trial",
    "Verification",
    "abandon",
    "ask",
    "best_to_label",
    "design_round",
    "make_proposer",
    "pursue_by_estimates",
    "pursue_by_labels",
    "read_state",
    "refine",
    "run_design",
    "state_path",
    "tell",
    "trials_to_hit",
    "write_state",
]
